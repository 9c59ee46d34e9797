import { DefsError } from '../error.ts'

/** Ends the work once the signal is aborted. @throws INTERRUPTED, or the signal's own reason when that is ours */
export function stopIfAborted(signal: AbortSignal, doing: string): void {
  if (!signal.aborted) return
  if (signal.reason instanceof DefsError) throw signal.reason
  throw new DefsError('INTERRUPTED', `interrupted while ${doing}`, { cause: signal.reason })
}
