import type { Json } from '../facts.ts'
import { ageChart } from './chart/age-chart.ts'
import { type EventLine, eventList } from './event-list.ts'
import { at, fact, factOf, items, number, part, row, word } from './fact.ts'
import { type Acting, runningNote } from './form.ts'
import { hostActions } from './host-actions.ts'
import { type Child, type Html, html, plain } from './html.ts'
import { verdictBanner } from './verdict.ts'
import { asAge, asSetOf, asSpan, asText, asTime, badge, type PageTone, size, span, time } from './words.ts'

/** What the Status page is made of. */
export interface StatusView {
  readonly status: Json
  readonly list: Json
  readonly history: Json
  readonly events: readonly EventLine[]
  readonly disk: { readonly free: number; readonly total: number } | null
  /** Milliseconds. */
  readonly maxAge: number
  readonly now: Date
  readonly acting: Acting
}

/** The Status page of one host (docs/domain.md section 7): the verdict first, then why. */
export function statusPage(view: StatusView): Html {
  const { status, acting } = view
  const error = at(status, 'error')
  const names = Object.keys(part(status, 'families'))
  const families = names.map((name) => ({ name, body: part(status, `families.${name}`) }))
  return html`
${typeof error === 'object' && error !== null && status['current'] === undefined && families.length === 0 && html`<p class="notice bad" role="alert">${plain(word(status, 'error.message'))}</p>`}
<div data-part="running">${runningNote(acting.running)}</div>
${verdictBanner(status, '', whoseVerdict(status, families))}
${
  families.length > 0
    ? html`<div class="families">${families.map(({ name, body }) => familyOf(name, body, view))}</div>`
    : html`${oneHost(view)}`
}
${eventList(view.events, 'Events as they come')}`
}

/** The families that are as grave as all of them together. */
function whoseVerdict(
  status: Json,
  families: readonly { readonly name: string; readonly body: Json }[],
): string[] {
  const state = word(status, 'verdict.state')
  return families.flatMap(({ name, body }) => (word(body, 'verdict.state') === state ? [name] : []))
}

function oneHost(view: StatusView): Html {
  const { status, history, maxAge, now, acting } = view
  return html`<div class="grid">
${definitionsCard(status, maxAge, '')}
${updatesCard(status, '')}
<div class="stack">${upkeepCard(view, '')}${sourcesCard(status, '')}</div>
</div>
${hostActions(acting, view.list, status, null)}
${ageChart(items(history, 'entries'), maxAge, now, null)}`
}

function familyOf(name: string, body: Json, view: StatusView): Html {
  const prefix = `families.${name}.`
  return html`<section class="family" aria-label="${name}"><h2>${plain(name)}</h2>
${at(body, 'verdict') ? verdictBanner(body, prefix) : null}
<div class="grid">${definitionsCard(body, number(body, 'maxAge') ?? view.maxAge, prefix)}${updatesCard(body, prefix)}${upkeepCard({ ...view, status: body }, prefix)}</div>
${hostActions(view.acting, view.list, body, name)}
${sourcesCard(body, prefix)}
${ageChart(items(view.history, `families.${name}.entries`), number(body, 'maxAge') ?? view.maxAge, view.now, name)}
</section>`
}

/** The family that a prefix of paths names; null where there is only one. */
function familyIn(prefix: string): string | null {
  return prefix === '' ? null : prefix.slice('families.'.length, -1)
}

