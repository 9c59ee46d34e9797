import type { RulesConfig } from '../config/config.ts'
import { DefsError, isDefsError, mostSevere } from '../error.ts'
import { readSourceRecord } from '../hawking/state.ts'
import { limits } from '../limits.ts'
import { throwIfAborted } from '../source/hosts.ts'
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
      const failures = asked.flatMap(({ failure }) => failure ?? [])
      const worst = mostSevere(failures.map((error) => ({ error })))?.error
      // Nothing could be asked: that is no success, whatever is kept.
      if (worst && failures.length === asked.length) throw worst
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
  if (await isAtRest(config, query, run)) return { ...common, offer: null, failure: null }
  try {
    const offer = await withinTime(limits.partAsk, query.signal, (signal) => again([], signal))
    if (!('nothing' in offer)) return { ...common, offer, failure: null }
    return { ...common, offer: null, failure: new DefsError('SOURCE_NOT_FOUND', offer.reason) }
  } catch (error) {
    throwIfAborted(query.signal, error)
    if (!isDefsError(error)) throw error
    return { ...common, offer: null, failure: error }
  }
}

/** Whether a pack was asked about less than its `every` ago, and a set is there that has it. */
async function isAtRest({ name, every }: RulesConfig, query: SourceQuery, { store, context }: Run) {
  if (every === 0 || !query.installed) return false
  const { lastSuccess } = await readSourceRecord(store, name)
  const since = lastSuccess === null ? Number.NaN : context.now().getTime() - Date.parse(lastSuccess)
  return since >= 0 && since < every
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
