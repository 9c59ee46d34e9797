import type { DefsEvent } from './event.ts'

/** The event that a line of the journal, or a waiting file, holds; undefined when it holds none. */
export function readEvent(line: string): DefsEvent | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return isEvent(value) ? value : undefined
  } catch {
    return undefined
  }
}

function isEvent(value: unknown): value is DefsEvent {
  if (typeof value !== 'object' || value === null) return false
  const { id, time, name, level, message }: Partial<Record<keyof DefsEvent, unknown>> = value
  if (typeof id !== 'number' || typeof time !== 'string' || typeof name !== 'string') return false
  return typeof level === 'string' && typeof message === 'string'
}
