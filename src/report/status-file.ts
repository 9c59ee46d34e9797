import { existsSync } from 'node:fs'
import type { Config } from '../config/config.ts'
import type { Context } from '../context.ts'
import { writeFileAtomic } from '../disk/atomic-file.ts'
import { mayRead } from '../disk/foreign-file.ts'
import { describeError, isDefsError } from '../error.ts'
import { verdictRecord } from '../hawking/observations.ts'
import { peekRecord, writeRecord } from '../hawking/record-file.ts'
import { openScannerStore } from '../hawking/scanner-store.ts'
import { openStore, type Store } from '../hawking/store.ts'
import { limits } from '../limits.ts'
import type { ScannerSight } from '../scanner/scanner.ts'
import { ageOf } from '../set-name.ts'
import { exposeMetrics, metricsOf } from './metrics.ts'
import { keepPublished, type PublishedStatus, readPublished } from './published-status.ts'
import { readStatus, type Status } from './status.ts'
import { agedVerdict, verdictForAge } from './written-verdict.ts'

/**
 * Tells everybody how things stand after a run or a check: `status.json`, and the file of `metrics.textfile`, each
 * replaced in one piece. Keeps when the scanner was seen and since when the verdict holds. Never throws: what cannot
 * be written grows old, which is what monitors look for.
 */
export async function publishStatus(config: Config, context: Context, known?: ScannerSight): Promise<void> {
  const store = openStore(config.store.root, config.store.layout)
  const now = context.now()
  try {
    // A user who may not look has no word in this, and the run has said why it failed.
    if (!mayRead(store.state) || !mayRead(store.virusDefs)) return
    const { status, sight } = await readStatus(config, now, known)
    // A store that no run has made yet has nothing to tell.
    const told = existsSync(store.state)
      ? await keep(config, store, { status, sight, now }, context)
      : new Map([[config.family, status]])
    const { textfile } = config.metrics
    // Collectors run as somebody else.
    if (textfile !== null) await writeFileAtomic(textfile, metricsText(told, config), 0o644)
  } catch (error) {
    if (!isDefsError(error)) throw error
    const told = `how things stand cannot be written for others: ${describeError(error)}`
    context.emit({ type: 'note', level: 'warning', text: told })
  }
}

async function keep(
  config: Config,
  store: Store,
  { status, sight, now }: { readonly status: Status; readonly sight: ScannerSight; readonly now: Date },
  context: Context,
): Promise<ReadonlyMap<string, Status>> {
  await keepSight(store, sight, now)
  await keepVerdict(store, status)
  return keepPublished(config, { ...status, asOf: now.toISOString() }, context)
}

function metricsText(told: ReadonlyMap<string, Status>, { families, store }: Config): string {
  return exposeMetrics(
    [...told].map(([family, status]) =>
      metricsOf(status, { store: { root: families.get(family) ?? store.root } }, family),
    ),
  )
}

/** A sight of a scanner that works with the current set, or may do so, is when it was seen last. */
async function keepSight(store: Store, sight: ScannerSight, now: Date): Promise<void> {
  const memory = openScannerStore(store)
  const before = await memory.memory()
  const well = sight.state === 'in-use' || sight.state === 'told' || sight.state === 'unasked'
  const canary = before.canary || sight.canary === true
  if (!well && canary === before.canary) return
  await memory.keep({ seen: well ? now.toISOString() : before.seen, canary })
}

async function keepVerdict(store: Store, { verdict: { state, since } }: Status): Promise<void> {
  const before = await peekRecord(store, verdictRecord)
  if (before?.state !== state || before.since !== since)
    await writeRecord(store, verdictRecord, { state, since })
}

/**
 * How things stood when that was written down last, for users who may not look into `state/`; what is older than two
 * checks of the daemon is `unknown`. Null when nothing was written down that can be read.
 * @param typed whether `maxAge` was typed: else what it was judged with counts, which a channel may have said
 */
export async function readPublishedStatus(
  config: Config,
  now: Date,
  typed: boolean,
): Promise<PublishedStatus | null> {
  const told = await readPublished(config)
  const status = told.get(config.family)
  if (!status) return null
  const { current, asOf } = status
  if (!typed) return { ...status, verdict: agedVerdict(status.verdict, asOf, now) }
  const verdict = agedVerdict(verdictForAge(status.verdict, current, config.maxAge, now), asOf, now)
  return { ...status, verdict, stale: current === null || ageOf(current, now) > config.maxAge }
}

/** What the scanner shows, asked again only when the last answer is older than `limits.sightAge`. */
export function openStatusReader(now: () => Date): (config: Config) => Promise<Status> {
  const answers = new WeakMap<Config, { readonly at: number; readonly status: Promise<Status> }>()
  return (config) => {
    const at = performance.now()
    const last = answers.get(config)
    if (last && at - last.at <= limits.sightAge) return last.status
    const status = readStatus(config, now()).then((reading) => reading.status)
    answers.set(config, { at, status })
    return status
  }
}
