import type { Json } from '../facts.ts'
import { approveForms } from './approve.ts'
import { heatMap, shareOf } from './chart/heat-map.ts'
import { agesCard } from './chart/ring-ages.ts'
import { type EventLine, eventList } from './event-list.ts'
import { at, fact, factOf, items, number, row, rowUnless, word } from './fact.ts'
import { type Acting, actionForm, field, reasonField, runningNote, setField } from './form.ts'
import { byRing, countsOf, ringNames, stateLegend, stateOf } from './host-state.ts'
import { type Child, type Html, html, plain } from './html.ts'
import { table } from './table.ts'
import { asAge, asText, asTime, badge, type PageTone, span, time } from './words.ts'

interface Saying {
  readonly title: string
  readonly text: string
  readonly tone: PageTone
}

const sayings: Readonly<Record<string, Saying>> = {
  steady: { title: 'Steady', text: 'Every ring has what it should have.', tone: 'good' },
  rolling: { title: 'Rolling out', text: 'A set is on its way through the rings.', tone: 'busy' },
  waiting: { title: 'Waiting', text: 'A ring waits for a person, a window, or hosts.', tone: 'warn' },
  paused: { title: 'Paused', text: 'No ring opens until somebody resumes.', tone: 'warn' },
  frozen: { title: 'Frozen', text: 'A freeze is in force: rings alarm instead of moving.', tone: 'warn' },
  halted: { title: 'Halted', text: 'A set was bad on too many hosts and was taken back.', tone: 'bad' },
  blind: { title: 'Blind', text: 'Bus, reports or tree cannot be read: nothing moves.', tone: 'bad' },
}

const unsaid: Saying = { title: 'Not known', text: 'The fleet cannot be read.', tone: 'warn' }

/** What the Fleet page is made of: what `fleet status`, `fleet hosts` and `/api/v1/fleet/age` say. */
export interface FleetView {
  readonly status: Json
  readonly hosts: Json
  readonly ages: Json
  readonly events: readonly EventLine[]
  readonly now: Date
  readonly acting: Acting
}

/** A fleet at a glance: its state, its rings as columns, and every host as a cell. */
export function fleetPage({ status, hosts, ages, events, now, acting }: FleetView): Html {
  const state = word(status, 'state')
  const { title, text, tone } = Object.hasOwn(sayings, state) ? (sayings[state] ?? unsaid) : unsaid
  const rings = items(status, 'rings')
  const all = items(hosts, 'hosts')
  const share = shareOf(all.length)
  const groups = byRing(ringNames(status), all)
  return html`<div data-part="running">${runningNote(acting.running)}</div>
<section class="verdict ${tone}" aria-label="State of the fleet" data-part="fleet-state"><div><p class="state">${fact(status, 'state', () => title)}</p>
<p>${rings.length > 0 && rings.every((ring) => word(ring, 'set') === '') ? html`Nothing is published yet: <code>defs publish --channel</code> with the channel of <code>fleet.intake</code> begins the first rollout.` : text} ${fact(status, 'awake')} of ${fact(status, 'hosts')} hosts are awake; as of ${fact(status, 'asOf', asTime)}.</p></div>
<dl class="side">
${row('Fleet', fact(status, 'fleet'))}
${row('Card', fact(status, 'card.number'), html` ${fact(status, 'card.inTree', (value) => (value === true ? '' : badge('not in the tree', 'warn')))}${fact(status, 'card.onBus', (value) => (value === false ? badge('not on the bus', 'warn') : ''))}`)}
${row(
  'Reports',
  fact(status, 'bus.kind', (value) => (value === 'none' ? 'as files' : `by ${value}`)),
  html` ${fact(status, 'bus.state', busState)}${fact(status, 'bus.since', () => '')}`,
)}
${row('Controller', fact(status, 'controller.running', runsOr), html` ${fact(status, 'controller.since', (value) => (typeof value === 'string' ? html`<small>since ${time(value)}</small>` : ''))}${fact(status, 'controller.pid', () => '')}`)}
</dl></section>
<div class="rings" data-part="rings">${rings.map((ring, index) => ringColumn(ring, index))}</div>
${fleetActions(acting, status)}
<section class="card" data-part="heat"><h2>Hosts</h2>
${all.length > 0 && html`<a class="skip-cells" href="#below-hosts">Skip the hosts</a>`}
${all.length > 0 && groups.map(([ring, group]) => html`<h3>${ring === '' ? 'no ring' : plain(ring)} <small>${group.length}</small></h3><div class="scroller" role="region" aria-label="Hosts of ${ring}" tabindex="0">${heatMap(ring, group, share)}</div>`)}
${all.length === 0 && html`<p class="empty">No host is admitted yet: <code>defs fleet join</code> on a host prints what to type here.</p>`}
${share > 1 && html`<p class="lead">Each cell stands for up to ${share} hosts and shows the gravest of them.</p>`}
${stateLegend(all)}</section>
<div id="below-hosts" tabindex="-1"></div>
${agesCard(ages, now)}
${barredCard(status)}
${eventList(events, 'Events as they come')}`
}

