import { needsAnchors } from '../config/check/together.ts'
import { refuseUnsafeFiles, storeFlaw } from '../config/check/trusted-files.ts'
import type { Config } from '../config/config.ts'
import { nothingConfigured } from '../config/unconfigured.ts'
import { type Context, joinSignals } from '../context.ts'
import { readSmall } from '../disk/foreign-file.ts'
import { DefsError, isDefsError } from '../error.ts'
import type { EventName } from '../event/catalogue.ts'
import type { EventFacts } from '../event/event.ts'
import { makeEvent } from '../event/make-event.ts'
import { authorityFile, readAuthorityCertificate } from '../hawking/notices.ts'
import { openScannerStore } from '../hawking/scanner-store.ts'
import { openStore, type Store } from '../hawking/store.ts'
import { limits } from '../limits.ts'
import { scannerInForce } from '../scanner/in-force.ts'
import { openScanner } from '../scanner/kinds.ts'
import type { Scanner } from '../scanner/scanner.ts'
import type { SetName } from '../set-name.ts'
import { readAnchors } from '../trust/anchors.ts'
import type { Trust } from '../trust/authentic.ts'

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
  /** `--force`: an unusual set is wanted. */
  readonly force: boolean
  /** Whether it only asks and keeps nothing of that: a part with `every`, once asked about, is left to the updates. */
  readonly looks?: boolean
  /** Reports an event and remembers its number. */
  readonly report: (name: EventName, facts?: EventFacts) => void
  /** Remembers the number of an event that was due and is in the journal already. */
  readonly repeat: (name: EventName, facts: EventFacts) => void
  /** Numbers of the events reported so far. */
  readonly events: readonly number[]
}

/**
 * Begins a run: reads the anchors, fixes the moment and the deadline. Touches nothing in the store.
 * @throws CONFIG_UNSAFE for anchors, keys and programs that others could change; TRUST_ANCHORS
 */
export function beginRun(
  config: Config,
  context: Context,
  options: { timeout: number | null; force: boolean },
): Run {
  refuseUnsafeFiles(config)
  const flaw = storeFlaw(config)
  if (flaw !== null) context.emit({ type: 'note', level: 'warning', text: flaw })
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
    trust: loadTrust(config, startedAt, options.force),
    scanner: openScanner(scannerInForce(config), store, openScannerStore(store), config.store.reserve),
    ...clockOf(limit, context, context.signal),
    limit,
    startedAt,
    force: options.force,
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
  return { ...run, ...clockOf(run.limit, run.context, run.context.signal) }
}

/** The same run with a share of the time it has left, for one of so many sources that may still be asked. */
export function withShare(run: Run, sources: number): Run {
  const left = run.deadline.getTime() - run.context.now().getTime()
  return sources < 2 ? run : { ...run, ...clockOf(left / sources, run.context, run.signal) }
}

function clockOf(
  milliseconds: number,
  context: Context,
  within: AbortSignal,
): Pick<Run, 'signal' | 'deadline'> {
  const { signal } = joinSignals([within], { milliseconds, reason: deadlinePassed })
  return { signal, deadline: new Date(context.now().getTime() + milliseconds) }
}

function deadlinePassed(): DefsError {
  return new DefsError('SOURCE_DEADLINE', 'the deadline passed before a set had arrived: see --timeout')
}

/** What arrives is judged by this: the pinned anchors and the policy of the configuration. @throws TRUST_ANCHORS */
function loadTrust(config: Config, now: Date, allowFuture: boolean): Trust {
  const sources = [...config.sources.values()]
  const needed = sources.length === 0 || sources.some(needsAnchors)
  const pems = config.trust.anchors.map(readPem)
  if (config.file === null && sources.length + pems.length === 0) throw nothingConfigured(config)
  const { allowSha1, expired } = config.trust
  const anchors = needed || pems.length > 0 ? readAnchors(pems) : []
  return { anchors, now, policy: { allowSha1, expired, allowFuture } }
}

/**
 * What lies in the store is judged by this: the same, and the store's own authority for the sets it sealed.
 * @throws TRUST_ANCHORS when its file is damaged; STORE_*
 */
export async function trustOnDisk(trust: Trust, store: Store): Promise<Trust> {
  const text = await readAuthorityCertificate(store)
  if (text === null) return trust
  return { ...trust, anchors: [...trust.anchors, ...readAnchors([{ path: authorityFile(store), text }])] }
}

function readPem(path: string): { path: string; text: string } {
  try {
    return { path, text: readSmall(path, limits.trustFile, 0).toString() }
  } catch (cause) {
    // The path is said once: what the system said of it stands below our own words.
    const inner = isDefsError(cause) ? cause.cause : cause
    const text = `the trust anchor ${path} cannot be read, see trust.anchors`
    throw new DefsError('TRUST_ANCHORS', text, { cause: inner, path })
  }
}

/** Where and within which bounds a package is fetched. */
export function fetchOptions({ config, store, deadline }: Run) {
  return {
    partial: store.partial,
    reserve: config.store.reserve,
    maxBytes: config.limits.package,
    throughput: config.network.throughput,
    tries: config.network.tries,
    deadline,
  }
}

/**
 * Within which bounds a package is opened, and what it is hashed with.
 * @param subject what people call it; the name of its file when not given
 */
export function openOptions({ config, context, signal, trust }: Run, subject?: string) {
  const { entries, unpacked, ratio } = config.limits
  return {
    limits: { entries, unpacked, ratio },
    reserve: config.store.reserve,
    ...(subject === undefined ? {} : { subject }),
    algorithms: trust.policy.allowSha1 ? (['sha256', 'sha1'] as const) : (['sha256'] as const),
    context,
    signal,
  }
}
/** What the caller of `update` asks for. */
export interface UpdateRequest {
  /** Only this source; null for the configured one and then its fallbacks. */
  readonly source: string | null
  /** Say what would be fetched; change nothing. */
  readonly dryRun: boolean
  /** Take older, barred and future sets, also while one is held. Never skips authentication. */
  readonly force: boolean
  readonly allow: SetName | null
  /** Milliseconds for asking and fetching, over all sources; null for `network.deadline`. */
  readonly timeout: number | null
  /** Milliseconds to wait for another run to end. */
  readonly lockWait: number
  /** Watch the scanner when it took a set, if that is configured (default); else a later run confirms the set. */
  readonly confirm?: boolean
}
