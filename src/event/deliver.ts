import { existsSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import type { Config } from '../config/config.ts'
import type { Context } from '../context.ts'
import { emptyFolder } from '../disk/foreign-file.ts'
import { describeError } from '../error.ts'
import { limits } from '../limits.ts'
import type { DefsEvent } from './event.ts'
import { appendEvent } from './journal.ts'
import { makeEvent } from './make-event.ts'
import { rotateJournal } from './rotate-journal.ts'
import { openSink } from './sink/kinds.ts'
import type { SinkConfig } from './sink/sink-config.ts'
import { openSpool } from './spool/queue.ts'
import { openReceiver } from './spool/receiver.ts'
import { readNotes } from './spool/sink-state.ts'

/** Where events go: the journal, and every configured sink. */
export interface Delivery {
  /** Takes an event in: into the journal and the spools. Synchronous, never throws, never waits. */
  readonly take: (event: DefsEvent) => void
  /**
   * Delivers what waits for the sinks, of earlier runs too, for at most `milliseconds` (default `limits.sinkFlush`).
   * Never throws; what is left is delivered by the next run.
   */
  readonly flush: (milliseconds?: number) => Promise<void>
}

/** What the fan-out is opened with. */
export interface DeliverySetup {
  readonly config: Pick<Config, 'events' | 'product'>
  /** The journal's file, and `state/` of the store. */
  readonly journal: string
  readonly state: string
  readonly context: Context
  readonly env: Readonly<Record<string, string | undefined>>
}

/**
 * Opens the fan-out. Events that come before the store is there wait for it, in memory. Troubles of a sink are
 * events too, by `context.emit`, whose listener is expected to give them to `take`.
 */
export function openDelivery({ config, journal, state, context, env }: DeliverySetup): Delivery {
  const { events, product } = config
  const spools = join(state, 'spool')
  const world = { env, host: hostname(), sourceName: events.sourceName, state }
  const isReady = () => existsSync(state)
  const receivers = events.sinks.map((sink) =>
    openReceiver({
      config: sink,
      sink: openSink(sink, world),
      spools,
      isReady,
      now: context.now,
      report(name, facts) {
        const event = makeEvent(name, facts, { now: context.now(), productVersion: product.version })
        context.emit({ type: 'event', event })
      },
    }),
  )
  const write = !events.journal.enabled
    ? () => undefined
    : journalWriter(journal, isReady, events.journal, context)

  return {
    take(event) {
      write(event)
      for (const receiver of receivers) receiver.accept(event)
    },
    async flush(milliseconds = context.signal.aborted ? limits.sinkFlushInterrupted : limits.sinkFlush) {
      write()
      forgetOthers(
        spools,
        events.sinks.map(({ name }) => name),
      )
      if (receivers.length === 0) return
      const controller = new AbortController()
      const stop = () => controller.abort()
      const clock = setTimeout(stop, milliseconds)
      context.signal.addEventListener('abort', stop, { once: true })
      await Promise.all(receivers.map((receiver) => receiver.flush(controller.signal)))
      clearTimeout(clock)
      context.signal.removeEventListener('abort', stop)
    },
  }
}

/**
 * A journal that cannot be written fails nothing and is told of once; what it missed is written as soon as it can be,
 * since a disk that is full for an hour must not silence a daemon for months.
 */
function journalWriter(
  journal: string,
  isReady: () => boolean,
  policy: Config['events']['journal'],
  { emit, now }: Context,
): (event?: DefsEvent) => void {
  const waiting: DefsEvent[] = []
  let told = false
  return (event) => {
    if (event) waiting.push(event)
    if (waiting.length === 0 || !isReady()) return
    try {
      rotateJournal(journal, policy, now())
      for (let next = waiting[0]; next; next = waiting[0]) {
        appendEvent(journal, next)
        waiting.shift()
      }
      told = false
    } catch (error) {
      waiting.splice(0, waiting.length - limits.journalWaiting)
      if (told) return
      told = true
      emit({ type: 'note', level: 'warning', text: `the journal cannot be written: ${describeError(error)}` })
    }
  }
}

// The journal still has what waited for a sink that was taken out of the configuration.
function forgetOthers(spools: string, names: readonly string[]): void {
  try {
    emptyFolder(spools, names)
  } catch {
    // There is none, it may not be read, or it is a link to somebody else's files: nothing is removed.
  }
}

/** How one sink does. */
export interface SinkStanding {
  readonly name: string
  readonly kind: SinkConfig['kind']
  readonly level: SinkConfig['level']
  /** Null for all of `level` and above. */
  readonly events: SinkConfig['events']
  /** Events that wait for it. */
  readonly waiting: number
  /** RFC 3339, UTC; null while it works. */
  readonly failingSince: string | null
}

/** How every sink does, from what lies in `state/spool`. @param state `state/` of the store */
export function sinkStandings(sinks: readonly SinkConfig[], state: string): SinkStanding[] {
  return sinks.map(({ name, kind, level, events }) => {
    const folder = join(state, 'spool', name)
    const waiting = openSpool(folder).list().length
    return { name, kind, level, events, waiting, failingSince: readNotes(folder).failingSince }
  })
}
