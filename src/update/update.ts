import type { Config, SourceConfig } from '../config/config.ts'
import type { Context } from '../context.ts'
import { withLock } from '../disk/lock.ts'
import { type DefsError, type ErrorCode, isDefsError } from '../error.ts'
import type { PartRecord } from '../hawking/line/parts.ts'
import { prepareStore } from '../hawking/prepare.ts'
import { readSourceRecord } from '../hawking/state.ts'
import type { NothingOffered, Offer, Source } from '../source/source.ts'
import type { Authentic } from '../trust/authentic.ts'
import { watchLicence } from '../watch/alerts.ts'
import { acquireSet } from './acquire/acquire.ts'
import type { AcquiredSet } from './acquire/acquired.ts'
import { finishConfirming } from './activate/finish-confirming.ts'
import { renotify } from './activate/hand-over.ts'
import { install } from './activate/install.ts'
import { askSource, connectSource, remember, rememberParts } from './ask.ts'
import { judgeAnswer, throughHosts } from './ask-hosts.ts'
import { contentsOf } from './contents.ts'
import { decideBeforeDownload, type StatementEffect, statementEffect } from './decide.ts'
import { dryRun } from './dry-run.ts'
import { settleExceptions } from './except/exceptions.ts'
import { judgeArrived } from './except/judge-arrived.ts'
import { restageAfter } from './except/restage.ts'
import { refuseOtherFamily, refuseOtherRoute } from './family.ts'
import { forwardRefused } from './forward.ts'
import { isOutdated } from './recorded-state.ts'
import { housekeep, quarantineSets, recoverInterrupted } from './recover/housekeeping.ts'
import { type LadderResult, nothingHelped, runFailureLadder } from './recover/ladder.ts'
import { describeTakenBack, describeUpdate, type UpdateResult, withLadder } from './result.ts'
import { assertLicensed, routeOf } from './route.ts'
import type { UpdateRequest } from './run.ts'
import { beginRun, type Run, withFreshDeadline } from './run.ts'
import { updateFromSharedSep } from './shared-sep.ts'
import { type VerifiedState, verifiedState, watchHold } from './state.ts'
import { keepAttempt, type Outcome, trySources } from './try-sources.ts'
import { heedWithdrawals } from './withdrawn.ts'

/**
 * One update: asks the sources of the route in turn, and makes the first acceptable set current. Whatever goes
 * wrong before `activate`, the set that was current still is.
 * @throws any code of the stages; of several sources' errors the gravest
 */
export async function update(
  request: UpdateRequest,
  config: Config,
  context: Context,
): Promise<UpdateResult> {
  const route = routeOf(config, request.source)
  const run = beginRun(config, context, request)
  await refuseOtherRoute(route, run)
  if (request.dryRun) return dryRun(request, route, run)
  return runRoute(request, { route, ask: updateFrom }, run)
}

/** Where a set may come from, in order, and how each of them is asked. */
interface Asking<From extends { readonly name: string }> {
  readonly route: readonly From[]
  readonly ask: (from: From, state: VerifiedState, run: Run) => Promise<Outcome>
}

/**
 * The frame of every run that brings a set in: the lock, what is mended before, the failure ladder, and what is
 * tidied after.
 */
export async function runRoute<From extends { readonly name: string }>(
  request: Pick<UpdateRequest, 'force' | 'allow' | 'lockWait' | 'confirm'>,
  asking: Asking<From>,
  begun: Run,
): Promise<UpdateResult> {
  const { config, context, store } = begun
  await prepareStore(store, config.store.group)
  return withLock(store, { wait: request.lockWait, context }, async () => {
    try {
      return await underLock(request, asking, begun)
    } finally {
      await forwardRefused(begun)
    }
  })
}

