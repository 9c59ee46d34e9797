import { limits } from '../limits.ts'
import { shownText } from '../text/shown-address.ts'
import { catalogue, type EventKind, type EventName } from './catalogue.ts'
import type { DefsEvent, EventFacts } from './event.ts'
import { isLine60 } from './version.ts'

/**
 * An event with its number, level and text from the catalogue. Blanks in angle brackets are filled from the
 * facts: `<directory>` and `<path>` by `path`, `<code>` by `errorCode`, `<reason>`, `<set>`, `<until>` by their namesakes.
 * A blank nobody has a fact for reads `unknown`. Addresses are without logins and keys, since events are kept and sent.
 */
export function makeEvent(
  name: EventName,
  given: EventFacts,
  { now, productVersion }: { readonly now: Date; readonly productVersion: string },
): DefsEvent {
  const kind: EventKind = catalogue[name]
  const facts = withoutKeys(given)
  const { message, set = null, path = null, source = null, errorCode = null, ...further } = facts
  return {
    time: now.toISOString(),
    id: isLine60(productVersion) ? (kind.id60 ?? kind.id) : kind.id,
    name,
    level: kind.level,
    message: message ?? fillIn(kind.message, facts),
    set,
    path,
    source,
    errorCode,
    ...further,
  }
}

/** Rule: facts are short and without keys. Stops: a server or a scanner that answers megabytes, which would be kept and sent. */
function withoutKeys(facts: EventFacts): EventFacts {
  return Object.fromEntries(Object.entries(facts).map(([key, fact]) => [key, shownFact(fact)]))
}

function shownFact(fact: unknown): unknown {
  if (Array.isArray(fact)) return fact.slice(0, limits.eventList).map(shownFact)
  if (typeof fact !== 'string') return fact
  const text = shownText(fact)
  return text.length > limits.eventText ? `${text.slice(0, limits.eventText)}...` : text
}

function fillIn(message: string, facts: EventFacts): string {
  const blanks: Readonly<Record<string, string | null | undefined>> = {
    directory: facts.path,
    path: facts.path,
    code: facts.errorCode,
    reason: facts.reason,
    set: facts.set,
    until: facts.until,
    ring: facts.ring,
    host: facts.host,
  }
  // One pass over the catalogue's text, so that a fact which looks like a blank is not filled in turn.
  return message.replace(/<([a-z]+)>/g, (_, blank: string) => blanks[blank] ?? 'unknown')
}

/** The event that a line of the journal, or a waiting file, holds; undefined when it holds none. */
export function readEvent(line: string): DefsEvent | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return isEvent(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** What is shown as it stands where it is there: other hands may have written anything. */
const texts = [
  'set',
  'path',
  'source',
  'errorCode',
  'previous',
  'grade',
  'reason',
  'user',
  'from',
  'object',
  'change',
] as const satisfies readonly (keyof DefsEvent)[]

function isEvent(value: unknown): value is DefsEvent {
  if (typeof value !== 'object' || value === null) return false
  const facts: Partial<Record<keyof DefsEvent, unknown>> = value
  const { id, time, name, level, message } = facts
  if (typeof id !== 'number' || typeof time !== 'string' || typeof name !== 'string') return false
  if (typeof level !== 'string' || typeof message !== 'string') return false
  return texts.every((key) => typeof (facts[key] ?? '') === 'string')
}
