import { readFolder } from '../archive/folder.ts'
import { DefsError } from '../error.ts'
import { readBars, readHolds } from '../hawking/holds-and-bars.ts'
import { readPointer } from '../hawking/pointer.ts'
import { readProvenance } from '../hawking/provenance.ts'
import { setDirectory } from '../hawking/sets.ts'
import type { SetName } from '../set-id.ts'
import type { Authentic } from '../trust/authentic.ts'
import { examine, type Problem } from '../trust/authenticate.ts'
import type { Situation } from './judge.ts'
import type { UpdateRequest } from './result.ts'
import type { Run } from './run.ts'

/** A set as it lies on disk, judged anew. */
export interface Inspected {
  readonly set: SetName
  readonly directory: string
  readonly proved: Authentic | null
  /** Everything that is wrong with it; empty when it is proved. */
  readonly problems: readonly Problem[]
}

/** Authenticates a set on disk in full: signature, guard, every hash, nothing extra, nothing missing. */
export async function inspectSet(set: SetName, run: Run): Promise<Inspected> {
  const directory = setDirectory(run.store, set)
  const provenance = await readProvenance(run.store, set)
  const read = await readFolder(directory, {
    algorithms: run.trust.policy.allowSha1 ? ['sha256', 'sha1'] : ['sha256'],
    context: run.context,
    signal: run.context.signal,
  })
  // A set that was once accepted is not refused later for its date: clocks are set back, too.
  const trust = { ...run.trust, policy: { ...run.trust.policy, allowFuture: true } }
  const claim = { set, sequence: provenance?.sequence ?? null, grade: provenance?.grade ?? 'certified' }
  const verdict = examine(read.opened, claim, trust)
  const problems = [...read.problems, ...verdict.problems]
  return { set, directory, problems, proved: problems.length === 0 ? verdict.proved : null }
}

/** A {@link Situation} whose current set was proved in this run. */
export interface Situated extends Situation {
  readonly current: Authentic | null
  /** What `definfo.dat` names, damaged or not. */
  readonly pointed: SetName | null
}

/** What is current, proved anew, and what holds and bars stand: the other side of every judgement. */
export async function situationOf(
  run: Run,
  request: Pick<UpdateRequest, 'force' | 'allow'>,
): Promise<Situated> {
  const { current: pointed } = await readPointer(run.store)
  const inspected = pointed === null ? null : await inspectSet(pointed, run)
  if (inspected && !inspected.proved) {
    const first = inspected.problems[0]
    run.context.emit({
      type: 'note',
      level: 'warning',
      text: `the current set ${inspected.set} is damaged and counts as absent: ${first?.code} ${first?.message}`,
    })
  }
  return {
    pointed,
    current: inspected?.proved ?? null,
    holds: await readHolds(run.store),
    bars: await readBars(run.store),
    now: run.startedAt,
    force: request.force,
    allow: request.allow,
  }
}

/** The same from what was recorded, no file of a set being read: enough to ask, not to take. */
export async function recordedSituation(run: Run): Promise<Situation> {
  const { current } = await readPointer(run.store)
  const provenance = current === null ? null : await readProvenance(run.store, current)
  return {
    current: current === null ? null : { set: current, sequence: provenance?.sequence ?? null },
    holds: await readHolds(run.store),
    bars: await readBars(run.store),
    now: run.startedAt,
    force: false,
    allow: null,
  }
}

/** @throws STORE_NO_DEFINITIONS, so that no run ends well while the scanner has nothing */
export function nothingLive(reason: string): DefsError {
  return new DefsError(
    'STORE_NO_DEFINITIONS',
    `no valid definitions are on disk and none were taken: ${reason}`,
  )
}
