import { DefsError } from '../error.ts'
import { makeEvent } from '../event/make-event.ts'
import { limits } from '../limits.ts'
import type { AlarmTask } from '../schedule/alarm.ts'
import type { InForce, Session } from './session.ts'
import { watchProgram } from './watch-file.ts'

/** What a process that runs for long knows of its own program. */
export interface Replacement {
  /** Looks, and says whether work may begin: else it waits for a second look, or for the new program. */
  readonly mayBegin: () => boolean
  /** Looks now and then, for whoever has nothing else to begin. */
  readonly task: AlarmTask
  /** Aborted when this process is to end, since somebody starts the new program; the reason is what it ends with. */
  readonly signal: AbortSignal
}

/**
 * Watches whether an upgrade replaced the program that runs, which loads parts of itself when it first needs them. Tells of it
 * (event 1078); below a service manager, which starts the new one, the signal is aborted besides.
 * @param who runs, in words
 * @param isManaged whether there is a service manager
 */
export function watchReplaced(
  session: Session,
  inForce: InForce,
  who: string,
  isManaged: boolean,
): Replacement {
  const program = watchProgram(session.environment.program)
  const replaced = new AbortController()
  let soonest = Number.NEGATIVE_INFINITY
  let change = program.changed()

  function look(): void {
    const now = performance.now()
    if (now < soonest || replaced.signal.aborted) return
    soonest = now + limits.daemonLook
    change = program.changed()
    if (change === 'yes') tell()
  }

  function tell(): void {
    const then = isManaged
      ? `${who} ends, to be started anew`
      : `restart ${who}, which goes on with what it has loaded`
    const { path } = program
    const reason = `${path} is another one by now; ${then}`
    const { context } = session
    const of = { now: context.now(), productVersion: inForce.config.product.version }
    context.emit({ type: 'event', event: makeEvent('daemon.replaced', { path, reason }, of) })
    if (isManaged) replaced.abort(new DefsError('INTERRUPTED', `the program was replaced: ${reason}`))
  }

  return {
    mayBegin() {
      look()
      return change !== 'perhaps' && !replaced.signal.aborted
    },
    task: {
      run: async () => look(),
      due() {
        const left = soonest - performance.now()
        if (left <= 0 || change === 'perhaps') return left
        // A look is worth no waking of its own where the alarm rings soon after.
        return left + limits.lookSlack
      },
    },
    signal: replaced.signal,
  }
}
