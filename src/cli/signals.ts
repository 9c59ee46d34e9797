import { DefsError } from '../error.ts'
import type { SignalSource } from './world.ts'

/** Signals as an abort. */
export interface Interruption {
  readonly signal: AbortSignal
  /** Gives the signals back. */
  readonly release: () => void
}

/**
 * Turns the first SIGINT or SIGTERM into an abort, so that nothing half-done stays behind. The second finds the
 * system's own handlers again, which end the process at once.
 */
export function catchSignals(source: SignalSource): Interruption {
  const controller = new AbortController()
  const release = () => {
    source.off('SIGINT', interrupt)
    source.off('SIGTERM', interrupt)
  }
  function interrupt(): void {
    release()
    controller.abort(new DefsError('INTERRUPTED', 'interrupted: what was current before still is'))
  }
  source.on('SIGINT', interrupt)
  source.on('SIGTERM', interrupt)
  return { signal: controller.signal, release }
}
