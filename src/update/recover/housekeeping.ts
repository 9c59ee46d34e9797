import { kindAt } from '../../disk/atomic-file.ts'
import { describeError, type ErrorCode } from '../../error.ts'
import { forgetMissingPrevious } from '../../hawking/activate.ts'
import { foreignPointer } from '../../hawking/pointer.ts'
import { prune } from '../../hawking/prune.ts'
import { moveToQuarantine } from '../../hawking/quarantine.ts'
import { type Hold, isHeld } from '../../hawking/records.ts'
import { recover } from '../../hawking/recover.ts'
import { peekProvenance, readHolds, removeProvenance } from '../../hawking/state.ts'
import type { SetName } from '../../set-name.ts'
import { watchCertificates } from '../../watch/certificates.ts'
import { watchDisks, watchMemory } from '../../watch/resources.ts'
import type { Run } from '../run.ts'
import type { Inspected } from './inspect.ts'

/** Finishes or undoes what an earlier, interrupted run left, and says so. */
export async function recoverInterrupted(run: Run): Promise<void> {
  await watchWriters(run)
  for (const { code, path, message, repaired } of await recover(run.store, run.config.product)) {
    // The record of a set that is gone is swept like any leftover of ours; the set itself is the ladder's business.
    if (code === 'record-orphaned') run.context.emit({ type: 'note', level: 'debug', text: message })
    else if (repaired) run.report('store.recovered', { path, reason: message })
    // A pointer to nothing is the failure ladder's business, which follows.
    else run.context.emit({ type: 'note', level: 'warning', text: message })
  }
}

/** Two products that update one store undo each other's work; here it is only told. */
async function watchWriters({ store, report }: Run): Promise<void> {
  const foreign = await foreignPointer(store)
  if (!foreign) return
  const reason = `definfo.dat names ${foreign.theirs} where we had made ${foreign.ours} current`
  report('store.other-writer', { set: foreign.theirs, path: store.definfo, reason })
}

/** Leaves no more sets than configured, and warns when the disk is nearly full. */
export async function housekeep(run: Run): Promise<void> {
  const now = run.context.now()
  const further = protectedSets(await readHolds(run.store), await run.scanner.inUse(), now)
  await prune(run.store, { keep: run.config.store.keep, further })
  await watchSurroundings(run)
}

/** Looks at what a store lives on: disks, memory, certificates. */
export async function watchSurroundings(run: Run): Promise<void> {
  await watchDisks(run)
  await watchMemory(run)
  await watchCertificates(run)
}

// What the anchors, the policy or our rights refuse: every set may be whole, and the configuration wrong.
const ofPolicy: ReadonlySet<ErrorCode> = new Set([
  'TRUST_CHAIN',
  'TRUST_EXPIRED',
  'TRUST_ALGORITHM',
  'TRUST_SHA1_ONLY',
  'STORE_PERMISSION',
])

/** Whether something is wrong with the bytes of a set, and not only with what we make of them. */
export function isDamaged({ problems }: Inspected): boolean {
  return problems.some(({ code }) => !ofPolicy.has(code))
}

/**
 * Moves bad sets into quarantine, what is wrong with them beside them. Failing to keep evidence is told and
 * nothing more: it must not keep good definitions from becoming current.
 */
export async function quarantineSets(bad: readonly Inspected[], run: Run): Promise<void> {
  for (const one of bad) {
    try {
      await moveAway(one, run)
    } catch (error) {
      note('warning', `${one.set} could not be moved into quarantine: ${describeError(error)}`, run)
    }
  }
  await forgetMissingPrevious(run.store)
}

async function moveAway({ set, directory, problems }: Inspected, run: Run): Promise<void> {
  if ((await kindAt(directory)) === 'nothing') return
  const came = await peekProvenance(run.store, set)
  const lines = problems.map(({ file, code, message }) => `${file ?? set}: ${code}: ${message}`)
  const origin = came ? [`staged ${came.stagedAt} from ${came.source}, ${came.url}`] : []
  const code = problems[0]?.code ?? null
  const place = await moveToQuarantine(run.store, directory, { set, code, problems: [...lines, ...origin] })
  await removeProvenance(run.store, set)
  note('information', `${set} is bad and was moved to ${place ?? 'nowhere: it was removed'}`, run)
}

function note(level: 'information' | 'warning', text: string, run: Run): void {
  run.context.emit({ type: 'note', level, text })
}

/** The sets, beside those that `definfo.dat` and `usage.dat` name, that pruning must leave alone, and why. */
export function protectedSets(
  holds: readonly Hold[],
  inUse: SetName | null,
  now: Date,
): ReadonlyMap<SetName, string> {
  const held = holds.filter((hold) => isHeld(hold, now)).map((hold) => [hold.set, 'held'] as const)
  return new Map([...held, ...(inUse === null ? [] : [[inUse, 'in use'] as const])])
}