const busState = (value: unknown) => badge(String(value ?? ''), value === 'up' ? 'good' : 'bad')
const runsOr = (value: unknown) => (value === true ? badge('runs', 'good') : badge('does not run', 'bad'))

function ringColumn(ring: Json, index: number): Html {
  const f = (path: string, show = asText) => fact(ring, path, show)
  const state = word(ring, 'state')
  const hosts = number(ring, 'hosts') ?? 0
  return html`<section class="card ring" data-ring="${word(ring, 'name')}"><h2><span class="order">${index + 1}</span>${f('name')}</h2>
<p class="big">${f('set', asRollout)} ${f('state', () => badge(state, ringTone(state)))}</p>
${countsBar(ring, hosts)}
<p class="reason">${f('reason', (value) => (typeof value === 'string' ? plain(value) : ''))}</p>
<dl>
${row('Hosts', f('hosts'), html` <small>${f('awake')} awake</small>`)}
${row('Good', f('good'), html` <small>at least ${f('minimum')}</small>`)}
${row('Failures', f('failures'), html` <small>${f('troubles')} in trouble</small>`)}
${row(
  'Coverage',
  f('coverage', (value) => (typeof value === 'number' ? `${value} %` : asText(value))),
)}
${row('Age', f('ageSeconds', asAge), html` ${f('late', (value) => (value === true ? badge('late', 'bad') : ''))}`)}
${row('Since', f('since', asTime))}
${rowUnless(at(ring, 'soakEnds') === null, 'Soaks until', f('soakEnds', asTime))}
${rowUnless(at(ring, 'next') === null, 'Next', f('next', asRollout))}
${rowUnless(at(ring, 'waits') === null, 'Waits for', f('waits'))}
${row('Channel', f('channel'), html` <small>statement ${f('statement')}</small>`)}
${row(
  'Allowed age',
  f('maxAge', (value) => (typeof value === 'number' ? span(value) : asText(value))),
)}
</dl></section>`
}

/** How good the state of a ring is. */
export function ringTone(state: string): PageTone {
  if (state === 'passed') return 'good'
  if (state === 'idle') return 'quiet'
  if (state === 'halted') return 'bad'
  return state === 'waiting' || state === 'paused' || state === 'frozen' ? 'warn' : 'busy'
}

/** A set, linked to its rollout. */
export const asRollout = (value: unknown): Child =>
  typeof value === 'string' && value !== ''
    ? html`<a class="set" href="/fleet/rollouts/${encodeURIComponent(value)}">${plain(value)}</a>`
    : asText(value)

