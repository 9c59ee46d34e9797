import type { Context } from '../context.ts'
import { DefsError } from '../error.ts'
import { limits } from '../limits.ts'
import type { SetName } from '../set-id.ts'
import { lookAtClamd, type Proof, type Sight } from './clamd-proof.ts'
import { askClamd } from './clamd-session.ts'

/**
 * Waits until clamd shows that it uses a set.
 * @param config `timeout`: for how long; milliseconds
 * @throws SCANNER_REFUSED when it does not, INTERRUPTED
 */
export async function waitForClamd(
  { socket, timeout }: { readonly socket: string; readonly timeout: number },
  proof: Proof,
  set: SetName,
  context: Context,
): Promise<void> {
  let sight: Sight = { state: 'other', said: 'nothing yet' }
  let since = 0
  let toldAgain = false
  const clock = stopwatch()
  while (clock.passed() <= timeout) {
    await clock.pause(context)
    const before = sight.state
    sight = await lookAtClamd(socket, proof)
    if (sight.state === 'shown') return
    if (sight.state !== before) since = clock.passed()
    if (isOver(sight, clock.passed() - since)) break
    // A clamd that was loading something else when it was told may have forgotten that it was.
    if (!toldAgain && sight.state === 'other' && clock.passed() > timeout / 2) {
      toldAgain = true
      await askClamd(socket, 'RELOAD').catch(() => '')
    }
  }
  const took = `${Math.round(clock.passed() / 1000)} s`
  const text = `clamd at ${socket} did not take ${set}: after ${took} ${sight.said}; its log says why`
  throw new DefsError('SCANNER_REFUSED', text, { path: socket })
}

/** Whether there is nothing to wait for any more. */
function isOver({ state }: Sight, lasted: number): boolean {
  return (state === 'lost' && lasted >= limits.clamdLost) || (state === 'gone' && lasted >= limits.clamdGone)
}

/**
 * Counts the pauses, which tests shorten, and the time between them, which a clamd that hangs takes; the wall clock
 * may be set meanwhile.
 */
function stopwatch() {
  let paused = 0
  let worked = 0
  let mark = performance.now()
  return {
    passed: () => paused + worked + (performance.now() - mark),
    async pause({ sleep, signal }: Context): Promise<void> {
      worked += performance.now() - mark
      await sleep(limits.clamdPoll, signal).catch((cause: unknown) => {
        throw new DefsError('INTERRUPTED', 'interrupted while clamd was loading', { cause })
      })
      paused += limits.clamdPoll
      mark = performance.now()
    },
  }
}
