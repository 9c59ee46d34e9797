import type { Json } from '../../facts.ts'
import { word } from '../fact.ts'

const day = 86_400_000

/** How many days back the picture goes. */
export const shownDays = 30

/** Something that happened to the definitions. */
export interface AgeMark {
  /** Milliseconds since 1970. */
  readonly at: number
  readonly kind: 'updated' | 'fell back' | 'rolled back'
  readonly set: string
}

/** How old the live set was over time. */
export interface AgeHistory {
  /** Milliseconds since 1970, and the age in milliseconds; null where nothing was live. */
  readonly points: readonly (readonly [at: number, age: number | null])[]
  readonly marks: readonly AgeMark[]
}

/** The age of the live set over the last days, from the entries of `history`. */
export function ageHistory(entries: readonly Json[], now: Date): AgeHistory {
  const end = now.getTime()
  const start = end - shownDays * day
  const moves = entries.flatMap(moveOf).filter(({ at }) => at <= end)
  const before = moves.filter(({ at }) => at <= start).at(-1)
  const marks = moves.filter(({ at }) => at > start)
  const points: [number, number | null][] = []
  let live = before === undefined ? null : made(before.set)
  if (live !== null) points.push([start, start - live])
  for (const { at, set } of marks) {
    if (live !== null) points.push([at, at - live])
    live = made(set)
    points.push([at, live === null ? null : Math.max(0, at - live)])
  }
  if (live !== null) points.push([end, end - live])
  return { points, marks }
}

function moveOf(entry: Json): AgeMark[] {
  const kind = word(entry, 'action')
  const [at, set] = [Date.parse(word(entry, 'time')), word(entry, 'to')]
  if (kind !== 'updated' && kind !== 'fell back' && kind !== 'rolled back') return []
  return Number.isNaN(at) || set === '' ? [] : [{ at, kind, set }]
}

/** The beginning of the day a set is dated with; null for what is no name of a set. */
function made(set: string): number | null {
  const match = /^(\d{4})(\d{2})(\d{2})\.\d{3}$/.exec(set)
  return match ? Date.UTC(Number(match[1]), Number(match[2]) - 1, Number(match[3])) : null
}

/** The allowed age where its line can be drawn; null where it is so far above all there is that it would press that flat. */
export function drawnLimit(maxAge: number, oldest: number): number | null {
  return maxAge <= Math.max(oldest * 10, day) ? maxAge : null
}
