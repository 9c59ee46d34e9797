import { DefsError } from './error.ts'

declare const brand: unique symbol

/**
 * The name of a definition set, `YYYYMMDD.NNN`: the day it was made and its revision of that day, the first
 * of a day being 001 (docs/domain.md section 0). Made only by the functions of this file, so a value of this
 * type is safe as a folder name.
 */
export type SetName = string & { readonly [brand]: 'SetName' }

/** A set by its place in a store: the one that is live, the one before it, or the newest there. */
export type SetAlias = 'current' | 'previous' | 'latest'

/** Whether a text names a set by its place. */
export function isAlias(text: string): text is SetAlias {
  return text === 'current' || text === 'previous' || text === 'latest'
}

/** Where a set came from in the vendor's testing: `certified` in full, `rapid` with basic checks only. */
export type Grade = 'certified' | 'rapid'

/** The global, rising number that every published set has. */
export interface Sequence {
  readonly number: number
  /** True when a signed guard or index states it, false when only a folder's name does. */
  readonly signed: boolean
}

/** A set name from its parts; undefined when they are no calendar day or no revision from 0 to 999. */
export function setName(year: number, month: number, day: number, revision: number): SetName | undefined {
  const date = new Date(Date.UTC(year, month - 1, day))
  const real = year >= 2000 && year <= 9999 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day
  if (!real || !Number.isInteger(revision) || revision < 0 || revision > 999) return undefined
  const pad = (value: number, width: number) => String(value).padStart(width, '0')
  return `${pad(year, 4)}${pad(month, 2)}${pad(day, 2)}.${pad(revision, 3)}` as SetName
}

// The four ways in which one identity is written (docs/domain.md section 0). Two digits of year are of this
// century: no set of the last one is published any more, and one dated 2099 must not pass for an old one.
const forms: readonly [RegExp, (parts: number[]) => SetName | undefined][] = [
  [/^(\d{4})(\d{2})(\d{2})[.-](\d{3})$/, ([y = 0, m = 0, d = 0, r = 0]) => setName(y, m, d, r)],
  [/^(\d{2})(\d{2})(\d{2})(\d{3})$/, ([y = 0, m = 0, d = 0, r = 0]) => setName(2000 + y, m, d, r)],
  [/^(\d{1,2})\/(\d{1,2})\/(\d{4}) rev\. (\d{1,3})$/, ([m = 0, d = 0, y = 0, r = 0]) => setName(y, m, d, r)],
]

/**
 * Reads a set name in any of its written forms: `YYYYMMDD.NNN`, `YYYYMMDD-NNN`, `yymmddNNN`,
 * `M/D/YYYY rev. N`. Undefined for anything else.
 */
export function readSetName(text: string): SetName | undefined {
  for (const [form, make] of forms) {
    const match = form.exec(text)
    if (match) return make(match.slice(1).map(Number))
  }
  return undefined
}

/** Like {@link readSetName}, for a name the user typed. @throws USAGE_ARGUMENT */
export function parseSetName(text: string): SetName {
  const name = readSetName(text)
  if (name) return name
  throw new DefsError(
    'USAGE_ARGUMENT',
    `'${text}' is no set name: write YYYYMMDD.NNN, for example 20261121.003`,
  )
}

/** The `ItemSeqData` form, `yymmddNNN`. */
export function itemSequenceOf(name: SetName): string {
  return name.slice(2, 8) + name.slice(9)
}

/** Older (< 0), same (0) or newer (> 0): date first, then revision, each as a number. */
export function compareSetNames(a: SetName, b: SetName): number {
  return Number(a.slice(0, 8)) - Number(b.slice(0, 8)) || Number(a.slice(9)) - Number(b.slice(9))
}

/** The first moment (UTC) of the day a set is dated with. */
export function dateOf(name: SetName): Date {
  return new Date(Date.UTC(Number(name.slice(0, 4)), Number(name.slice(4, 6)) - 1, Number(name.slice(6, 8))))
}

/**
 * Age of a set in milliseconds. A set's name gives its day and nothing finer, so the age counts from the start
 * of that day in UTC: never younger than it really is. When it was downloaded does not matter.
 */
export function ageOf(set: SetName, now: Date): number {
  return Math.max(0, now.getTime() - dateOf(set).getTime())
}

/** What decides whether one set supersedes another. */
export interface Standing {
  readonly set: SetName
  readonly sequence: Sequence | null
}

/**
 * Whether `offered` is older (< 0), the same (0) or newer (> 0) than `current`.
 *
 * The global sequence number decides when both are known and the offered one is signed: a higher one contains
 * every detection of a lower one, whatever the dates say. A number that only a folder's name states cannot
 * raise an older date (an old package replayed in a new folder), but it can hold a set back.
 */
export function compareStanding(offered: Standing, current: Standing): number {
  const byName = compareSetNames(offered.set, current.set)
  if (byName === 0 || offered.sequence === null || current.sequence === null) return byName
  const bySequence = offered.sequence.number - current.sequence.number
  if (bySequence === 0) return byName
  if (offered.sequence.signed) return bySequence
  return Math.min(byName, bySequence)
}
