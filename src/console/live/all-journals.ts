import type { JournalPlaces } from './journal-places.ts'
import { endOf, type JournalLine, linesAfter, newestLines } from './journal-reader.ts'

/** The journal of a family beside the first one. */
export interface FurtherJournal {
  readonly family: string
  readonly places: JournalPlaces
}

/** The journals of all families as one; that of the only family is the first one. */
export interface AllJournals {
  readonly own: JournalPlaces
  readonly further: readonly FurtherJournal[]
}

/** A place in each journal, the first one's first, and the others' in their order. */
export type AllPlaces = readonly number[]

/** A line of one of the journals. */
export interface LineOfAll extends JournalLine {
  /** Which one: an index of the places. */
  readonly journal: number
}

const placesOf = ({ own, further }: AllJournals): JournalPlaces[] => [
  own,
  ...further.map(({ places }) => places),
]

/** Where all of them end now. */
export function endsOf(journals: AllJournals): AllPlaces {
  return placesOf(journals).map(endOf)
}

/** A place as it is told: a number where there is one journal, else `120.suricata.88`. */
export function textOfPlaces([own = 0, ...others]: AllPlaces, { further }: AllJournals): string {
  return [own, ...others.flatMap((place, index) => [further[index]?.family ?? '', place])].join('.')
}

/**
 * Reads such a place. A journal that it does not name is meant from its beginning with 0, else from its end: it came
 * later than the place. @returns null for what is none
 */
export function readPlaces(text: string, journals: AllJournals): AllPlaces | null {
  if (!/^\d{1,15}(?:\.[\w-]+\.\d{1,15})*$/.test(text)) return null
  const [own = '', ...named] = text.split('.')
  const of = new Map(
    named.flatMap((name, index) => (index % 2 === 0 ? [[name, Number(named[index + 1])]] : [])),
  )
  const others = journals.further.map(({ family, places }) => {
    return of.get(family) ?? (Number(own) === 0 ? 0 : endOf(places))
  })
  return [Number(own), ...others]
}

/**
 * The lines behind a place, oldest first; each journal keeps its order, whatever its clock did.
 * @param most how many lines at once
 */
export function linesAfterAll(journals: AllJournals, after: AllPlaces, most: number): LineOfAll[] {
  const found = placesOf(journals).map((places, journal) =>
    linesAfter(places, after[journal] ?? 0, most).map((line) => told(line, journal, journals)),
  )
  const lines: LineOfAll[] = []
  while (lines.length < most) {
    const heads = found.flatMap(([first]) => first ?? [])
    const [next, ...rest] = heads
    if (next === undefined) break
    const first = rest.reduce((one, other) => (timeOf(other) < timeOf(one) ? other : one), next)
    lines.push(first)
    found[first.journal]?.shift()
  }
  return lines
}

/** The newest lines of all, newest first. */
export function newestOfAll(journals: AllJournals, most: number): JournalLine[] {
  const lines = placesOf(journals).flatMap((places, journal) =>
    newestLines(places, most).map((line) => told(line, journal, journals)),
  )
  // Of one moment each journal keeps its order.
  return lines.toSorted((a, b) => timeOf(b).localeCompare(timeOf(a))).slice(0, most)
}

/** A line of a further family says whose it is. */
function told(line: JournalLine, journal: number, { further }: AllJournals): LineOfAll {
  const family = further[journal - 1]?.family
  if (family === undefined) return { ...line, journal }
  const event = { family, ...line.event }
  return { offset: line.offset, id: `${family}.${line.offset}`, event, text: JSON.stringify(event), journal }
}

const timeOf = ({ event }: JournalLine) => String(event['time'])
