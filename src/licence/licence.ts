import { DefsError } from '../error.ts'
import { type Element, readXml } from './xml.ts'

const dayLength = 86_400_000

/** One content licence. Its days are UTC days; each moment is the start of the day it names. */
export interface Licence {
  readonly name: string
  readonly version: string
  /** Seats; null when no number is given. Shown, never enforced. */
  readonly count: number | null
  /** From here on it is good. */
  readonly starts: Date
  /** From here on its coming end is announced; null when `warn_policy` is off. */
  readonly warns: Date | null
  /** From here on it is expired and works on in grace; the same as `ends` when `grace_policy` is off. */
  readonly expires: Date
  /** From here on nothing may be downloaded. */
  readonly ends: Date
}

/** An element that has the parts of a licence, one of which cannot be understood. */
interface BadLicence {
  readonly name: string
  readonly problem: string
}

/** What a licence file holds. */
export interface Licences {
  readonly good: readonly Licence[]
  readonly bad: readonly BadLicence[]
}

const parts = ['name', 'version', 'start_date', 'end_date', 'count', 'warn_policy', 'grace_policy'] as const
type Part = (typeof parts)[number]

/**
 * Reads the text of a licence file (`.slf`): any XML in which some element has all seven parts of a licence
 * as children (docs/contract.md section 7, docs/domain.md section 8).
 * @throws LICENCE_MISSING when it is not XML as {@link readXml} takes it, or holds no licence
 */
export function readLicences(text: string): Licences {
  const good: Licence[] = []
  const bad: BadLicence[] = []
  for (const parent of withAllParts(readXml(text))) {
    const name = partOf(parent, 'name')
    const licence = readLicence(parent)
    if (typeof licence === 'string') bad.push({ name, problem: `licence '${name}' ${licence}` })
    else good.push(licence)
  }
  if (good.length + bad.length > 0) return { good, bad }
  throw new DefsError(
    'LICENCE_MISSING',
    `the licence file holds no licence: no element of it has ${parts.join(', ')}; install the file as delivered`,
  )
}

function withAllParts(element: Element): Element[] {
  const names = new Set(element.children.map(({ name }) => name))
  const below = element.children.flatMap(withAllParts)
  return parts.every((part) => names.has(part)) ? [element, ...below] : below
}

function partOf(parent: Element, part: Part): string {
  return parent.children.find(({ name }) => name === part)?.text.trim() ?? ''
}

/** The licence, or what is wrong with it. */
function readLicence(parent: Element): Licence | string {
  for (const part of parts) {
    // Two end dates would let a reader choose the one it likes.
    const same = parent.children.filter(({ name }) => name === part)
    if (same.length > 1) return `has ${part} ${same.length} times`
    if (same.some(({ children }) => children.length > 0)) return `has elements inside ${part}`
  }
  const starts = readDay(partOf(parent, 'start_date'))
  const ends = readDay(partOf(parent, 'end_date'))
  if (!starts) return `has a start_date that is no day (YYYY-MM-DD): '${partOf(parent, 'start_date')}'`
  if (!ends) return `has an end_date that is no day (YYYY-MM-DD): '${partOf(parent, 'end_date')}'`
  if (ends <= starts) return 'ends before it starts'
  const warn = readPolicy(partOf(parent, 'warn_policy'))
  const grace = readPolicy(partOf(parent, 'grace_policy'))
  if (warn === undefined)
    return `has a warn_policy that is not two numbers, on (1 or 0) and days, as 1,60: '${partOf(parent, 'warn_policy')}'`
  if (grace === undefined) {
    return `has a grace_policy that is not two numbers, on (1 or 0) and days, as 1,60: '${partOf(parent, 'grace_policy')}'`
  }
  const count = partOf(parent, 'count')
  return {
    name: partOf(parent, 'name'),
    version: partOf(parent, 'version'),
    count: /^\d{1,15}$/.test(count) ? Number(count) : null,
    starts,
    warns: warn === null ? null : daysBefore(ends, warn),
    expires: daysBefore(ends, grace ?? 0),
    ends,
  }
}

function readDay(text: string): Date | undefined {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return undefined
  const date = new Date(`${text}T00:00:00Z`)
  // 30 February would otherwise become 1 March.
  return Number.isNaN(date.getTime()) || !date.toISOString().startsWith(text) ? undefined : date
}

/** Days before the end; null when the policy is off, undefined when it cannot be understood. */
function readPolicy(text: string): number | null | undefined {
  const [, on, days] = /^([01])\s*,\s*(\d{1,5})$/.exec(text) ?? []
  if (on === undefined) return undefined
  return on === '0' ? null : Number(days)
}

function daysBefore(moment: Date, days: number): Date {
  return new Date(moment.getTime() - days * dayLength)
}
