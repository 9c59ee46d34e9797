import { parseDuration } from '../config/measure.ts'
import { DefsError } from '../error.ts'

const day = /^\d{4}-\d{2}-\d{2}$/
const moment = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/i

/**
 * The end of a hold as it was typed: a day (its start, UTC), an RFC 3339 moment, or a duration from now.
 * @throws USAGE_ARGUMENT when it is none of these, or not ahead
 */
export function readUntil(text: string, now: Date): Date {
  const until = readMoment(text.trim(), now)
  if (until === null) {
    throw new DefsError('USAGE_ARGUMENT', `'${text}' is no date: write 2026-12-31, an RFC 3339 time or 7d`)
  }
  if (until.getTime() > now.getTime()) return until
  throw new DefsError('USAGE_ARGUMENT', `${until.toISOString()} is past: a hold ends in the future`)
}

function readMoment(text: string, now: Date): Date | null {
  const duration = parseDuration(text)
  if (duration !== null) return real(new Date(now.getTime() + duration))
  if (!day.test(text) && !moment.test(text)) return null
  // 30 February is read as a day of March; it is nobody's date.
  const date = real(new Date(`${text.slice(0, 10)}T00:00:00Z`))
  if (!date?.toISOString().startsWith(text.slice(0, 10))) return null
  return real(new Date(text))
}

function real(date: Date): Date | null {
  return Number.isNaN(date.getTime()) ? null : date
}
