import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import type { SourceConfig } from '../config/config.ts'
import { freeSpace } from '../disk/free-space.ts'
import { DefsError, isDefsError, mostSevere } from '../error.ts'
import { readSourceRecord } from '../hawking/state.ts'
import type { NothingOffered, Offer, Source } from '../source/source.ts'
import { choosePackage } from './acquire/acquired.ts'
import { askSource, connectSource, rememberCoolDown } from './ask.ts'
import { judgeAnswer, throughHosts } from './ask-hosts.ts'
import { decideBeforeDownload, type Verdict } from './decide.ts'
import { isOutdated } from './recorded-state.ts'
import { describeUpdate, type UpdateResult } from './result.ts'
import { assertLicensed } from './route.ts'
import type { Run, UpdateRequest } from './run.ts'
import { type UpdateState, verifiedState } from './state.ts'

/** What asking a source, and nothing more, brought to light. */
export interface Asked {
  readonly source: string
  /** Null when the source has nothing to offer. */
  readonly offer: Offer | null
  readonly verdict: Verdict | { readonly take: false; readonly why: null; readonly reason: string }
}

/** Asks one source and judges its offer; fetches nothing. */
async function askOnly(config: SourceConfig, state: UpdateState, run: Run): Promise<Asked> {
  await assertLicensed(run)
  const source = await connectSource(config, run)
  const old = await isOutdated(state, run)
  try {
    return await throughHosts<Asked>(source, run, {
      ask: (left) => askSource(source, run, undefined, left),
      use: (offer) => judgeOffer(source, offer, state, run),
      judge: ({ verdict }) => judgeAnswer(verdict.take, verdict.take ? null : verdict.why, old),
    })
  } finally {
    await source.close()
  }
}

async function judgeOffer(
  source: Source,
  offer: Offer | NothingOffered,
  state: UpdateState,
  run: Run,
): Promise<Asked> {
  if ('nothing' in offer) {
    const verdict = { take: false, why: null, reason: `nothing: ${offer.reason}` } as const
    return { source: source.name, offer: null, verdict }
  }
  const record = await readSourceRecord(run.store, source.name)
  return { source: source.name, offer, verdict: decideBeforeDownload(offer, record, state) }
}

/** Asks the sources in turn until one answers. @throws the gravest error when none does */
export async function askInTurn(
  route: readonly SourceConfig[],
  state: UpdateState,
  asking: Run,
): Promise<Asked> {
  const run = { ...asking, looks: true }
  const failed: { error: unknown }[] = []
  for (const config of route) {
    try {
      return await askOnly(config, state, run)
    } catch (error) {
      await rememberCoolDown(config.name, run, error)
      if (run.signal.aborted) throw error
      failed.push({ error: isDefsError(error) ? ofSource(error, config.name) : error })
    }
  }
  throw mostSevere(failed)?.error ?? new Error('a route has at least one source')
}

function ofSource(error: DefsError, source: string): DefsError {
  return new DefsError(error.code, error.message, { source, ...error.facts, cause: error.cause })
}

/** `update --dry-run`: what would be fetched, how much it is, and whether there is room. Changes nothing. */
export async function dryRun(
  request: UpdateRequest,
  route: readonly SourceConfig[],
  run: Run,
): Promise<UpdateResult> {
  const state = await verifiedState(run, request, null)
  const { source, offer, verdict } = await askInTurn(route, state, run)
  const reason = verdict.take ? 'dry run: nothing was changed' : verdict.reason
  const result = describeUpdate({ source, taken: null, why: null, reason }, state, run)
  const way = offer && choosePackage(offer, state.current?.set ?? null)
  const { free } = await freeSpace(nearestFolder(run.store.root))
  return {
    ...result,
    dryRun: {
      offered: offer?.set ?? null,
      wouldUpdate: verdict.take,
      package: way?.name ?? null,
      url: way?.remotes[0]?.url ?? null,
      bytes: way?.bytes ?? null,
      unpackedBytes: offer?.package.unpackedBytes ?? null,
      freeBytes: free,
    },
  }
}

function nearestFolder(path: string): string {
  return existsSync(path) ? path : nearestFolder(dirname(path))
}
