const day = /^\d{4}-\d{2}-\d{2}$/
const minute = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?$/
const zoned = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/i
const dayLength = 86_400_000

/**
 * A moment somebody typed: a day, a day with a time, or an RFC 3339 time. What names no zone is UTC, as every
 * time in the journal. Undefined for anything else.
 * @param edge which moment of a day is meant when no time is given: its first or its last
 */
export function readMoment(text: string, edge: 'start' | 'end'): Date | undefined {
  if (day.test(text)) {
    const start = dateOf(`${text}T00:00:00Z`, text)
    return start && edge === 'end' ? new Date(start.getTime() + dayLength - 1) : start
  }
  const standard = text.replace(' ', 'T')
  if (minute.test(text)) return dateOf(`${standard}Z`, text)
  return zoned.test(text) ? dateOf(standard.toUpperCase(), text) : undefined
}

function dateOf(standard: string, text: string): Date | undefined {
  const date = new Date(standard)
  if (Number.isNaN(date.getTime())) return undefined
  // 30 February would otherwise become 2 March; the zone may move the day, but only by one.
  const typed = Date.parse(`${text.slice(0, 10)}T00:00:00Z`)
  const real = !Number.isNaN(typed) && new Date(typed).toISOString().startsWith(text.slice(0, 10))
  return real ? date : undefined
}
