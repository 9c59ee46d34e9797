import { DefsError } from '../error.ts'

/** Ends the work once the signal is aborted. @throws INTERRUPTED, or the signal's own reason when that is ours */
export function stopIfAborted(signal: AbortSignal): void {
  if (!signal.aborted) return
  if (signal.reason instanceof DefsError) throw signal.reason
  throw new DefsError('INTERRUPTED', 'interrupted while working on a patch', { cause: signal.reason })
}
