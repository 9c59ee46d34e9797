import { DefsError, isDefsError } from '../../error.ts'

/**
 * Throws when the inquiry itself is over - interrupted, or past its deadline: then no further host is asked.
 * @throws INTERRUPTED, SOURCE_DEADLINE
 */
export function throwIfOver(signal: AbortSignal, error?: unknown): void {
  if (isDefsError(error, 'INTERRUPTED', 'SOURCE_DEADLINE')) throw error
  if (!signal.aborted) return
  if (signal.reason instanceof DefsError) throw signal.reason
  throw new DefsError('INTERRUPTED', 'interrupted while asking what is on offer', { cause: signal.reason })
}
