import { existsSync, opendirSync } from 'node:fs'
import { join } from 'node:path'
import type { Config } from '../config/config.ts'
import type { Context } from '../context.ts'
import { readFileOrNull, writeFileAtomic } from '../disk/atomic-file.ts'
import { nullable, object, oneOf, text } from '../disk/json-shape.ts'
import { describeError, isDefsError } from '../error.ts'
import { verdictRecord } from '../hawking/observations.ts'
import { peekRecord, writeRecord } from '../hawking/record-file.ts'
import { openScannerStore } from '../hawking/scanner-store.ts'
import { openStore, type Store } from '../hawking/store.ts'
import { limits } from '../limits.ts'
import type { ScannerSight } from '../scanner/scanner.ts'
import { describeMetrics } from './metrics.ts'
import { readStatus, type Status } from './status.ts'
import { agedVerdict, protectionStates } from './verdict.ts'

/** Where everybody may read how the store stands: `status.json` in its root. */
function statusFile(root: string): string {
  return join(root, 'status.json')
}

/** A status as it was written down, and when. */
export type PublishedStatus = Status & { readonly asOf: string }

/**
 * Tells everybody how things stand after a run or a check: `status.json`, and the file of `metrics.textfile`, each
 * replaced in one piece. Keeps when the scanner was seen and since when the verdict holds. Never throws: what cannot
 * be written grows old, which is what monitors look for.
 */
export async function publishStatus(
  config: Config,
  context: Pick<Context, 'emit' | 'now'>,
  known?: ScannerSight,
): Promise<void> {
  const store = openStore(config.store.root, config.store.layout)
  const now = context.now()
  try {
    // A user who may not look has no word in this, and the run has said why it failed.
    if (!mayRead(store.state) || !mayRead(store.virusDefs)) return
    const { status, sight } = await readStatus(config, now, known)
    // A store that no run has made yet has nothing to tell.
    if (existsSync(store.state)) await keepStatus(store, status, sight, now)
    const { textfile } = config.metrics
    // Collectors run as somebody else.
    if (textfile !== null) await writeFileAtomic(textfile, describeMetrics(status, config), 0o644)
  } catch (error) {
    if (!isDefsError(error)) throw error
    const told = `how things stand cannot be written for others: ${describeError(error)}`
    context.emit({ type: 'note', level: 'warning', text: told })
  }
}

async function keepStatus(store: Store, status: Status, sight: ScannerSight, now: Date): Promise<void> {
  await keepSight(store, sight, now)
  await keepVerdict(store, status)
  const head = { schema: 1, command: 'status' }
  const file = { ...head, ...status, asOf: now.toISOString() }
  await writeFileAtomic(statusFile(store.root), `${JSON.stringify(file)}\n`, 0o644)
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

/** Whether this user may look into a folder of the store; true too when it is not there. */
export function mayRead(folder: string): boolean {
  try {
    // Done, not asked: access(2) answers for whoever started us, not for the one as whom we run.
    opendirSync(folder).closeSync()
    return true
  } catch (error) {
    return !(error instanceof Error && 'code' in error && (error.code === 'EACCES' || error.code === 'EPERM'))
  }
}

const published = object<Pick<PublishedStatus, 'asOf' | 'verdict' | 'current'>>({
  asOf: text,
  verdict: (value) => {
    const read = object({ state: oneOf(protectionStates), since: text })(value)
    return read && (value as Status['verdict'])
  },
  current: (value) => nullable(text)(value) as Status['current'] | undefined,
})

/**
 * How things stood when that was written down last, for users who may not look into `state/`; what is older than two
 * checks of the daemon is `unknown`. Null when nothing was written down that can be read.
 */
export async function readPublishedStatus(root: string, now: Date): Promise<PublishedStatus | null> {
  try {
    const bytes = await readFileOrNull(statusFile(root))
    if (bytes === null) return null
    const value: unknown = JSON.parse(bytes.toString('utf8'))
    if (published(value) === undefined) return null
    // Written by us in one piece, with the shape that was looked at standing for the rest.
    const {
      schema: _s,
      command: _c,
      ...status
    } = value as PublishedStatus & { schema: unknown; command: unknown }
    return { ...status, verdict: agedVerdict(status.verdict, status.asOf, now) }
  } catch {
    return null
  }
}

/** What the scanner shows, asked again only when the last answer is older than `limits.sightAge`. */
export function openStatusReader(now: () => Date): (config: Config) => Promise<Status> {
  let last: { readonly at: number; readonly config: Config; readonly status: Promise<Status> } | null = null
  return (config) => {
    const at = performance.now()
    if (last === null || last.config !== config || at - last.at > limits.sightAge) {
      last = { at, config, status: readStatus(config, now()).then(({ status }) => status) }
    }
    return last.status
  }
}