function definitionsCard(status: Json, maxAge: number, prefix: string): Html {
  const f = (path: string, show = asText) => fact(status, path, show, prefix + path)
  const asSet = asSetOf(familyIn(prefix))
  const age = number(status, 'ageSeconds')
  const stale = at(status, 'stale') === true
  return html`<section class="card" data-part="${prefix}definitions"><h2>Definitions</h2>
<p class="big">${f('current', asSet)} ${f('grade', gradeOf)}</p>
<div class="age">${ageBar(age, maxAge)}<p>${age === null ? html`${f('ageSeconds', () => '')}No age: there is no set; ${span(maxAge)} are allowed` : html`${f('ageSeconds', asAge)} old, ${span(maxAge)} allowed`} ${f('stale', (value) => (value === true ? badge('stale', 'warn') : ''))}</p></div>
<dl>
${row('In use', f('inUse', asSet), inUseBadge(status))}
${row('Previous', f('previous', asSet))}
${row('Sequence', f('sequence'))}
${row('From', f('source'))}
${row('Signed by', f('signedBy'))}
${row('Held', ...sets(status, 'holds', prefix))}
${row('Barred', ...sets(status, 'barred', prefix))}
</dl>${stale && html`<p class="hint">Update now asks the sources at once.</p>`}</section>`
}

function gradeOf(value: unknown): Html | string {
  if (value === 'rapid') return badge('rapid release, less tested', 'warn')
  return value === 'certified' ? badge('certified', 'good') : ''
}

function inUseBadge(status: Json): Html {
  const [current, inUse] = [at(status, 'current'), at(status, 'inUse')]
  if (typeof inUse !== 'string') return html` <span class="none">not proved</span>`
  return inUse === current ? html` ${badge('proved', 'good')}` : html` ${badge('another set', 'bad')}`
}

function sets(status: Json, path: string, prefix: string): Html[] {
  const asSet = asSetOf(familyIn(prefix))
  const all = items(status, path)
  if (all.length === 0) return [html`<span class="none">none</span>`]
  return all.map((item) => {
    const set = word(item, 'set')
    const until = word(item, 'until')
    const reason = factOf(`${prefix}${path}.${set}.reason`, at(item, 'reason'), (value) =>
      typeof value === 'string' ? html`<small>${plain(value)}</small>` : '',
    )
    return html`<span class="item">${factOf(prefix + path, set, asSet)} ${until !== '' && html`<small>until ${time(until)}</small>`} ${reason}</span>`
  })
}

/** How much of the allowed age is used up. */
function ageBar(age: number | null, maxAge: number): Html {
  const share = age === null || maxAge <= 0 ? 0 : (age * 1000) / maxAge
  const width = Math.min(200, Math.max(share > 0 ? 4 : 0, share * 200))
  const tone: PageTone = share > 1 ? 'bad' : share > 0.75 ? 'warn' : 'good'
  return html`<svg class="bar ${tone}" viewBox="0 0 200 8" preserveAspectRatio="none" role="img" aria-label="${Math.round(share * 100)} percent of the allowed age"><rect class="rail" width="200" height="8" rx="4"/><rect class="fill" width="${width.toFixed(1)}" height="8" rx="4"/></svg>`
}

const outcomes: Readonly<Record<string, readonly [string, PageTone]>> = {
  succeeded: ['Succeeded', 'good'],
  'up-to-date': ['Succeeded, nothing newer', 'good'],
  failed: ['Failed', 'bad'],
  'cooling-down': ['Asked to wait', 'warn'],
}

function outcomeOf(value: unknown): Html | string {
  if (typeof value !== 'string') return ''
  const [text, tone] = outcomes[value] ?? [value, 'quiet']
  return badge(text, tone)
}

/** Runs to come that are shown at once. */
const shownRuns = 4

