import type { Config, InternalConfig, SourceConfig } from '../config/config.ts'
import { type Context, joinSignals } from '../context.ts'
import { readNamed } from '../disk/foreign-file.ts'
import { DefsError } from '../error.ts'
import { readSourceRecord } from '../hawking/state.ts'
import { openStore } from '../hawking/store.ts'
import { limits } from '../limits.ts'
import { rootEvery, stampOf, timestampPath } from '../source/liveupdate/tuf.ts'
import { indexPath, isUnchanged } from '../source/liveupdate/unchanged.ts'
import type { SeenIndex } from '../source/source.ts'
import type { CheckRequest, CheckResult } from './check.ts'
import { decide } from './decide.ts'
import { isOutdated, recordedState } from './recorded-state.ts'
import { assertLicensed, reachOf, routeOf } from './route.ts'
import { readAsked, readKept, tufFiles } from './tuf-files.ts'

/**
 * The answer of `check` when the first source still has the index that an update proved, and what it offers is
 * current. Null when that cannot be told by one small question: then the sources are asked in full.
 *
 * Whoever can answer 304 for a server could as well answer with the old index, validly signed: nothing is lost.
 * @throws LICENCE_*, CONFIG_INVALID, STORE_*
 */
export async function checkUnchanged(
  request: CheckRequest,
  config: Config,
  context: Context,
): Promise<CheckResult | null> {
  const [source] = routeOf(config, request.source)
  const store = openStore(config.store.root, config.store.layout)
  if (!source) return null
  const { index, coolingUntil } = await readSourceRecord(store, source.name)
  if (index === null || Object.keys(coolingUntil).length > 0) return null
  const state = await recordedState({ store, startedAt: context.now() })
  const verdict = decide(index, state)
  if (verdict.take || verdict.why !== 'same') return null
  // The further hosts are asked as well, then.
  if ('hosts' in source && source.hosts.length > 1 && (await isOutdated(state, { config, store })))
    return null
  const asked = await questionOf(source, index, config, state.now)
  if (asked === null) return null
  await assertLicensed({ config, context })
  const limit = Math.min(request.timeout ?? Number.POSITIVE_INFINITY, config.network.deadline)
  const reason = () => new DefsError('SOURCE_DEADLINE', 'the time of this question was up')
  const bound = joinSignals([context.signal], { milliseconds: limit, reason })
  const reach = await reachOf(source, config.network, asked.seen.url)
  const unchanged = await isUnchanged(source, asked.file, asked.seen, reach, bound.signal).finally(
    bound.release,
  )
  if (!unchanged) return null
  return {
    source: source.name,
    current: state.current?.set ?? null,
    offered: index.set,
    newer: false,
    reason: verdict.reason,
    grade: index.grade,
    sequence: index.sequence?.number ?? null,
    bytes: index.bytes,
  }
}

/** What the small question is about: a file below the first host, as it was seen. */
interface Question {
  readonly file: string
  readonly seen: SeenIndex
}

async function questionOf(
  source: SourceConfig,
  index: SeenIndex,
  config: Config,
  now: Date,
): Promise<Question | null> {
  const { tufRoot } = config.trust
  if (source.kind === 'internal' && tufRoot !== null)
    return timestampSeen(source, index, { config, tufRoot, now })
  const file = indexPath(source)
  return file === null || index.validator.startsWith('tuf:') ? null : { file, seen: index }
}

/**
 * With TUF, whether the timestamp is still the one under which the index was seen. Null when a statement that is trusted has
 * come to its end, or a further root is to be asked for: there, an unchanged timestamp may be one that is held back.
 */
async function timestampSeen(
  source: InternalConfig,
  index: SeenIndex,
  { config, tufRoot, now }: { readonly config: Config; readonly tufRoot: string; readonly now: Date },
): Promise<Question | null> {
  // Where a machine belongs to a fleet, more than the index tells what is offered.
  if (config.fleet?.host) return null
  const root = await readNamed(tufRoot, limits.trustFile).catch(() => null)
  if (root === null) return null
  const files = tufFiles(source.name, root, openStore(config.store.root, config.store.layout).state)
  const [kept, { rootAt, timestamp }] = [await readKept(files), await readAsked(files)]
  const bytes = kept?.get('timestamp')
  if (!kept || !bytes || !timestamp || index.validator !== stampOf(bytes)) return null
  const waited = now.getTime() - Date.parse(rootAt ?? '')
  if (!(waited >= 0 && waited < rootEvery) || ![...kept.values()].every((one) => isInForce(one, now)))
    return null
  // The name of the index has its digest in front where snapshots are consistent.
  const plain = index.url.replace(/\/[0-9a-f]{64,128}\.([^/]*)$/, '/$1')
  if (plain !== `${timestamp.url}${indexPath(source)}`) return null
  const { url, validator } = timestamp
  return { file: timestampPath, seen: { url: `${url}${timestampPath}`, validator } }
}

/** Whether a statement, proved when it was kept, has not come to its end. */
function isInForce(statement: Uint8Array, now: Date): boolean {
  try {
    return Date.parse(JSON.parse(Buffer.from(statement).toString()).signed.expires) > now.getTime()
  } catch {
    return false
  }
}