async function underLock<From extends { readonly name: string }>(
  request: Pick<UpdateRequest, 'force' | 'allow' | 'lockWait' | 'confirm'>,
  asking: Asking<From>,
  begun: Run,
): Promise<UpdateResult> {
  await recoverInterrupted(begun)
  await watchLicence(begun)
  const { confirm = true } = request
  const repaired = await runFailureLadder(begun)
  // What an earlier run left unconfirmed comes first: there is only ever one such set.
  const earlier = confirm && repaired.step === 'sound' ? await finishConfirming('wait', begun) : null
  const run = withFreshDeadline(begun)
  const ladder = earlier?.ladder ?? repaired
  const state = await verifiedState(run, request, ladder)
  await watchHold(state, run)
  const delivered = await deliver(asking, state, ladder, run).catch(async (error: unknown) => {
    if (!run.context.signal.aborted) await restageAfter(state, run)
    throw error
  })
  const restaged = delivered.outcome.taken ? null : await restageAfter(state, run)
  const outcome = restaged ?? delivered.outcome
  const { failure } = delivered
  if (!outcome.taken) await renotify(state.current, run)
  const back = confirm ? await finishConfirming('wait', run) : null
  if (back) await keepAttempt(run, outcome.source, back.why)
  await housekeep(run)
  if (back) return describeTakenBack(outcome, back, state, run)
  return withLadder(describeUpdate(outcome, state, run), ladder, failure)
}

/** What is no source's fault. */
const endsAll: readonly ErrorCode[] = ['INTERRUPTED', 'BUG']

/** What the sources brought, and why they failed when the ladder has put an older good set in place all the same. */
interface Delivery {
  readonly outcome: Outcome
  readonly failure: DefsError | null
}

/**
 * Asks the sources of the route in turn. After the ladder went back a failure is part of the result: an older good
 * set is live. After it found nothing, a failure is event 401.
 * @throws STORE_NO_DEFINITIONS in that case, else what {@link trySources} throws
 */
export async function deliver<From extends { readonly name: string }>(
  { route, ask }: Asking<From>,
  state: VerifiedState,
  ladder: LadderResult,
  run: Run,
): Promise<Delivery> {
  try {
    const outcome = await trySources(route, state, run, (from, share) => ask(from, state, share))
    // Now that something good is live, what only our policy refused may go.
    if (ladder.step === 'empty')
      await quarantineSets(
        ladder.bad.filter(({ set }) => set !== outcome.taken?.set),
        run,
      )
    return { outcome, failure: null }
  } catch (error) {
    // A scanner that does not take what was fetched has valid definitions on disk all the same.
    if (ladder.step === 'empty' && !isDefsError(error, 'SCANNER_REFUSED', 'SCANNER_NOT_IN_USE'))
      throw await nothingHelped(error, ladder, run)
    if (ladder.step !== 'went-back' || !isDefsError(error) || endsAll.includes(error.code)) throw error
    const reason = `failed: ${error.message}`
    return { outcome: { source: error.facts.source ?? null, taken: null, why: null, reason }, failure: error }
  }
}

/** Asks one source and takes what it offers, if that is to be taken. */
export async function updateFrom(config: SourceConfig, state: VerifiedState, run: Run): Promise<Outcome> {
  const take = () => askAndTake(config, state, run)
  return config.kind === 'shared-sep' ? updateFromSharedSep(config, state, run, take) : take()
}

async function askAndTake(config: SourceConfig, state: VerifiedState, run: Run): Promise<Outcome> {
  await assertLicensed(run)
  const source = await connectSource(config, run)
  const old = await isOutdated(state, run)
  try {
    const outcome = await throughHosts<Outcome>(source, run, {
      ask: (left) => askSource(source, run, state.current, left),
      use: (offer) => takeIfWanted(source, offer, state, run),
      judge: (outcome) => judgeAnswer(outcome.taken !== null, outcome.taken ? null : outcome.why, old),
    })
    await remember(source.name, run, { settled: true })
    return outcome
  } finally {
    await source.close()
  }
}

