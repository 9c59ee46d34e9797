import type { Json } from '../../facts.ts'
import { type Html, html } from '../html.ts'
import { span } from '../words.ts'
import { type AgeMark, ageHistory, drawnLimit, shownDays } from './age-history.ts'

const hour = 3_600_000
const day = 24 * hour
// The drawing's own units; the page stretches it.
const box = { width: 1000, height: 220, left: 44, right: 12, top: 16, bottom: 26 } as const

const signs: Readonly<Record<AgeMark['kind'], { readonly sign: string; readonly text: string }>> = {
  updated: { sign: '▲', text: 'updated' },
  'fell back': { sign: '▼', text: 'fell back to an older set' },
  'rolled back': { sign: '↶', text: 'rolled back by hand' },
}

/**
 * How old the definitions were over 30 days, with the line they must not cross; the script makes it one to point into.
 * @param family null where there is only one
 */
export function ageChart(entries: readonly Json[], maxAge: number, now: Date, family: string | null): Html {
  const { points, marks } = ageHistory(entries, now)
  if (points.length === 0) {
    return html`<section class="card chart" data-part="age"><h2>Age over ${shownDays} days</h2>
<p class="empty">No set was live in the last ${shownDays} days. What is drawn here begins with the first update.</p></section>`
  }
  const oldest = Math.max(0, ...points.map(([, age]) => age ?? 0))
  const limit = drawnLimit(maxAge, oldest)
  const most = Math.max((limit ?? 0) * 1.25, oldest, hour)
  const end = now.getTime()
  const start = end - shownDays * day
  const x = (at: number) =>
    (box.left + ((at - start) / (end - start)) * (box.width - box.left - box.right)).toFixed(1)
  const y = (age: number) =>
    (box.height - box.bottom - (age / most) * (box.height - box.top - box.bottom)).toFixed(1)
  const said = `At the oldest ${span(oldest)}, ${oldest > maxAge ? 'more than' : 'within'} the ${span(maxAge)} allowed; ${marks.length} ${marks.length === 1 ? 'change' : 'changes'}.`
  return html`<section class="card chart" data-part="age"><h2>Age over ${shownDays} days</h2>
<p class="lead">${said}</p>
<figure data-chart="age"${family !== null && html` data-family="${family}"`} tabindex="0"><svg viewBox="0 0 ${box.width} ${box.height}" role="img" aria-label="${said}">
${gridOf(most, y)}
${daysOf(start, end, x)}
${areaOf(points, x, y)}
${limit !== null && limitOf(limit, y)}
${marks.filter(({ kind }) => kind !== 'updated').map((mark) => html`<text class="mark ${mark.kind === 'fell back' ? 'bad' : 'warn'}" x="${x(mark.at)}" y="${box.top + 2}" text-anchor="middle">${signs[mark.kind].sign}<title>${signs[mark.kind].text}: ${mark.set}</title></text>`)}
</svg></figure>
<p class="legend"><span>▼ fell back by itself</span><span>↶ rolled back by hand</span><span>each fall of the line is an update</span></p></section>`
}

function limitOf(limit: number, y: (age: number) => string): Html {
  return html`<line class="limit" x1="${box.left}" x2="${box.width - box.right}" y1="${y(limit)}" y2="${y(limit)}"/><text class="limit-text" x="${box.width - box.right - 4}" y="${Number(y(limit)) - 5}" text-anchor="end">allowed ${span(limit)}</text>`
}

function gridOf(most: number, y: (age: number) => string): Html[] {
  const step = most > 14 * day ? 7 * day : most > 5 * day ? 2 * day : most > 2.5 * day ? day : 12 * hour
  const lines: Html[] = []
  for (let age = 0; age <= most; age += step) {
    const text = age === 0 ? '0' : age % day === 0 ? `${age / day} d` : `${age / hour} h`
    lines.push(
      html`<line class="rule" x1="${box.left}" x2="${box.width - box.right}" y1="${y(age)}" y2="${y(age)}"/><text class="tick" x="${box.left - 8}" y="${Number(y(age)) + 4}" text-anchor="end">${text}</text>`,
    )
  }
  return lines
}

function daysOf(start: number, end: number, x: (at: number) => string): Html[] {
  const first = Math.ceil(start / day) * day
  const ticks: Html[] = []
  for (let at = first; at <= end; at += 5 * day) {
    const text = new Date(at).toISOString().slice(5, 10)
    ticks.push(
      html`<text class="tick" x="${x(at)}" y="${box.height - 6}" text-anchor="middle">${text}</text>`,
    )
  }
  return ticks
}

function areaOf(
  points: readonly (readonly [number, number | null])[],
  x: (at: number) => string,
  y: (age: number) => string,
): Html | null {
  const known = points.filter((point): point is readonly [number, number] => point[1] !== null)
  const [first] = known
  const last = known.at(-1)
  if (!first || !last) return null
  const line = known.map(([at, age]) => `${x(at)},${y(age)}`).join(' ')
  return html`<polygon class="area" points="${x(first[0])},${y(0)} ${line} ${x(last[0])},${y(0)}"/><polyline class="line" points="${line}"/>`
}
