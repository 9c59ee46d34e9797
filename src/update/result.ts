import type { DefsError, ErrorCode } from '../error.ts'
import type { Finding } from '../gate/finding.ts'
import type { Grade, SetName } from '../set-name.ts'
import type { Proved } from '../trust/authentic.ts'
import type { TakenBack } from './activate/finish-confirming.ts'
import type { LadderResult } from './recover/ladder.ts'
import type { Run } from './run.ts'
import type { VerifiedState } from './state.ts'
import type { Outcome } from './try-sources.ts'

/** The outcome of `update` (docs/contract.md section 3). */
export interface UpdateResult {
  readonly source: string | null
  readonly previous: SetName | null
  readonly current: SetName | null
  readonly changed: boolean
  /** Why nothing changed, null when something did. */
  readonly reason: string | null
  readonly grade: Grade | null
  readonly sequence: number | null
  readonly bytesDownloaded: number
  readonly filesReused: number
  readonly incremental: boolean
  readonly signedBy: string | null
  readonly verifiedBy: string | null
  readonly durationMs: number
  /** What the gate found; empty when no set came as far. */
  readonly gate: readonly Finding[]
  /** Numbers of the events of this run, in order. */
  readonly events: readonly number[]
  /** When the current set was bad and the run ended on an older good one (event 399, exit code 8). */
  readonly rolledBack?: RolledBack | null
  /** Only with `--dry-run`. */
  readonly dryRun?: DryRun
}

/** What the failure ladder left, and why no source could correct it at once. */
export interface RolledBack {
  readonly from: SetName | null
  /** What was wrong with that. */
  readonly code: ErrorCode | null
  /** Null when the sources answered, but offered nothing that was to be taken. */
  readonly failure: DefsError | null
}

/** What a run would fetch. */
export interface DryRun {
  readonly offered: SetName | null
  readonly wouldUpdate: boolean
  readonly package: string | null
  readonly url: string | null
  /** Bytes on the wire, null when only fetching tells. */
  readonly bytes: number | null
  readonly unpackedBytes: number | null
  readonly freeBytes: number | null
}

/** What is known of the set that is live: proved in this run, or as the store has written it down. */
type Known = Pick<Proved, 'grade' | 'sequence'> & {
  readonly signer: Pick<Proved['signer'], 'name' | 'method'>
}

/** The result of a run that changed nothing, the one place where all its fields are named. */
export function unchangedResult(
  current: SetName | null,
  known: Known | null,
  about: Pick<UpdateResult, 'source' | 'reason'>,
): UpdateResult {
  return {
    source: about.source,
    previous: current,
    current,
    changed: false,
    reason: about.reason,
    grade: known?.grade ?? null,
    sequence: known?.sequence?.number ?? null,
    bytesDownloaded: 0,
    filesReused: 0,
    incremental: false,
    signedBy: known?.signer.name ?? null,
    verifiedBy: known?.signer.method ?? null,
    durationMs: 0,
    gate: [],
    events: [],
  }
}

/** The outcome of a run as the contract prints it. */
export function describeUpdate(
  outcome: Outcome,
  { pointed, current, vouchedBy }: VerifiedState,
  run: Run,
): UpdateResult {
  const { source, taken, downloaded: bytesDownloaded = 0 } = outcome
  const live: Proved | null = taken ?? current
  // Of a set that was sealed here, the seal says less than who signed what it was made of.
  const signer = (outcome.taken ? outcome.made?.signer : vouchedBy) ?? live?.signer
  const known = live && signer ? { ...live, signer } : live
  const unchanged = unchangedResult(live?.set ?? null, known, {
    source,
    reason: outcome.taken ? null : outcome.reason,
  })
  const more = { bytesDownloaded, durationMs: run.context.now().getTime() - run.startedAt.getTime() }
  const result = { ...unchanged, ...more, previous: pointed, events: run.events }
  if (!outcome.taken) return result
  const { reused: filesReused, incremental, gate } = outcome
  return { ...result, changed: true, filesReused, incremental, gate }
}

/** The same after the failure ladder: a run that ends on the older set has changed something, if nothing newer. */
export function withLadder(
  result: UpdateResult,
  ladder: LadderResult,
  failure: DefsError | null,
): UpdateResult {
  if (ladder.step !== 'went-back' || result.changed) return result
  const { before: from, code } = ladder
  return { ...result, previous: from, changed: true, rolledBack: { from, code, failure } }
}

/** The outcome of a run whose set was live, and was taken back while the scanner was watched. */
export function describeTakenBack(
  { source, downloaded = 0 }: Outcome,
  { ladder, why }: TakenBack,
  state: VerifiedState,
  run: Run,
): UpdateResult {
  const outcome = { source, taken: null, why: null, reason: `taken back: ${why.message}`, downloaded }
  const live = { ...state, pointed: ladder.before, current: ladder.current }
  return withLadder(describeUpdate(outcome, live, run), ladder, null)
}
