import type { Context } from '../context.ts'
import { DefsError } from '../error.ts'
import { limits } from '../limits.ts'
import type { SetName } from '../set-name.ts'
import { type KnownClamd, lookAtClamd, type Proof, type Sight } from './clamd-proof.ts'
import { askClamd } from './clamd-session.ts'
import { endOfLog, openDetections } from './detections.ts'
import type { Absent, InUse } from './scanner.ts'

/** What is waited for. */
interface Awaited {
  readonly proof: Proof
  readonly known: KnownClamd
  /** What its log tells of loads since the set became current; null for a clamd whose log is not known. */
  readonly loads: Loads | null
}

/** How many loads a log tells of that began and ended since somebody began to count; never throws. */
type Loads = () => Promise<number>

interface Waiting {
  readonly socket: string
  /** For how long; milliseconds. */
  readonly timeout: number
}

/**
 * Waits until clamd shows that it uses a set. One that works and cannot show it was told, and no more is known; one
 * that does not answer says nothing of the set.
 * @throws SCANNER_REFUSED when it shows another set, or has ended over this one; INTERRUPTED
 */
export async function waitForClamd(
  waiting: Waiting,
  awaited: Awaited,
  set: SetName,
  context: Context,
): Promise<Pick<InUse, 'proof' | 'lack'> | Absent> {
  const { socket, timeout } = waiting
  const { proof, known } = awaited
  let sight: Sight = { state: 'other', said: 'nothing yet' }
  let since = 0
  let toldAgain = false
  const clock = stopwatch()
  while (clock.passed() <= timeout) {
    await clock.pause(context)
    const before = sight.state
    sight = await lookAtClamd(socket, proof, known)
    if (sight.state === 'shown') {
      const by = sight.by ?? proof.kind
      if (by === 'canary' || by === 'sample') await loadWhole(waiting, awaited, clock, context)
      return { proof: by, lack: by === 'reload' ? proof.lack : null }
    }
    if (sight.state === 'mute' && (known.canaries === 'unseen' || known.canaries === 'no')) break
    if (sight.state !== before) since = clock.passed()
    if (isOver(sight, clock.passed() - since)) break
    // A clamd that was loading something else when it was told may have forgotten that it was.
    const unmoved = sight.state === 'other' || sight.state === 'mute'
    if (!toldAgain && unmoved && clock.passed() > timeout / 2) {
      toldAgain = true
      await askClamd(socket, 'RELOAD').catch(() => '')
    }
  }
  if (sight.state === 'mute') return { proof: 'reload', lack: sight.said }
  const took = `${Math.round(clock.passed() / 1000)} s`
  if (sight.state === 'silent') {
    const advice = 'scanner.timeout should exceed its IdleTimeout and the time of a load'
    return { absent: `clamd at ${socket} gave no answer in ${took} (${sight.said}); ${advice}` }
  }
  const text = `clamd at ${socket} did not take ${set}: after ${took} ${sight.said}; its log says why`
  throw new DefsError('SCANNER_REFUSED', text, { path: socket })
}

/**
 * Begins to count the loads that a log tells of. Of one that ends after this, and began before, the beginning is not in
 * what is read: it does not count. A file name in the log is no line of clamd's own.
 */
export async function watchLoads(log: string): Promise<Loads | null> {
  const place = await endOfLog(log)
  if (place === null) return null
  let begun = false
  return openDetections(log, place, limits.clamdTells, (line) => {
    begun ||= /^(?:.{24} -> )?Reading databases from /.test(line)
    return begun && /^(?:.{24} -> )?Database correctly reloaded /.test(line)
  })
}

/**
 * Has clamd load a second time, unless its log tells of a load that began after the set was current. It lists its folder
 * once and opens file by file: when a load was under way as the set became current, its engine is of two sets, detects
 * the canary all the same, and the first RELOAD was forgotten. By VERSION that cannot be, since `daily` is opened before
 * all others. The end of the load shows in the log, else it takes as long as the first.
 */
async function loadWhole(
  { socket, timeout }: Waiting,
  { loads, proof, known }: Awaited,
  clock: ReturnType<typeof stopwatch>,
  context: Context,
): Promise<void> {
  if (loads && (await loads()) > 0) return
  const first = clock.passed()
  if ((await askClamd(socket, 'RELOAD').catch(() => '')) !== 'RELOADING') return
  const enough = Math.min(timeout, loads === null ? 2 * first : timeout / 2)
  while (clock.passed() - first < enough) {
    await clock.pause(context)
    if (loads && (await loads()) > 0) return
  }
  await lookAtClamd(socket, proof, known)
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
      await sleep(limits.scannerPoll, signal).catch((cause: unknown) => {
        throw new DefsError('INTERRUPTED', 'interrupted while clamd was loading', { cause })
      })
      paused += limits.scannerPoll
      mark = performance.now()
    },
  }
}
