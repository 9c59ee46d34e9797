import { InvalidArgumentError } from 'commander'
import { parseDuration } from '../../config/measure.ts'
import { isDefsError } from '../../error.ts'
import { isAlias, parseSetName, readSetName, type SetAlias, type SetName } from '../../set-name.ts'

/** A bare number of seconds, or a duration; milliseconds inside. */
export function readSeconds(text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text) * 1000
  const milliseconds = parseDuration(text)
  if (milliseconds !== null) return milliseconds
  throw new InvalidArgumentError('Write a number of seconds, or a duration, for example 90, 90s or 5m.')
}

/** How long a command that changes the store waits for another one: name, description and reader of the option. */
export const lockWaitOption = [
  '--lock-wait <duration>',
  'wait this long for another run to end: 90 (seconds), 5m',
  readSeconds,
] as const

/** The same, but more than none. */
export function readTimeout(text: string): number {
  const milliseconds = readSeconds(text)
  if (milliseconds > 0) return milliseconds
  throw new InvalidArgumentError('Nothing can be done in no time.')
}

/** A duration, left as it was typed: it goes on as the value of an option. */
export function readAge(text: string): string {
  readDuration(text)
  return text
}

/** A duration in milliseconds. */
export function readDuration(text: string): number {
  const milliseconds = parseDuration(text)
  if (milliseconds) return milliseconds
  throw new InvalidArgumentError('Write a duration, for example 90m, 36h or 7d.')
}

/** A number of sets, at least one. */
export function readCount(text: string): number {
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('Write a whole number from 1 on.')
}

/** A set of the store, by name or by place. */
export function readStoreSet(text: string): SetName | SetAlias {
  return isAlias(text) ? text : readSet(text)
}

/** A published set by its name, or the newest one. */
export function readPublished(text: string): SetName | 'latest' {
  return text === 'latest' ? text : readSet(text)
}

/** A set in any of its written forms. */
export function readSet(text: string): SetName {
  try {
    return parseSetName(text)
  } catch (error) {
    if (isDefsError(error)) throw new InvalidArgumentError('Write YYYYMMDD.NNN, for example 20261121.003.')
    throw error
  }
}

/** A day, as the sets of that day begin. */
export function readDay(text: string): string {
  const [, year, month, day] = /^(\d{4})-?(\d{2})-?(\d{2})$/.exec(text) ?? []
  const compact = `${year}${month}${day}`
  if (year && readSetName(`${compact}.000`)) return compact
  throw new InvalidArgumentError('Write a day, for example 2026-11-21.')
}

/** A set of the store, else the path of a bundle. */
export function readSetOrFile(text: string): SetName | SetAlias | { readonly bundle: string } {
  return isAlias(text) ? text : (readSetName(text) ?? { bundle: text })
}

/** The examples below the help of a command. */
export function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  ${line}`).join('\n')}`
}
