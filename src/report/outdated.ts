import { compareSetNames, type SetName } from '../set-name.ts'
import { formatTime } from './span.ts'

/** The source that the last update ended with, when that ended well: when it answered, what it offers and since when. */
export interface LastAnswer {
  readonly source: string
  /** RFC 3339, UTC. */
  readonly at: string
  readonly offered: SetName | null
  /** RFC 3339, UTC. */
  readonly since: string | null
}

/**
 * What to do about a set that is too old. Another update brings nothing where the source has nothing newer: then the
 * source is what to look at.
 * @param answered null when the last update failed, or none was
 */
export function outdatedAdvice(answered: LastAnswer | null, current: SetName): string {
  if (answered === null) return "run 'defs update'; the last attempt and its outcome stand below"
  const { source, at, offered, since } = answered
  const when = `'${source}' answered at ${formatTime(at)}`
  if (offered !== null && compareSetNames(offered, current) > 0) {
    return `${when} and offers ${offered}, which was not taken: run 'defs update', it says why`
  }
  const long =
    offered === null || since === null ? '' : `; it has offered ${offered} since ${formatTime(since)}`
  return `${when} and has nothing newer${long}: see why nobody fills it, or name another source`
}