async function takeIfWanted(
  source: Source,
  offer: Offer | NothingOffered,
  before: VerifiedState,
  run: Run,
): Promise<Outcome> {
  await remember(source.name, run, { offer })
  await rememberParts(offer, run)
  if ('nothing' in offer)
    return { source: source.name, taken: null, reason: `nothing: ${offer.reason}`, why: null }
  run.context.follow?.offered(source.name, offer.set)
  const record = await readSourceRecord(run.store, source.name)
  const state = await heedWithdrawals(offer, record.statement, before, run)
  const verdict = decideBeforeDownload(offer, record, state)
  if (offer.statement && !verdict.take && verdict.why === 'same')
    await remember(source.name, run, { offer, obeyed: true })
  if (!verdict.take) return { source: source.name, taken: null, ...verdict }
  const said = offer.reshaped
    ? 'reshaped'
    : statementEffect(offer.statement, record.statement ?? null, state.current?.set ?? null)
  return takeOffer(offer, said, state, run)
}

/**
 * The path of the data: fetch, archive, trust (acquire.ts), gate, hawking, scanner. A set that the engine refuses for
 * some of its parts goes this way once more, with what they were before in their place.
 */
async function takeOffer(
  offer: Offer,
  said: StatementEffect,
  state: VerifiedState,
  run: Run,
): Promise<Outcome> {
  const arrival = await acquireSet(offer, state.current, run)
  try {
    return await takeArrived(arrival, offer, said, state, run).catch((error: unknown) => {
      if (!(error instanceof Mended)) throw error
      return takeArrived(error.arrival, offer, said, state, run)
    })
  } finally {
    // An interrupted fetch left nothing here: its bytes wait in state/partial for the next run.
    await arrival.release()
  }
}

/** In the place of a refusal at the gate: the set was mended. */
class Mended {
  readonly arrival: AcquiredSet
  constructor(arrival: AcquiredSet) {
    this.arrival = arrival
  }
}

async function takeArrived(
  arrival: AcquiredSet,
  offer: Offer,
  said: StatementEffect,
  state: VerifiedState,
  run: Run,
): Promise<Outcome> {
  const { fetched, incremental, reused, lesser, failures = [] } = arrival
  const { url, downloaded } = fetched
  const failedHosts = [...offer.failedHosts, ...failures.map((error) => ({ url: offer.source, error }))]
  // A provider of a part that wants to be left alone is one; what it brings is not asked for meanwhile.
  const brought = broughtParts(arrival.made?.parts ?? [])
  if (failures.length > 0 || brought.size > 0)
    await remember(offer.source, run, { offer: { ...offer, failedHosts }, brought })
  if (!lesser) await rememberJudged(offer, arrival.authentic, run)
  // Dates of two families say nothing about each other.
  await refuseOtherFamily(arrival.authentic.files, arrival.authentic.set, offer.source, run)
  const ready = await judgeArrived(arrival, said, state, run)
  if (!ready.take) return { source: offer.source, taken: null, downloaded, ...ready }
  const { authentic, matched } = ready
  const { made } = ready.origin
  const packageSha256 = fetched.sha256 || null
  const origin = { source: offer.source, url, packageSha256, downloaded, ...ready.origin }
  const gate = await install(authentic, origin, ready.state, run, async () => {
    const mended = await arrival.mend?.()
    if (mended) throw new Mended(mended)
  })
  if (matched) await settleExceptions(matched, run)
  if (offer.statement) await remember(offer.source, run, { offer, obeyed: true })
  return { source: offer.source, taken: authentic, downloaded, incremental, reused, made, gate }
}

function broughtParts(parts: readonly PartRecord[]): Map<string, string> {
  return new Map(
    parts.flatMap(({ name, state, sha256 }) =>
      sha256 !== null && (state === 'fetched' || state === 'unchanged') ? [[name, sha256] as const] : [],
    ),
  )
}

// Spares the next run the download of a package whose name does not tell which set it holds.
async function rememberJudged(offer: Offer, { set, sequence, files }: Authentic, run: Run): Promise<void> {
  const { fingerprint } = offer.package
  if (fingerprint !== null)
    await remember(offer.source, run, {
      offer,
      judged: { fingerprint, set, sequence, contents: contentsOf(files) },
    })
}
