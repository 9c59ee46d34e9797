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
  const texts = ['time', 'name', 'level', 'message']
  const fields = new Map<string, unknown>(Object.entries(value))
  return typeof fields.get('id') === 'number' && texts.every((key) => typeof fields.get(key) === 'string')
}
