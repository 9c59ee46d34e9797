import { DefsError, describeError, isDefsError } from '../../error.ts'
import { limits } from '../../limits.ts'
import { catalogue, type EventName, type Level } from '../catalogue.ts'
import type { DefsEvent, EventFacts } from '../event.ts'
import { isWithinHours } from '../sink/hours.ts'
import type { Sink } from '../sink/sink.ts'
import type { SinkConfig } from '../sink/sink-config.ts'
import { openWaitingRoom } from './queue.ts'
import { coalesce, type Notes, overdue } from './sink-state.ts'

/** One sink with all that waits for it. */
export interface Receiver {
  /** Takes an event in, if it is wanted; synchronous, never throws. */
  readonly accept: (event: DefsEvent) => void
  /** Delivers what waits until the signal; never throws. What is left stays for the next time. */
  readonly flush: (signal: AbortSignal) => Promise<void>
}

/** What a receiver is opened with. */
export interface ReceiverSetup {
  readonly config: SinkConfig
  readonly sink: Sink
  /** `state/spool`; events wait in memory until `isReady`. */
  readonly spools: string
  readonly isReady: () => boolean
  readonly now: () => Date
  readonly report: (name: EventName, facts: EventFacts) => void
}

/** The receiver of one configured sink. */
export function openReceiver(setup: ReceiverSetup): Receiver {
  const { config, sink, now } = setup
  const room = openWaitingRoom(setup)

  async function deliverAll(signal: AbortSignal): Promise<string | null> {
    let refusal: string | null = null
    let next = room.next(sink.take)
    for (let delivered = 0; next && !(signal.aborted && delivered > 0); delivered += 1) {
      try {
        await deliverInTime(sink, next.events, signal)
      } catch (error) {
        // Out of time after some were delivered: a slow sink, not a failing one.
        if (!isDefsError(error, 'SINK_REFUSED')) {
          if (signal.aborted && delivered > 0) return refusal
          throw error
        }
        room.note((notes) => ({ ...notes, dropped: notes.dropped + (next?.events.length ?? 0) }))
        refusal = describeError(error)
      }
      next.done()
      next = room.next(sink.take)
    }
    return refusal
  }

  function tellOfFailure(error: unknown): void {
    const reason = describeError(error instanceof DefsError ? error : new Error(describeError(error)))
    const since = room.notes().failingSince ?? now().toISOString()
    const due = isDue(room.notes().failingReported, now())
    const failingReported = due ? now().toISOString() : room.notes().failingReported
    room.note((notes) => ({ ...notes, failingSince: since, failingReported }))
    if (due) setup.report('sink.failing', { path: config.name, reason, errorCode: 'SINK_FAILED' })
  }

  function tellOfDropped(refusal: string | null): void {
    const { dropped, droppedReported } = room.notes()
    if (dropped === 0 || !isDue(droppedReported, now())) return
    room.note((notes) => ({ ...notes, dropped: 0, droppedReported: now().toISOString() }))
    const reason = refusal ?? `more waited than ${limits.spoolEntries}`
    setup.report('sink.dropped', { path: config.name, count: dropped, reason: `${dropped} lost, ${reason}` })
  }

  function take(what: (notes: Notes) => ReturnType<typeof coalesce>): void {
    const { send, repeats } = what(room.notes())
    if (repeats !== room.notes().repeats) room.note((notes) => ({ ...notes, repeats }))
    for (const event of send) room.put(event)
  }

  return {
    accept(event) {
      if (!isWanted(event, config) || isToldAlready(event, config)) return
      take((notes) => coalesce(notes.repeats, event, config.coalesce, now()))
    },
    async flush(signal) {
      if (Object.keys(room.notes().repeats).length > 0) {
        take((notes) => overdue(notes.repeats, config.coalesce, now()))
      }
      const lock = await room.enter(now())
      if (lock === null) return
      let refusal: string | null = null
      try {
        refusal = await deliverAll(signal)
        if (room.notes().failingSince !== null) room.note((notes) => ({ ...notes, failingSince: null }))
      } catch (error) {
        tellOfFailure(error)
      } finally {
        await lock.release()
      }
      tellOfDropped(refusal)
    },
  }
}

function isDue(reported: string | null, now: Date): boolean {
  // A moment ahead of the clock is of one that was wrong.
  return reported === null || Math.abs(now.getTime() - Date.parse(reported)) >= limits.sinkReport
}

const ranks = { information: 0, warning: 1, error: 2 } as const satisfies Record<Level, number>

/** Whether a sink is to be sent an event: its own troubles never, else by its list and its level. */
function isWanted(event: Pick<DefsEvent, 'name' | 'level' | 'path' | 'time'>, sink: SinkConfig): boolean {
  // It would feed on them.
  if (event.name.startsWith('sink.') && event.path === sink.name) return false
  // Without recipients nothing could ever be delivered; `config check` says so.
  if (sink.kind === 'mail' && sink.to.length === 0) return false
  if (sink.hours && !isWithinHours(sink.hours, new Date(event.time))) return false
  if (sink.beside?.includes(event.name)) return true
  if (sink.events !== null && !sink.events.includes(event.name)) return false
  return ranks[event.level] >= ranks[sink.level]
}

/** Whether people had a mail of the same cause: logs take every event, alerts are one for each cause. */
function isToldAlready({ follows, time }: DefsEvent, sink: SinkConfig): boolean {
  // An event of a newer version may wait in the spool of an older one.
  if (sink.kind !== 'mail' || follows === undefined || !Object.hasOwn(catalogue, follows)) return false
  return isWanted({ name: follows, level: catalogue[follows].level, path: null, time }, sink)
}

/**
 * One delivery, ended by the signal or by `limits.sinkDelivery`, whatever the sink does about it.
 * @throws SINK_FAILED, SINK_REFUSED
 */
export async function deliverInTime(
  sink: Sink,
  events: readonly DefsEvent[],
  signal: AbortSignal,
): Promise<void> {
  const controller = new AbortController()
  const stop = () => controller.abort(new DefsError('SINK_FAILED', 'it did not take them in time'))
  // A timer that keeps the process: a sink that waits for nothing would let it end in the middle.
  const clock = setTimeout(stop, limits.sinkDelivery)
  signal.addEventListener('abort', stop, { once: true })
  try {
    if (signal.aborted) stop()
    const stopped = new Promise<never>((_, reject) => {
      controller.signal.addEventListener('abort', () => reject(controller.signal.reason), { once: true })
    })
    controller.signal.throwIfAborted()
    await Promise.race([sink.deliver(events, controller.signal), stopped])
  } finally {
    clearTimeout(clock)
    signal.removeEventListener('abort', stop)
  }
}