/** The hosts of a ring by state, in one bar and in words. */
function countsBar(ring: Json, hosts: number): Html {
  const counts = countsOf(ring)
  const total = Math.max(
    1,
    hosts,
    counts.reduce((sum, [, count]) => sum + count, 0),
  )
  let x = 0
  const pieces = counts.map(([state, count]) => {
    const width = (count / total) * 200
    const piece = html`<rect class="${stateOf(state).tone}" x="${x.toFixed(2)}" width="${width.toFixed(2)}" height="10"/>`
    x += width
    return piece
  })
  const facts = counts.map(
    ([state, count]) =>
      html`<li ${count === 0 && html`hidden`}><b>${factOf(`counts.${state}`, count)}</b> ${state}</li>`,
  )
  return html`<svg class="counts" viewBox="0 0 200 10" preserveAspectRatio="none" aria-hidden="true"><rect class="rail" width="200" height="10"/>${pieces}</svg><ul class="legend">${facts}</ul>`
}

/** What can be done with a fleet as a whole. */
function fleetActions(acting: Acting, status: Json): Html | null {
  if (acting.reader.role === 'viewer') return null
  const rings = ringNames(status)
  const ringField = field(
    'Ring',
    html`<select name="ring"><option value="">all</option>${rings.map((ring) => html`<option value="${ring}">${ring}</option>`)}</select>`,
  )
  const sets = items(status, 'sets').map(
    (set) => [word(set, 'set'), `${word(set, 'set')} (${word(set, 'state')})`] as const,
  )
  return html`<section class="actions" aria-label="Actions" data-part="fleet.actions">
${approveForms(acting, status, null)}
${actionForm(acting, { action: 'pause', label: 'Pause', explains: 'No further ring opens; hosts that are taking a set end what they do.', fields: [ringField, reasonField(false)] })}
${actionForm(acting, { action: 'resume', label: 'Resume', explains: 'Rings open again as they pass.', fields: [ringField, reasonField(false)] })}
${sets.length > 0 && actionForm(acting, { action: 'halt', label: 'Halt', grave: true, explains: 'The set is barred everywhere, and every ring that has it goes back to the newest set it has passed.', fields: [setField('Set', sets), reasonField(true)] })}
${actionForm(acting, { action: 'fleet-rollback', label: 'Roll back', grave: true, explains: 'Every ring goes back to the chosen set by a newer signed statement; hosts that are away obey when they return, held ones stay.', fields: [setField('Go back to', [['', 'the newest set that every ring has passed'], ...sets]), reasonField(true)] })}
</section>`
}

function barredCard(status: Json): Html | null {
  const rows = items(status, 'barred').map(
    (bar) =>
      html`<tr><th scope="row">${factOf('barred', at(bar, 'set'), asRollout)}</th><td class="message">${factOf(`barred.${word(bar, 'set')}.reason`, at(bar, 'reason'))}</td><td>${factOf(`barred.${word(bar, 'set')}.since`, at(bar, 'since'), asTime)}</td><td>${factOf(`barred.${word(bar, 'set')}.by`, at(bar, 'by'))}</td></tr>`,
  )
  if (rows.length === 0) return null
  return html`<section class="card" data-part="barred"><h2>Barred</h2>${table('Barred sets', ['Set', 'Why', 'Since', 'By'], rows, '', true)}</section>`
}

/** All sets that went into the fleet. */
export function rolloutsPage(status: Json): Html {
  const rows = items(status, 'sets').map((set) => {
    const rings = at(set, 'rings')
    const state = word(set, 'state')
    return html`<tr data-set="${word(set, 'set')}"><th scope="row">${fact(set, 'set', asRollout)}</th><td>${fact(set, 'state', () => badge(state, rolloutTone(state)))}</td><td>${Array.isArray(rings) ? rings.map((ring) => html`${factOf('rings', ring)} `) : ''}</td></tr>`
  })
  return html`<section class="card">${table('Rollouts', ['Set', 'State', 'In rings'], rows, html`No set was published yet: <code>defs publish --channel</code> with the channel of <code>fleet.intake</code> begins a rollout.`, true)}</section>`
}

export function rolloutTone(state: string): PageTone {
  if (state === 'complete') return 'good'
  if (state === 'halted' || state === 'withdrawn') return 'bad'
  return state === 'superseded' ? 'quiet' : 'busy'
}
