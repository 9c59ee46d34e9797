import type { Config } from '../config/config.ts'
import type { Context } from '../context.ts'
import type { EventName } from '../event/catalogue.ts'
import type { EventFacts } from '../event/event.ts'
import { makeEvent } from '../event/make-event.ts'
import { openScannerDesk } from '../hawking/scanner-desk.ts'
import { openStore, type Store } from '../hawking/store.ts'
import { scannerInForce } from '../scanner/in-force.ts'
import { openScanner } from '../scanner/kinds.ts'
import type { Scanner } from '../scanner/scanner.ts'
import type { Trust } from '../trust/trust.ts'
import { loadTrust } from './load-trust.ts'

/** What every step of one run shares. */
export interface Run {
  readonly config: Config
  readonly context: Context
  readonly store: Store
  /** Judges what arrives; `trustOnDisk` judges what lies in the store. */
  readonly trust: Trust
  readonly scanner: Scanner
  /** Ends asking and fetching: interruption or the deadline. */
  readonly signal: AbortSignal
  readonly deadline: Date
  /** How long asking and fetching may take. Milliseconds. */
  readonly limit: number
  readonly startedAt: Date
  /** Reports an event and remembers its number. */
  readonly report: (name: EventName, facts?: EventFacts) => void
  /** Remembers the number of an event that was due and is in the journal already. */
  readonly repeat: (name: EventName, facts: EventFacts) => void
  /** Numbers of the events reported so far. */
  readonly events: readonly number[]
}

/** Begins a run: reads the anchors, fixes the moment and the deadline. Touches nothing in the store. */
export async function beginRun(
  config: Config,
  context: Context,
  options: { timeout: number | null; force: boolean },
): Promise<Run> {
  const startedAt = context.now()
  const limit = Math.min(options.timeout ?? Number.POSITIVE_INFINITY, config.network.deadline)
  const store = openStore(config.store.root, config.store.layout)
  const events: number[] = []
  const make = (name: EventName, facts: EventFacts) =>
    makeEvent(name, facts, { now: context.now(), productVersion: config.product.version })
  return {
    config,
    context,
    store,
    trust: await loadTrust(config, startedAt, options.force),
    scanner: openScanner(scannerInForce(config), store, openScannerDesk(store)),
    ...clockOf(limit, context),
    limit,
    startedAt,
    events,
    report(name, facts = {}) {
      const event = make(name, facts)
      events.push(event.id)
      context.emit({ type: 'event', event })
    },
    repeat(name, facts) {
      const { id, level, message } = make(name, facts)
      events.push(id)
      const text = `${message} (event ${id}, as before)`
      context.emit({ type: 'note', level: level === 'information' ? level : 'warning', text })
    },
  }
}

/** The same run with all its time before it: what it did until now was neither asking nor fetching. */
export function withFreshDeadline(run: Run): Run {
  return { ...run, ...clockOf(run.limit, run.context) }
}

function clockOf(limit: number, context: Context): Pick<Run, 'signal' | 'deadline'> {
  return {
    signal: AbortSignal.any([context.signal, AbortSignal.timeout(limit)]),
    deadline: new Date(context.now().getTime() + limit),
  }
}
