import { limits } from '../../../limits.ts'
import type { DefsEvent } from '../../event.ts'
import { oneLine } from '../wire/one-line.ts'
import { metatagValues } from './alert-text.ts'
import { fillIn } from './template.ts'

/** What is written to the recipients. */
export interface Letter {
  /** One line: no text of an event can begin another header. */
  readonly subject: string
  readonly text: string
}

/** The letter for one event, by the configured templates. */
export function letterOf(
  event: DefsEvent,
  { subject, body }: { readonly subject: string; readonly body: string },
  host: string,
): Letter {
  const values = metatagValues(event, host)
  return { subject: asSubject(fillIn(subject, values)), text: fillIn(body, values) }
}

/** One letter for many events: a line each. */
export function digestOf(events: readonly DefsEvent[], host: string): Letter {
  const worst = ['error', 'warning', 'information'].find((level) => events.some((one) => one.level === level))
  const lines = events.map(({ time, id, level, message }) => `${time}  ${id}  ${level}  ${oneLine(message)}`)
  return {
    subject: asSubject(`${events.length} events on ${host}, ${worst} the gravest`),
    text: `${lines.join('\n')}\n`,
  }
}

function asSubject(text: string): string {
  return [...oneLine(text).trim()].slice(0, limits.mailSubject).join('')
}
