/** The values that each field of a cron expression allows, rising. */
export interface Cron {
  readonly seconds: readonly number[]
  readonly minutes: readonly number[]
  readonly hours: readonly number[]
  readonly days: readonly number[]
  readonly months: readonly number[]
  /** 0 is Sunday. */
  readonly weekdays: readonly number[]
  /**
   * Cron's classic rule: when neither day field begins with `*`, a day that fits one of them is enough;
   * otherwise it must fit both.
   */
  readonly either: boolean
  /** Whether the hours are a wildcard, be it with a step. */
  readonly anyHour: boolean
  /** The last five fields in plain form: numbers for names, every step with its range. */
  readonly plain: readonly string[]
}

interface Field {
  readonly name: string
  readonly least: number
  readonly most: number
  /** Names that stand for numbers, the first for `least`. */
  readonly names: readonly string[]
}

/** English names of the days, Sunday first, as cron expressions and schedules write them. */
export const weekdayNames = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const fields: readonly Field[] = [
  { name: 'second', least: 0, most: 59, names: [] },
  { name: 'minute', least: 0, most: 59, names: [] },
  { name: 'hour', least: 0, most: 23, names: [] },
  { name: 'day of the month', least: 1, most: 31, names: [] },
  { name: 'month', least: 1, most: 12, names: months },
  { name: 'day of the week', least: 0, most: 7, names: weekdayNames },
]

interface Item {
  readonly first: number
  readonly last: number
  readonly step: number
  /** Exactly as written, for a `*`, be it with a step; null for anything else. */
  readonly star: string | null
}

/**
 * Reads a cron expression of five fields, or six with seconds first: lists, ranges, steps, English names of
 * months and weekdays, 0 and 7 for Sunday. Returns what is wrong as text.
 */
export function parseCron(text: string): Cron | string {
  const written = text.trim().toLowerCase().split(/\s+/)
  if (written.length !== 5 && written.length !== 6)
    return `is no cron expression: ${written.length} fields instead of five (or six, seconds first)`
  const parts = written.length === 6 ? written : ['0', ...written]
  const read: Item[][] = []
  for (const [index, field] of fields.entries()) {
    const part = parts[index] ?? ''
    const items = part.split(',').flatMap((item) => itemOf(item, field) ?? [])
    if (items.length < part.split(',').length)
      return `is no cron expression: '${part}' is no ${field.name} (${field.least} to ${field.most})`
    read.push(items)
  }
  const [seconds = [], minutes = [], hours = [], days = [], ofYear = [], weekdays = []] = read.map(valuesOf)
  const [, , hour = '', day = '', , weekday = ''] = parts
  return {
    seconds,
    minutes,
    hours,
    days,
    months: ofYear,
    weekdays: rising(weekdays.map((value) => value % 7)),
    either: !day.startsWith('*') && !weekday.startsWith('*'),
    anyHour: hour.startsWith('*'),
    plain: read.slice(1).map((items) => items.map(plainOf).join(',')),
  }
}

/** Null for what does not fit the field. */
function itemOf(item: string, field: Field): Item | null {
  const match = /^(\*|[0-9a-z]+)(?:-([0-9a-z]+))?(?:\/(\d{1,4}))?$/.exec(item)
  if (!match) return null
  const [, from = '', to, step] = match
  // `*` is all, `a/n` starts at a and goes on to the end of the field.
  const star = from === '*'
  if (star && to !== undefined) return null
  const first = star ? field.least : numberOf(from, field)
  const open = star || (to === undefined && step !== undefined)
  const last = open ? field.most : numberOf(to ?? from, field)
  const fits = first >= field.least && first <= last && last <= field.most && Number(step ?? 1) >= 1
  return fits ? { first, last, step: Number(step ?? 1), star: star ? item : null } : null
}

function numberOf(text: string, field: Field): number {
  const named = field.names.indexOf(text)
  if (named >= 0) return field.least + named
  return /^\d{1,4}$/.test(text) ? Number(text) : Number.NaN
}

function valuesOf(items: readonly Item[]): number[] {
  const all = items.flatMap(({ first, last, step }) =>
    Array.from({ length: Math.floor((last - first) / step) + 1 }, (_, index) => first + index * step),
  )
  return rising(all)
}

// A leading `*` must stay: it decides how the two day fields are joined.
function plainOf({ first, last, step, star }: Item): string {
  if (star !== null) return star
  return first === last ? String(first) : `${first}-${last}${step === 1 ? '' : `/${step}`}`
}

function rising(numbers: readonly number[]): number[] {
  return [...new Set(numbers)].sort((a, b) => a - b)
}
