import type { RulesConfig } from '../config/config.ts'
import { DefsError, isDefsError, mostSevere } from '../error.ts'
import { readSourceRecord } from '../hawking/state.ts'
import { limits } from '../limits.ts'
import { throwIfAborted } from '../source/hosts.ts'
import { restsUntil } from '../source/rests.ts'
import type { FailedHost, NothingOffered, Offer, PackPart, Source, SourceQuery } from '../source/source.ts'
import { withinTime } from '../thread/within-time.ts'
import type { Run } from './run.ts'

/** How one pack is reached and asked. */
export interface PartAsking {
  readonly connect: (config: RulesConfig, run: Run) => Promise<Source>
  readonly ask: (
    source: Source,
    run: Run,
    installed: SourceQuery['installed'],
    left: readonly FailedHost[],
  ) => Promise<Offer | NothingOffered>
}

/**
 * Several packs as one source. Each is asked by itself, with its own cool-downs and no more often than its `every`
 * allows; one that cannot be asked is told of in the offer and holds no other back.
 */
export async function connectParts(
  config: RulesConfig,
  parts: readonly RulesConfig[],
  asking: PartAsking,
  run: Run,
): Promise<Source> {
  const sources = new Map<RulesConfig, Source>()
  for (const part of parts) sources.set(part, await asking.connect(part, run))
  return {
    name: config.name,
    kind: 'rules',
    alternatives: 0,
    async ask(query) {
      const asked = await Promise.all(
        [...sources].map(([part, source]) => askPart(part, source, asking, query, run)),
      )
      const failed = asked.flatMap(({ failure, config: { name } }) =>
        failure ? [{ source: name, error: failure }] : [],
      )
      const worst = mostSevere(failed)?.error
      // Nothing could be asked: that is no success, whatever is kept.
      if (worst && failed.length === asked.length)
        throw new DefsError(worst.code, worst.message, { ...worst.facts, cause: worst.cause, parts: failed })
      return offerOf(config, asked)
    },
    close: async () => {
      await Promise.all([...sources.values()].map((source) => source.close()))
    },
  }
}

async function askPart(
  config: RulesConfig,
  source: Source,
  { ask }: PartAsking,
  query: SourceQuery,
  run: Run,
): Promise<PackPart> {
  const again = (left: readonly FailedHost[], signal = run.signal) =>
    ask(source, { ...run, signal }, query.installed, left)
  const common = { config, again, alternatives: source.alternatives }
  const resting = await restOf(config, run)
  if (resting) return { ...common, offer: null, failure: null, resting }
  try {
    const offer = await withinTime(limits.partAsk, query.signal, (signal) => again([], signal))
    if (!('nothing' in offer)) return { ...common, offer, failure: null, resting: null }
    return { ...common, offer: null, failure: new DefsError('SOURCE_NOT_FOUND', offer.reason), resting: null }
  } catch (error) {
    throwIfAborted(query.signal, error)
    if (!isDefsError(error)) throw error
    return { ...common, offer: null, failure: error, resting: null }
  }
}

/** Until when a pack is left alone, since it was asked about less than its `every` ago. */
async function restOf({ name, every }: RulesConfig, run: Run): Promise<Date | null> {
  if (every === 0) return null
  const { lastAttempt, outcome, error } = await readSourceRecord(run.store, name)
  if (lastAttempt === null || outcome === 'cooling-down' || error?.code === 'SOURCE_UNREACHABLE') return null
  return restsUntil(run.looks ? run.startedAt : new Date(lastAttempt), every, run.context.now())
}

function offerOf(config: RulesConfig, parts: readonly PackPart[]): Offer {
  const offers = parts.flatMap(({ offer }) => offer ?? [])
  const states = parts.map(({ config: { name }, offer }) => [name, offer?.package.fingerprint ?? null])
  const known = states.every(([, state]) => state !== null)
  return {
    source: config.name,
    kind: 'rules',
    set: null,
    sequence: null,
    grade: config.allowUnsigned ? 'rapid' : 'certified',
    package: {
      name: offers[0]?.package.name ?? config.name,
      bytes: null,
      exact: false,
      digests: [],
      digestTries: 1,
      unpackedBytes: null,
      remotes: offers.flatMap((offer) => offer.package.remotes),
      // With one that could not be asked nobody knows whether something is new.
      fingerprint: known ? JSON.stringify(states) : null,
      folder: null,
    },
    incremental: [],
    indexSignedBy: null,
    unguarded: { kind: 'parts', parts },
    failedHosts: [],
  }
}
