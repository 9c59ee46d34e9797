import type { Config, SourceConfig } from '../config/config.ts'
import { type Context, joinSignals } from '../context.ts'
import { DefsError } from '../error.ts'
import { readSourceRecord } from '../hawking/state.ts'
import { openStore } from '../hawking/store.ts'
import { isUnchanged } from '../source/liveupdate/unchanged.ts'
import type { CheckRequest, CheckResult } from './check.ts'
import { decide } from './decide.ts'
import { isOutdated, recordedState } from './recorded-state.ts'
import { assertLicensed, reachOf, routeOf } from './route.ts'

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
  if (!source || isDated(source, config)) return null
  const { index, coolingUntil } = await readSourceRecord(store, source.name)
  if (index === null || Object.keys(coolingUntil).length > 0) return null
  const state = await recordedState({ store, startedAt: context.now() })
  const verdict = decide(index, state)
  if (verdict.take || verdict.why !== 'same') return null
  // The further hosts are asked as well, then.
  if ('hosts' in source && source.hosts.length > 1 && (await isOutdated(state, { config, store })))
    return null
  await assertLicensed({ config, context })
  const limit = Math.min(request.timeout ?? Number.POSITIVE_INFINITY, config.network.deadline)
  const reason = () => new DefsError('SOURCE_DEADLINE', 'the time of this question was up')
  const bound = joinSignals([context.signal], { milliseconds: limit, reason })
  const reach = await reachOf(source, config.network, index.url)
  const unchanged = await isUnchanged(source, index, reach, bound.signal).finally(bound.release)
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

// TUF metadata ends by itself: there, an unchanged index may be one that is held back.
function isDated(source: SourceConfig, config: Config): boolean {
  return source.kind === 'internal' && config.trust.tufRoot !== null
}
