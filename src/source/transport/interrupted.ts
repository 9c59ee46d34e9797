import { DefsError } from '../../error.ts'

/** The error of an aborted signal: its reason when that is ours (a deadline), else `INTERRUPTED`. */
export function interrupted(signal: AbortSignal): DefsError {
  if (signal.reason instanceof DefsError) return signal.reason
  return new DefsError('INTERRUPTED', 'interrupted while talking to a source', { cause: signal.reason })
}
