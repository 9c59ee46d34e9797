import { DefsError, describeError, type ErrorCode, isDefsError, mostSevere } from '../error.ts'
import type { EventName } from '../event/catalogue.ts'
import type { Finding } from '../gate/finding.ts'
import { countUpdate } from '../hawking/observations.ts'
import { writeAttempt } from '../hawking/state.ts'
import type { Authentic } from '../trust/authentic.ts'
import { watchFreshness } from '../watch/alerts.ts'
import type { SealedFrom } from './acquire/acquired.ts'
import { asRecord, isNoFault, remember } from './ask.ts'
import type { Refusal } from './decide.ts'
import { isRefusal, tellRefusal } from './refusal.ts'
import { type Run, withShare } from './run.ts'
import { nothingLive, type VerifiedState } from './state.ts'

/** How asking one source ended: a set was taken, or not, with the reason. */
export type Outcome =
  | {
      readonly source: string
      readonly taken: Authentic
      readonly downloaded: number
      readonly incremental: boolean
      /** Files that were copied or patched from the set before. */
      readonly reused: number
      /** Who vouches for what was sealed here. */
      readonly made?: SealedFrom | undefined
      /** What the gate found. */
      readonly gate: readonly Finding[]
    }
  | {
      /** Null when none of several delivered. */
      readonly source: string | null
      readonly taken: null
      /** Null when the source offered nothing at all. */
      readonly why: Refusal | null
      readonly reason: string
      readonly downloaded?: number
    }

/**
 * Asks the sources in turn until one ends well. "Nothing newer" ends well as long as there is a live set.
 * @throws the gravest of all errors, with every source that was left and why
 */
export async function trySources<From extends { readonly name: string }>(
  route: readonly From[],
  state: VerifiedState,
  run: Run,
  ask: (source: From, share: Run) => Promise<Outcome>,
): Promise<Outcome> {
  const left: { url: string; error: DefsError }[] = []
  for (const [index, source] of route.entries()) {
    try {
      const outcome = await ask(source, withShare(run, route.length - index))
      if (!outcome.taken && !state.current) throw nothingLive(outcome.reason)
      await settle(outcome, state, run)
      return outcome
    } catch (thrown) {
      const error = asOfRun(thrown, run)
      await note(source.name, error, run)
      left.push({ url: source.name, error })
      if (!isNoFault(error)) await count(run, source.name, 'failed')
      const next = route[index + 1]
      if (!next || run.signal.aborted || !shouldTryNextSource(error)) break
      run.report('source.left', {
        source: source.name,
        path: source.name,
        errorCode: error.code,
        reason: error.message,
        ...toldBefore(error.code),
      })
    }
  }
  throw await failed(left, state, run)
}

/** What is judged by the source alone may be better elsewhere; the store, the gate and the user decide for all. */
function shouldTryNextSource(error: DefsError): boolean {
  return /^(SOURCE|INDEX|FETCH|ARCHIVE|TRUST|STORE_NO_DEFINITIONS)/.test(error.code)
}

/** An abort as what it is: the user's, or the deadline's. */
function asOfRun(thrown: unknown, run: Run): DefsError {
  if (run.context.signal.aborted) {
    return new DefsError('INTERRUPTED', 'interrupted; nothing half-done is visible', { cause: thrown })
  }
  // What came in time was judged by us: the deadline is for asking and fetching.
  if (isDefsError(thrown, 'GATE_REFUSED')) return thrown
  if (run.signal.aborted) {
    return new DefsError('SOURCE_DEADLINE', 'the deadline passed before a set had arrived: see --timeout', {
      cause: thrown,
    })
  }
  if (thrown instanceof DefsError) return thrown
  return new DefsError('BUG', `unforeseen: ${describeError(thrown)}`, { cause: thrown })
}

async function note(source: string, error: DefsError, run: Run): Promise<void> {
  await remember(source, run, { error })
  tellRefusal(source, error, error.facts.path ?? null, run)
  if (isDefsError(error, 'SOURCE_COOLING_DOWN')) {
    run.report('source.cooling-down', {
      source,
      until: error.facts.until?.toISOString() ?? 'later',
      errorCode: error.code,
    })
  }
}

async function settle(outcome: Outcome, { current }: VerifiedState, run: Run): Promise<void> {
  await keepAttempt(run, outcome.source, null)
  await count(run, outcome.source, outcome.taken ? 'updated' : 'unchanged')
  if (outcome.taken) return
  const facts = { source: outcome.source, set: current?.set ?? null, reason: outcome.reason }
  if (outcome.why === 'same' || outcome.why === null) run.report('update.nothing-newer', facts)
  else run.report('update.not-taken', facts)
  await watchFreshness(run)
}

async function failed(
  left: readonly { url: string; error: DefsError }[],
  { rescue }: VerifiedState,
  run: Run,
): Promise<DefsError> {
  const worst: Error = mostSevere(left)?.error ?? new DefsError('BUG', 'no source was asked')
  const error =
    worst instanceof DefsError ? worst : new DefsError('BUG', describeError(worst), { cause: worst })
  const source = left.find((one) => one.error === error)?.url ?? null
  if (error.code === 'INTERRUPTED') run.report('update.interrupted', { errorCode: error.code, source })
  // Event 401 says that a rescue failed.
  else if (!rescue) {
    const facts = { errorCode: error.code, source, reason: error.message, path: error.facts.path ?? null }
    run.report('update.failed', { ...facts, ...toldBefore(error.code) })
  }
  await keepAttempt(run, source, error)
  await watchFreshness(run)
  const facts = { ...error.facts, ...(source === null ? {} : { source }), events: run.events }
  if (left.length < 2) return new DefsError(error.code, error.message, { ...facts, cause: error.cause })
  return new DefsError(error.code, error.message, {
    ...facts,
    cause: error,
    failed: left,
    problems: left.map(({ url, error: { code, message } }) => {
      const named = message.includes(`'${url}'`) ? message : `${url}: ${message}`
      return `${named} [${code}]`
    }),
  })
}

// Which event tells of an error before the run ends with it; that of a licence is repeated once a day.
const tellers: readonly (readonly [RegExp, EventName])[] = [
  [/^SOURCE_COOLING_DOWN$/, 'source.cooling-down'],
  [/^GATE_REFUSED$/, 'gate.refused'],
  [/^SCANNER_REFUSED$/, 'scanner.refused'],
  [/^SCANNER_NOT_IN_USE$/, 'scanner.absent'],
  [/^LICENCE_/, 'licence.missing'],
]

function toldBefore(code: ErrorCode): { readonly follows?: EventName } {
  const follows = isRefusal(code) ? 'package.refused' : tellers.find(([codes]) => codes.test(code))?.[1]
  return follows === undefined ? {} : { follows }
}

async function count(
  run: Run,
  source: string | null,
  outcome: Parameters<typeof countUpdate>[2],
): Promise<void> {
  if (source === null) return
  const took = run.context.now().getTime() - run.startedAt.getTime()
  await countUpdate(run.store, source, outcome, took)
}

/** Keeps the last attempt and its outcome for the Status page. */
export async function keepAttempt(run: Run, source: string | null, error: Error | null): Promise<void> {
  await writeAttempt(run.store, {
    at: run.startedAt.toISOString(),
    source,
    outcome: error ? 'failed' : 'succeeded',
    error: error ? asRecord(error) : null,
  })
}
