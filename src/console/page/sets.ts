import type { Json } from '../facts.ts'
import { at, fact, items, part, row, word } from './fact.ts'
import { type Html, html, plain } from './html.ts'
import { table } from './table.ts'
import { asBytes, asMark, asSetOf, asText, asTime, badge, size } from './words.ts'

/** The sets on disk, newest first. @param list as `list` prints them */
export function setsPage(list: Json): Html {
  const families = Object.keys(part(list, 'families'))
  if (families.length === 0)
    return html`<section class="card">${setsTable(items(list, 'sets'), null)}</section>`
  return html`${families.map(
    (name) =>
      html`<section class="card"><h2>${plain(name)}</h2>${setsTable(items(list, `families.${name}.sets`), name)}</section>`,
  )}`
}

const heads = ['Set', 'State', 'Grade', 'Sequence', 'Size', 'Files', 'Staged', 'Source']

function setsTable(sets: readonly Json[], family: string | null): Html {
  const caption = family === null ? 'Sets on disk' : `Sets of ${family}`
  const asSet = asSetOf(family)
  const rows = sets
    .toSorted((a, b) => (word(a, 'set') < word(b, 'set') ? 1 : -1))
    .map((set) => {
      const name = word(set, 'set')
      return html`<tr data-set="${name}"><th scope="row">${asSet(name)}</th>
<td class="marks">${fact(set, 'current', asMark('current', 'good'))}${fact(set, 'previous', asMark('previous', 'quiet'))}${fact(set, 'inUse', asMark('in use', 'good'))}${fact(set, 'held', asMark('held', 'warn'))}${fact(set, 'barred', asMark('barred', 'bad'))}</td>
<td>${fact(set, 'grade')}</td><td class="number">${fact(set, 'sequence')}</td><td class="number">${fact(set, 'bytes', asBytes)}</td><td class="number">${fact(set, 'files')}</td><td>${fact(set, 'stagedAt', asTime)}</td><td>${fact(set, 'source')}</td></tr>`
    })
  return table(
    caption,
    heads,
    rows,
    html`No set is on disk. <a href="/">Update now</a> asks the sources for one.`,
    true,
  )
}

/** What one set is made of, where it came from, and when it was live. */
export interface SetPageView {
  readonly set: Json
  /** The entries of `history`, those of its family. */
  readonly history: readonly Json[]
  /** What `diff` says against the set before it; null where there is none. */
  readonly diff: { readonly from: string; readonly body: Json } | null
  /** Null where there is only one. */
  readonly family: string | null
}

export function setPage({ set, history, diff, family }: SetPageView): Html {
  const f = (path: string, show = asText) => fact(set, path, show)
  const files = items(set, 'files').map(
    (file) =>
      html`<tr data-file="${word(file, 'name')}"><th scope="row">${plain(word(file, 'name'))}</th><td class="number">${fact(file, 'bytes', asBytes)}</td><td>${fact(file, 'sha256', asDigest)}</td></tr>`,
  )
  const gate = items(set, 'provenance.gate').map(
    (check) =>
      html`<tr><th scope="row">${plain(word(check, 'check'))}</th><td>${gateBadge(check)}</td><td>${plain(word(check, 'text'))}</td></tr>`,
  )
  const databases = items(set, 'provenance.databases').map(
    (one) =>
      html`<tr><th scope="row">${plain(word(one, 'name'))}</th><td class="number">${asText(at(one, 'version'))}</td><td>${asText(at(one, 'method'))}</td></tr>`,
  )
  const name = word(set, 'set')
  return html`<div class="grid two">
<section class="card"><h2>Set</h2><dl>
${row('Name', f('set'))}
${family === null ? null : row('Family', html`${plain(family)}`)}
${row('State', fact(set, 'current', asMark('current', 'good')), fact(set, 'previous', asMark('previous', 'quiet')), fact(set, 'inUse', asMark('in use', 'good')), fact(set, 'held', asMark('held', 'warn')), fact(set, 'barred', asMark('barred', 'bad')))}
${row('Grade', f('grade'))}
${row('Sequence', f('sequence'))}
${row('Size', f('bytes', asBytes))}
${row('Staged', f('stagedAt', asTime))}
</dl></section>
<section class="card"><h2>Provenance</h2><dl>
${row('Source', f('provenance.source'))}
${row('Address', f('provenance.url'))}
${row('Key', f('provenance.key', asDigest))}
${row('Proved by', f('provenance.method'))}
${row('Proved at', f('provenance.verifiedAt', asTime))}
</dl></section>
</div>
<section class="card"><h2>Gate</h2>${table('What the gate said', ['Check', 'Verdict', 'In words'], gate, 'The gate had nothing to say of this set.', true)}</section>
${databases.length > 0 && html`<section class="card"><h2>Databases</h2>${table('Databases of the set', ['Name', 'Version', 'Proved by'], databases, '', true)}</section>`}
${liveCard(history, name, family)}
${diff && diffCard(diff.from, diff.body, family)}
<section class="card"><h2>Files</h2>${table('Files of the set', ['Name', 'Size', 'SHA-256'], files, 'The set has no files.', true)}</section>`
}

const asDigest = (value: unknown) =>
  typeof value === 'string' ? html`<code class="digest">${plain(value)}</code>` : asText(value)

function gateBadge(check: Json): Html {
  const outcome = word(check, 'outcome')
  if (at(check, 'overruled') === true) return badge(`${outcome}, overruled`, 'warn')
  return badge(
    outcome,
    /pass|ok|good/.test(outcome) ? 'good' : /skip|undecided/.test(outcome) ? 'quiet' : 'bad',
  )
}

function liveCard(entries: readonly Json[], set: string, family: string | null): Html {
  const asSet = asSetOf(family)
  const rows = entries
    .filter((entry) => word(entry, 'to') === set || word(entry, 'from') === set)
    .toReversed()
    .map((entry) => {
      const came = word(entry, 'to') === set
      return html`<tr><td>${asTime(at(entry, 'time'))}</td><td>${plain(word(entry, 'action'))}</td><td>${came ? 'this set' : html`left for ${asSet(at(entry, 'to'))}`}</td><td>${asText(at(entry, 'reason'))}</td></tr>`
    })
  return html`<section class="card"><h2>Where it was live</h2>${table('Where it was live', ['When', 'What', 'To', 'Why'], rows, 'It was never live here.', true)}</section>`
}

function diffCard(from: string, body: Json, family: string | null): Html {
  const counts = ['added', 'removed', 'changed'].map((key) => {
    const list = at(body, `files.${key}`)
    const names = Array.isArray(list) ? list : []
    const text = names
      .map((one) => plain(typeof one === 'string' ? one : word(Object(one), 'name')))
      .slice(0, 20)
    return html`<div><dt>${key}</dt><dd>${names.length} ${names.length === 1 ? 'file' : 'files'} <small>${text.join(', ')}${names.length > 20 && ' …'}</small></dd></div>`
  })
  const numbers = Object.entries(part(body, 'counts')).map(
    ([key, value]) => `${plain(key)} ${plain(String(value))}`,
  )
  return html`<section class="card"><h2>Against ${asSetOf(family)(from)}</h2><dl>${counts}</dl>${numbers.length > 0 && html`<p class="lead">${numbers.join(', ')}</p>`}</section>`
}

/** The size of a set in words, for a heading. */
export function setLead(set: Json): string {
  const bytes = at(set, 'bytes')
  const files = items(set, 'files').length
  return `${typeof bytes === 'number' ? size(bytes) : 'of unknown size'} in ${files} ${files === 1 ? 'file' : 'files'}`
}
