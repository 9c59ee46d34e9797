import { DefsError, isDefsError } from '../error.ts'

/**
 * Until when a part is left alone; null when it may be asked about. Rule: no more often than its `every`, whatever came of
 * it. Stops: a provider that bans who asks too often, most of all while it is in trouble.
 * @param every milliseconds; 0 for no bound
 */
export function restsUntil(asked: Date, every: number, now: Date): Date | null {
  const since = now.getTime() - asked.getTime()
  // What was asked in the future was asked by another clock.
  return since >= 0 && since < every ? new Date(asked.getTime() + every) : null
}

/** Whether a failure counts as asking: not where nobody was reached, and a provider that cools down says itself how long. */
export function wasAsked(failure: DefsError | null): boolean {
  return !isDefsError(failure, 'SOURCE_UNREACHABLE', 'SOURCE_COOLING_DOWN')
}

/** Why a part that rests is not in the set. */
export function atRest(name: string, until: Date): DefsError {
  const text = `it was asked about a short while ago, and is left alone until ${until.toISOString()}: every`
  return new DefsError('SOURCE_REFUSED', text, { path: name })
}
