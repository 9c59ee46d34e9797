import { DefsError } from '../error.ts'

/** A place that was left, and why. */
export interface Failure {
  readonly url: string
  readonly error: DefsError
}

/**
 * One error for all places. A place that asked us to wait goes first: waiting is what helps. Then the last
 * place that delivered something wrong, which says more than one that was not there. Else the first cause.
 */
export function allFailed(name: string, failures: readonly Failure[]): DefsError {
  const [first] = failures
  if (!first) return new DefsError('SOURCE_NOT_FOUND', `${name}: no place was named to fetch it from`)
  if (failures.length === 1) return first.error
  const cooling = failures.find(({ error }) => error.code === 'SOURCE_COOLING_DOWN')
  const wrong = failures.findLast(({ error }) => /^(FETCH|TRUST)_/.test(error.code))
  const { error } = cooling ?? wrong ?? first
  return new DefsError(
    error.code,
    `${name}: none of ${failures.length} places delivered it; ${error.message}`,
    {
      ...error.facts,
      cause: error,
      problems: failures.map((failure) => `${failure.url}: ${failure.error.code}: ${failure.error.message}`),
      left: failures,
    },
  )
}
