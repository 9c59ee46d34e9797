import { promisify } from 'node:util'
import { joinSignals } from '../context.ts'
import { DefsError } from '../error.ts'

const turn = promisify(setImmediate)

/** How many at a time when nothing else is said: two keep two cores busy, more only cost memory. */
const laneCount = 2

/** So long at most may work that waits for nothing keep signals, timers and connections waiting. Milliseconds. */
const longestBreath = 20

/**
 * For work that waits for nothing: what it returns is called between two steps, and is a promise when it is time to let whatever
 * else this thread has to do have its turn.
 */
export function openBreath(): () => Promise<void> | undefined {
  let begun = performance.now()
  return () => {
    if (performance.now() - begun < longestBreath) return undefined
    return turn().then(() => {
      begun = performance.now()
    })
  }
}

/**
 * Does `work` for every item, several at a time, in the order given; `lane` is a number from 0 on, and each lane
 * has one item at a time. The first failure stops the rest, and is thrown once nothing runs any more. Items may be
 * done at once: between them, whatever else this thread has to do gets its turn.
 */
export async function inLanes<T>(
  items: readonly T[],
  signal: AbortSignal,
  work: (item: T, signal: AbortSignal, lane: number) => Promise<void>,
  lanes: number = laneCount,
): Promise<void> {
  const stop = new AbortController()
  const either = joinSignals([signal, stop.signal])
  const queue = items.values()
  const failures: unknown[] = []
  const breathe = openBreath()
  const runLane = async (lane: number) => {
    for (const item of queue) {
      if (failures.length > 0) return
      try {
        await work(item, either.signal, lane)
        const rest = breathe()
        if (rest) await rest
      } catch (error) {
        failures.push(error)
        stop.abort(new DefsError('INTERRUPTED', 'stopped: another file failed', { cause: error }))
      }
    }
  }
  await Promise.all(Array.from({ length: lanes }, (_, lane) => runLane(lane)))
  either.release()
  if (failures.length > 0) throw failures[0]
}

/** Does work on every item, a bounded number at a time; the first error ends it once all begun work has ended. */
export async function inParallel<T>(
  items: readonly T[],
  width: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const queue = items.values()
  async function worker(): Promise<void> {
    for (const item of queue) await work(item)
  }
  const ends = await Promise.allSettled(Array.from({ length: Math.min(width, items.length) }, worker))
  const failed = ends.find((end) => end.status === 'rejected')
  if (failed) throw failed.reason
}

/**
 * The results of work on every item, in the order of the items. Up to `width` are being worked on at a time, which is
 * also how many results wait at most; nothing runs any more when the loop is left.
 */
export async function* inOrder<T, Result>(
  items: AsyncIterable<T>,
  width: number,
  work: (item: T) => Promise<Result>,
): AsyncGenerator<Result> {
  const begun: Promise<Result>[] = []
  try {
    for await (const item of items) {
      const result = work(item)
      // Awaited in its turn; until then a failure must not count as unhandled.
      result.catch(() => undefined)
      begun.push(result)
      if (begun.length >= width) yield* first(begun)
    }
    while (begun.length > 0) yield* first(begun)
  } finally {
    await Promise.allSettled(begun)
  }
}

async function* first<Result>(begun: Promise<Result>[]): AsyncGenerator<Result> {
  const result = begun.shift()
  if (result) yield await result
}

/** Ends the work once the signal is aborted. @throws INTERRUPTED, or the signal's own reason when that is ours */
export function stopIfAborted(signal: AbortSignal, doing: string): void {
  if (!signal.aborted) return
  if (signal.reason instanceof DefsError) throw signal.reason
  throw new DefsError('INTERRUPTED', `interrupted while ${doing}`, { cause: signal.reason })
}
