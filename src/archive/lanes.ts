import { DefsError } from '../error.ts'

/** How many members are read at a time: inflating two keeps two cores busy, more only costs memory. */
const laneCount = 2

/**
 * Does `work` for every item, two at a time, in the order given; `lane` is 0 or 1, and each has one item at a
 * time. The first failure stops the rest, and is thrown once nothing runs any more.
 */
export async function inLanes<T>(
  items: readonly T[],
  signal: AbortSignal,
  work: (item: T, signal: AbortSignal, lane: number) => Promise<void>,
): Promise<void> {
  const stop = new AbortController()
  const either = AbortSignal.any([signal, stop.signal])
  const queue = items.values()
  const failures: unknown[] = []
  const runLane = async (lane: number) => {
    for (const item of queue) {
      if (failures.length > 0) return
      try {
        await work(item, either, lane)
      } catch (error) {
        failures.push(error)
        stop.abort(new DefsError('INTERRUPTED', 'stopped: another member failed', { cause: error }))
      }
    }
  }
  await Promise.all(Array.from({ length: laneCount }, (_, lane) => runLane(lane)))
  if (failures.length > 0) throw failures[0]
}
