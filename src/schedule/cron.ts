import { DefsError } from '../error.ts'
import { weekdayNames } from './wall-clock.ts'

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
  readonly least: number
  readonly most: number
  /** Names that stand for numbers, the first for `least`. */
  readonly names: readonly string[]
}

const monthNames = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const second: Field = { least: 0, most: 59, names: [] }
const minute: Field = { least: 0, most: 59, names: [] }
const hour: Field = { least: 0, most: 23, names: [] }
const day: Field = { least: 1, most: 31, names: [] }
const month: Field = { least: 1, most: 12, names: monthNames }
const weekday: Field = { least: 0, most: 7, names: weekdayNames }

interface Item {
  readonly first: number
  readonly last: number
  readonly step: number
}

/**
 * Reads a cron expression of five fields, or six with seconds first: lists, ranges, steps, English names of
 * months and weekdays, 0 and 7 for Sunday.
 * @throws CONFIG_INVALID for anything else
 */
export function readCron(text: string): Cron {
  const parts = text.trim().toLowerCase().split(/\s+/)
  if (parts.length !== 5 && parts.length !== 6) throw invalid(text, 'it needs five fields, or six')
  const [s = '', m = '', h = '', d = '', mo = '', w = ''] = parts.length === 6 ? parts : ['0', ...parts]
  const valuesOf = (part: string, field: Field) => values(items(text, part, field))
  return {
    seconds: valuesOf(s, second),
    minutes: valuesOf(m, minute),
    hours: valuesOf(h, hour),
    days: valuesOf(d, day),
    months: valuesOf(mo, month),
    weekdays: rising(valuesOf(w, weekday).map((value) => value % 7)),
    either: !d.startsWith('*') && !w.startsWith('*'),
    anyHour: h.startsWith('*'),
    plain: [
      plain(text, m, minute),
      plain(text, h, hour),
      plain(text, d, day),
      plain(text, mo, month),
      plain(text, w, weekday),
    ],
  }
}

/**
 * Has node-cron read the expressions of a schedule, too: what is validated and expanded by both alike means to
 * us what an administrator knows from elsewhere (docs/decisions/004).
 * @throws CONFIG_INVALID for an expression that the two read otherwise
 */
export async function refuseMisread(entries: readonly { readonly cron: string | null }[]): Promise<void> {
  const expressions = [...new Set(entries.flatMap(({ cron }) => cron ?? []))]
  if (expressions.length === 0) return
  const { parse, validate } = await import('node-cron')
  for (const text of expressions) {
    const { plain: fields, ...ours } = readCron(text)
    const plainText = fields.join(' ')
    if (!validate(plainText)) throw invalid(text, 'node-cron refuses it')
    const theirs = parse(plainText)
    const alike =
      same(ours.minutes, theirs.minute) &&
      same(ours.hours, theirs.hour) &&
      same(ours.days, theirs.dayOfMonth.map(Number)) &&
      same(ours.months, theirs.month) &&
      same(
        ours.weekdays,
        theirs.dayOfWeek.map((value) => Number(value) % 7),
      )
    if (!alike) throw invalid(text, 'node-cron reads it otherwise')
  }
}

function same(ours: readonly number[], theirs: readonly number[]): boolean {
  return rising(theirs).join() === ours.join()
}

function items(text: string, part: string, field: Field): Item[] {
  return part.split(',').map((item) => {
    const match = /^(\*|[0-9a-z]+)(?:-([0-9a-z]+))?(?:\/(\d{1,4}))?$/.exec(item)
    const [, from = '', to, step] = match ?? []
    // `*` is all, `a/n` starts at a and goes on to the end of the field.
    const first = from === '*' ? field.least : numberOf(from, field)
    const open = from === '*' || (to === undefined && step !== undefined)
    const last = open ? field.most : numberOf(to ?? from, field)
    const fits = first >= field.least && first <= last && last <= field.most && Number(step ?? 1) >= 1
    if (!match || !fits || (from === '*' && to !== undefined)) throw invalid(text, `'${item}' does not fit`)
    return { first, last, step: Number(step ?? 1) }
  })
}

function numberOf(text: string, field: Field): number {
  const named = field.names.indexOf(text)
  if (named >= 0) return field.least + named
  return /^\d{1,4}$/.test(text) ? Number(text) : Number.NaN
}

function values(ranges: readonly Item[]): number[] {
  const all = ranges.flatMap(({ first, last, step }) =>
    Array.from({ length: Math.floor((last - first) / step) + 1 }, (_, index) => first + index * step),
  )
  return rising(all)
}

function rising(numbers: readonly number[]): number[] {
  return [...new Set(numbers)].sort((a, b) => a - b)
}

function plain(text: string, part: string, field: Field): string {
  const write = ({ first, last, step }: Item) =>
    first === last ? String(first) : `${first}-${last}${step === 1 ? '' : `/${step}`}`
  // A leading `*` must stay: it decides how the two day fields are joined.
  const written = (item: string) => (item.startsWith('*') ? [item] : items(text, item, field).map(write))
  return part.split(',').flatMap(written).join(',')
}

function invalid(text: string, why: string): DefsError {
  return new DefsError('CONFIG_INVALID', `'${text}' in the schedule is no cron expression: ${why}`)
}
