import { DefsError } from '../../../error.ts'

/** Why a receiver did not take events, as an error after which they are tried again. Ours pass through. */
export function sinkFailed(doing: string, cause: unknown): DefsError {
  if (cause instanceof DefsError) return cause
  return new DefsError('SINK_FAILED', `${doing} failed`, { cause, transient: true })
}
