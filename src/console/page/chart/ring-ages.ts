import type { Json } from '../../facts.ts'
import { at, factOf, items, number, word } from '../fact.ts'
import { type Html, html, plain } from '../html.ts'
import { table } from '../table.ts'
import { asAge, span } from '../words.ts'
import { drawnLimit } from './age-history.ts'

const second = 1000
const hour = 3_600_000
const day = 24 * hour
const shownDays = 7

/** For one point of the picture there is one sample of so much time. */
export const ageStep = '2h'

/** A line is not drawn over a longer time in which nobody looked. Milliseconds. */
const longestGap = 5 * hour

// The drawing's own units; the page stretches it.
const box = { width: 400, height: 150, left: 44, right: 46, top: 10, bottom: 22 } as const

const lines = [
  { key: 'max', text: 'oldest' },
  { key: 'p95', text: '95 %' },
  { key: 'p50', text: 'half' },
] as const

const heads = ['Ring', 'Half below', '95 % below', 'Oldest', 'Allowed', 'Hosts']

/** How old the definitions of the hosts are, ring by ring: now, and over seven days. @param ages as `/fleet/age` says it */
export function agesCard(ages: Json, now: Date): Html | null {
  const rings = items(ages, 'rings')
  if (rings.length === 0) return null
  const rows = rings.map((ring) => {
    const name = word(ring, 'name')
    const f = (key: string) => factOf(`rings.${name}.${key}`, at(ring, key), asAge)
    const allowed = number(ring, 'maxAge')
    return html`<tr data-ages="${name}"><th scope="row">${plain(name)}</th><td class="number">${f('p50')}</td><td class="number">${f('p95')}</td><td class="number">${f('max')}</td><td class="number">${allowed === null ? null : span(allowed)}</td><td class="number">${number(ring, 'hosts')}</td></tr>`
  })
  const charts = rings.map((ring) => ringChart(ring, now))
  return html`<section class="card" data-part="ages"><h2>Age of definitions</h2>
${table('Age of definitions on the hosts', heads, rows, '', true)}
<h3>Over ${shownDays} days</h3>
<div class="ages">${charts}</div></section>`
}

interface Point {
  readonly at: number
  readonly ring: Json
}

function ringChart(ring: Json, now: Date): Html {
  const name = plain(word(ring, 'name'))
  const end = now.getTime()
  const start = end - shownDays * day
  const points = items(ring, 'points')
    .map((one): Point => ({ at: number(one, 'at') ?? 0, ring: one }))
    .filter((point) => point.at >= start && point.at <= end)
  if (points.length < 2) {
    return html`<figure class="ring-age"><figcaption>${name}</figcaption><p class="empty">Nothing is drawn yet: the controller looks every 15 minutes, and keeps it for ${shownDays} days.</p></figure>`
  }
  const oldest = Math.max(...points.map((point) => number(point.ring, 'max') ?? 0)) * second
  const allowed = number(ring, 'maxAge')
  const shown = allowed === null ? null : drawnLimit(allowed, oldest)
  const most = Math.max(oldest, shown ?? 0, hour) * 1.15
  const x = (moment: number) =>
    (box.left + ((moment - start) / (end - start)) * (box.width - box.left - box.right)).toFixed(1)
  const y = (age: number) =>
    (box.height - box.bottom - (age / most) * (box.height - box.top - box.bottom)).toFixed(1)
  const last = points.at(-1)?.ring ?? {}
  const said = `${name}: half of the hosts below ${spanOf(last, 'p50')}, 95 percent below ${spanOf(last, 'p95')}, the oldest ${spanOf(last, 'max')}; at the worst in ${shownDays} days ${span(oldest)}`
  return html`<figure class="ring-age"><figcaption>${name}</figcaption><svg viewBox="0 0 ${box.width} ${box.height}" role="img" aria-label="${said}">
${scaleOf(most, y)}${daysOf(start, end, x)}
${shown !== null && html`<line class="limit" x1="${box.left}" x2="${box.width - box.right}" y1="${y(shown)}" y2="${y(shown)}"/>`}
${lines.map(({ key }) => lineOf(points, key, x, y))}
${labelsOf(last, y)}
</svg></figure>`
}

const spanOf = (ring: Json, key: string) => span((number(ring, key) ?? 0) * second)

/** Names at the ends of the lines, pushed apart where they would meet. */
function labelsOf(last: Json, y: (age: number) => string): Html[] {
  let lowest = 0
  return lines.map(({ key, text }) => {
    const at = Math.max(Number(y((number(last, key) ?? 0) * second)) + 4, lowest + 13)
    lowest = at
    return html`<text class="tick ${key}" x="${box.width - box.right + 6}" y="${at.toFixed(1)}">${text}</text>`
  })
}

function lineOf(
  points: readonly Point[],
  key: string,
  x: (moment: number) => string,
  y: (age: number) => string,
): Html {
  let path = ''
  let before = Number.NEGATIVE_INFINITY
  for (const point of points) {
    const age = number(point.ring, key)
    if (age === null) continue
    path += `${point.at - before > longestGap ? 'M' : 'L'}${x(point.at)} ${y(age * second)}`
    before = point.at
  }
  return html`<path class="percentile ${key}" d="${path}"/>`
}

function scaleOf(most: number, y: (age: number) => string): Html[] {
  const step = [hour, 3 * hour, 6 * hour, 12 * hour, day, 2 * day, 7 * day].find((one) => most / one <= 4)
  const by = step ?? Math.ceil(most / day / 4) * day
  const steps = Array.from({ length: Math.floor(most / by) + 1 }, (_, index) => index * by)
  return steps.map(
    (age) =>
      html`<line class="rule" x1="${box.left}" x2="${box.width - box.right}" y1="${y(age)}" y2="${y(age)}"/><text class="tick" x="${box.left - 8}" y="${Number(y(age)) + 4}" text-anchor="end">${age === 0 ? '0' : span(age)}</text>`,
  )
}

function daysOf(start: number, end: number, x: (moment: number) => string): Html[] {
  const ticks: Html[] = []
  for (let moment = Math.ceil(start / day) * day; moment <= end; moment += 2 * day) {
    const text = new Date(moment).toISOString().slice(5, 10)
    ticks.push(
      html`<text class="tick" x="${x(moment)}" y="${box.height - 6}" text-anchor="middle">${text}</text>`,
    )
  }
  return ticks
}
