import { csvCell } from '../../text/csv-cell.ts'
import { bounds } from '../bounds.ts'
import type { HostsQuestion, Json } from '../facts.ts'
import { type EventLine, eventList } from './event-list.ts'
import { at, fact, items, row, rowUnless, word } from './fact.ts'
import { asRollout } from './fleet.ts'
import { field } from './form.ts'
import { byGravity, stateBadge, stateNames, stateOf } from './host-state.ts'
import { type Html, html, plain } from './html.ts'
import { pager, table } from './table.ts'
import { asAge, asMark, asText, asTime, asYes } from './words.ts'

/** The hosts that a question is about, the gravest first. */
export function askedHosts(hosts: Json, { ring, state, search }: HostsQuestion): Json[] {
  const needle = search.toLowerCase()
  return items(hosts, 'hosts')
    .filter(
      (host) =>
        (ring === '' || word(host, 'ring') === ring) &&
        (state === '' || word(host, 'state') === state) &&
        (needle === '' || JSON.stringify(host).toLowerCase().includes(needle)),
    )
    .toSorted(byGravity)
}

/** The query of an address that asks the same. */
function hostsQuery({ ring, state, search }: HostsQuestion): URLSearchParams {
  const query = new URLSearchParams()
  if (ring !== '') query.set('ring', ring)
  if (state !== '') query.set('state', state)
  if (search !== '') query.set('q', search)
  return query
}

const heads = ['Host', 'Ring', 'State', 'Set', 'Age', 'Reported', 'Why']

/** The hosts of a fleet, with filter, in words. */
export function hostsPage(
  hosts: Json,
  rings: readonly string[],
  question: HostsQuestion,
  page: number,
): Html {
  const asked = askedHosts(hosts, question)
  const query = hostsQuery(question)
  const total = items(hosts, 'hosts').length
  const none =
    total === 0
      ? html`No host is admitted yet: <code>defs fleet join</code> on a host prints what to type here.`
      : 'No host is like that: ask for less.'
  const rows = asked.slice((page - 1) * bounds.rows, page * bounds.rows).map(rowOf)
  const csv = query.size === 0 ? '/fleet/hosts.csv' : `/fleet/hosts.csv?${query.toString()}`
  const choice = (name: string, chosen: string, all: readonly string[]) =>
    html`<select name="${name}"><option value="">all</option>${all.map((one) => html`<option value="${one}" ${one === chosen && html`selected`}>${one}</option>`)}</select>`
  return html`<section class="card ask"><h2>Which hosts</h2><form method="get" action="/fleet/hosts" class="filter">
${field('Ring', choice('ring', question.ring, rings))}
${field('State', choice('state', question.state, stateNames))}
${field('Text', html`<input name="q" value="${question.search}">`, 'In name, label, set or reason')}
<div class="buttons"><button class="button go" type="submit">Show</button> <a class="button plain" data-csv href="${csv}">Write to CSV</a></div>
</form></section>
<section class="card"><h2>${asked.length} of ${total} hosts</h2>
${table('Hosts', heads, rows, none, true)}${pager('/fleet/hosts', query, page, Math.max(1, Math.ceil(asked.length / bounds.rows)))}</section>`
}

function rowOf(host: Json): Html {
  const name = word(host, 'host')
  return html`<tr data-host="${name}"><th scope="row"><a href="/fleet/hosts/${encodeURIComponent(name)}">${fact(host, 'host')}</a> ${fact(host, 'conflict', asMark('two machines', 'bad'))}${fact(host, 'held', asMark('held', 'warn'))}</th>
<td>${fact(host, 'ring')} <small>${fact(host, 'why')}</small></td><td>${fact(host, 'state', stateBadge)}</td><td>${fact(host, 'set', asRollout)}</td><td class="number">${fact(host, 'ageSeconds', asAge)}</td><td>${fact(host, 'reportedAt', asTime)}</td><td class="message">${fact(host, 'reason')}</td></tr>`
}

/** One host. @param events those of the controller that name it, newest first */
export function hostPage(host: Json, events: readonly EventLine[]): Html {
  const f = (path: string, show = asText) => fact(host, path, show)
  const state = word(host, 'state')
  const labels = Object.entries(Object(at(host, 'labels')))
  const { tone, text } = stateOf(state)
  return html`<section class="verdict ${tone}" aria-label="State"><div><p class="state">${f('state')}</p><p>It ${text}${f('reason', (value) => (typeof value === 'string' ? html`: ${plain(value)}` : ''))}.</p></div></section>
<div class="grid two"><section class="card"><h2>Host</h2><dl>
${row('Name', f('host'))}
${row('Ring', f('ring'), html` <small>${f('why')}</small>`)}
${row(
  'Key',
  f('key', (value) => html`<code class="digest">${asText(value)}</code>`),
)}
${row('Held', f('held', asYes))}
${row('Two machines', f('conflict', asYes))}
${row('Labels', html`${labels.length === 0 ? html`<span class="none">none</span>` : labels.map(([key, value]) => html`<span class="item"><code>${plain(key)}=${plain(String(value))}</code></span>`)}`)}
</dl></section><section class="card"><h2>Definitions</h2><dl>
${row('Set', f('set', asRollout))}
${row('Previous', f('previous', asRollout))}
${row('Age', f('ageSeconds', asAge))}
${row('Reported', f('reportedAt', asTime))}
${row('Report number', f('seq'))}
${row('Candidate', f('candidate.set', asRollout))}
${rowUnless(at(host, 'candidate.outcome') === undefined, 'Outcome', f('candidate.outcome'), html` <small>${f('candidate.error', (value) => plain(String(value ?? '')))}</small>`)}
</dl></section></div>
${eventList(events, 'What the controller said of it', { host: word(host, 'host') })}`
}

const columns = [
  'host',
  'ring',
  'why',
  'state',
  'set',
  'previous',
  'ageSeconds',
  'reportedAt',
  'reason',
  'held',
  'conflict',
] as const

/** The hosts for a spreadsheet (RFC 4180). Text that it would run as a formula is given an apostrophe. */
export function hostsCsv(hosts: readonly Json[]): string {
  const line = (cells: readonly unknown[]) => `${cells.map(csvCell).join(',')}\r\n`
  return line(columns) + hosts.map((host) => line(columns.map((column) => at(host, column)))).join('')
}