function updatesCard(status: Json, prefix: string): Html {
  const f = (path: string, show = asText) => fact(status, path, show, prefix + path)
  const error = at(status, 'lastAttempt.error')
  const code = typeof error === 'object' && error !== null ? Reflect.get(error, 'code') : error
  const message = word(status, 'lastAttempt.error.message')
  const runs = items(status, 'nextRuns').map(
    (run) =>
      html`<li>${factOf(`${prefix}nextRuns`, at(run, 'at'), asTime)} <span>${plain(word(run, 'source'))}</span></li>`,
  )
  const later = runs.slice(shownRuns)
  return html`<section class="card" data-part="${prefix}updates"><h2>Updates</h2>
<p class="big">${f('lastAttempt.outcome', outcomeOf)}</p>
<dl>
${row('Last attempt', f('lastAttempt.at', asTime))}
${row('Asked', f('lastAttempt.source'))}
${row(
  'Problem',
  factOf(`${prefix}lastAttempt.error`, code, () =>
    message === '' ? asText(code) : html`${plain(message)} <small>${plain(String(code))}</small>`,
  ),
)}
${row('Last success', f('lastSuccess', asTime))}
${row('Daemon', html`${number(status, 'uptime') === null ? asText(null) : html`up for ${asSpan(number(status, 'uptime'))}`}`)}
</dl>
<h3>Next runs</h3>
${
  runs.length === 0
    ? html`<p class="empty">No run is scheduled: write <code>schedule:</code> in the configuration.</p>`
    : html`<ul class="runs">${runs.slice(0, shownRuns)}</ul>`
}
${later.length > 0 && html`<details class="later"><summary>${later.length} later ${later.length === 1 ? 'run' : 'runs'}</summary><ul class="runs">${later}</ul></details>`}</section>`
}

function upkeepCard({ status, disk }: Pick<StatusView, 'status' | 'disk'>, prefix: string): Html {
  const f = (path: string, show = asText) => fact(status, path, show, prefix + path)
  const quarantined = number(status, 'quarantined') ?? 0
  return html`<section class="card" data-part="${prefix}upkeep"><h2>Licence and disk</h2>
<p class="big">${f('licence.state', licenceOf)}</p>
<dl>
${row('Licence ends', f('licence.ends', asTime))}
${row('Disk', diskOf(disk))}
${row('Quarantine', quarantined === 0 ? html`<span class="none">empty</span>` : html`${quarantined} kept as evidence`)}
${at(status, 'confirming') ? row('Being watched', html`${asSetOf(familyIn(prefix))(at(status, 'confirming.set'))} until ${asTime(at(status, 'confirming.until'))}`) : null}
</dl></section>`
}

function licenceOf(value: unknown): Html | string {
  if (typeof value !== 'string') return ''
  const tone: PageTone =
    value === 'valid' || value === 'not required'
      ? 'good'
      : value === 'warning' || value === 'expired'
        ? 'warn'
        : 'bad'
  return badge(`Licence: ${value}`, tone)
}

function diskOf(disk: StatusView['disk']): Html {
  if (disk === null || disk.total <= 0) return html`${asText(null)}`
  const used = 1 - disk.free / disk.total
  const low = disk.free / disk.total < 0.1
  return html`${Math.round(used * 100)} % used, ${size(disk.free)} free ${low && badge('low', 'bad')}`
}

const healths: Readonly<Record<string, PageTone>> = {
  good: 'good',
  failing: 'bad',
  frozen: 'bad',
  'cooling-down': 'warn',
  unknown: 'quiet',
}

function sourcesCard(status: Json, prefix: string): Html {
  const all = items(status, 'sources').map((source) => {
    const name = word(source, 'name')
    const f = (key: string, show = asText) => factOf(`${prefix}sources.${name}.${key}`, at(source, key), show)
    return html`<li><p><b>${plain(name)}</b> ${f('health', healthOf)}</p><small>${f('kind')} ${f('coolingUntil', coolingOf)}</small></li>`
  })
  const none = html`<p class="empty">No source is configured: write <code>sources:</code> in the configuration.</p>`
  return html`<section class="card" data-part="${prefix}sources"><h2>Sources</h2>
${all.length === 0 ? none : html`<ul class="sources">${all}</ul>`}</section>`
}

function healthOf(value: unknown): Html {
  return badge(plain(String(value ?? '')), healths[String(value)] ?? 'warn')
}

function coolingOf(value: unknown): Child {
  return value === null || value === undefined ? '' : html`left alone until ${asTime(value)}`
}
