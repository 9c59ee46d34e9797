interface Field {
  readonly name: string
  readonly least: number
  readonly most: number
  /** Names that stand for numbers, the first for `least`. */
  readonly names: readonly string[]
}

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const weekdays = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']
const fields: readonly Field[] = [
  { name: 'second', least: 0, most: 59, names: [] },
  { name: 'minute', least: 0, most: 59, names: [] },
  { name: 'hour', least: 0, most: 23, names: [] },
  { name: 'day of the month', least: 1, most: 31, names: [] },
  { name: 'month', least: 1, most: 12, names: months },
  { name: 'day of the week', least: 0, most: 7, names: weekdays },
]

/** What is wrong with a cron expression of five fields, or six with seconds first; null when nothing is. */
export function cronProblem(text: string): string | null {
  const parts = text.trim().split(/\s+/)
  if (parts.length !== 5 && parts.length !== 6) {
    return `is no cron expression: ${parts.length} fields instead of five (or six, seconds first)`
  }
  const used = fields.slice(6 - parts.length)
  for (const [index, field] of used.entries()) {
    const part = parts[index] ?? ''
    if (!part.split(',').every((item) => fits(item, field))) {
      return `is no cron expression: '${part}' is no ${field.name} (${field.least} to ${field.most})`
    }
  }
  return null
}

function fits(item: string, field: Field): boolean {
  const match = /^(\*|[0-9a-z]+)(?:-([0-9a-z]+))?(?:\/(\d{1,4}))?$/i.exec(item)
  if (!match) return false
  const [, from = '', to, step] = match
  if (step !== undefined && Number(step) < 1) return false
  if (from === '*') return to === undefined
  const first = numberOf(from, field)
  const last = to === undefined ? first : numberOf(to, field)
  return first >= field.least && last <= field.most && first <= last
}

function numberOf(text: string, field: Field): number {
  const named = field.names.indexOf(text.toLowerCase())
  if (named >= 0) return field.least + named
  return /^\d+$/.test(text) ? Number(text) : Number.NaN
}
