import type { Context } from '../../context.ts'
import { DefsError, describeError, isDefsError } from '../../error.ts'
import { readPointer } from '../../hawking/pointer.ts'
import type { Active } from '../../hawking/staged.ts'
import type { Absent, InUse, Scanner } from '../../scanner/scanner.ts'
import type { Authentic } from '../../trust/authentic.ts'
import { remind } from '../../watch/remind.ts'
import { revert } from '../recover/take-back.ts'
import type { Run } from '../run.ts'
import { beginConfirming } from './confirm.ts'

const absentEvery = 6 * 60 * 60 * 1000

/**
 * Tells the scanner of the active set; event 25 once it shows that it uses it. A scanner that refuses the set gets
 * the previous one back, and the set is barred (docs/contract.md section 2, code 7: the old set is live). One
 * that cannot be told says nothing of the set, which stays: it is loaded when the scanner starts, and the next
 * run tells it again.
 * @returns whether the scanner has it
 * @throws SCANNER_REFUSED
 */
export async function handOver(active: Active, run: Run): Promise<boolean> {
  try {
    return 'set' in (await notifyScanner(active, run))
  } catch (error) {
    if (isDefsError(error, 'SCANNER_REFUSED')) await revertScanner(active, error, run)
    throw error
  }
}

/** {@link handOver} for a set that is new to the scanner: it is watched from now on, if configured. */
export async function notifyAndConfirm(active: Active, run: Run): Promise<void> {
  if (await handOver(active, run)) await beginConfirming(active, run)
}

/** The same with no way back: where the set before is bad. @throws SCANNER_REFUSED */
export async function notifyScanner(active: Active, run: Run): Promise<InUse | Absent> {
  return askScanner(active, (one, context) => run.scanner.handOver(one, context), run)
}

/** Hands the current set over once more when the scanner does not use it: a run ended between the two steps. */
export async function renotify(current: Authentic | null, run: Run): Promise<void> {
  if (!current || (await run.scanner.inUse()) === current.set) return
  const { previous } = await readPointer(run.store)
  await notifyAndConfirm({ set: current.set, directory: current.directory, previous }, run)
}

/**
 * Takes a set back and tells the scanner of the one before, or starts it anew when it did not survive the bad one.
 * @returns the set that is live now, null when there is none to go back to
 * @throws STORE_*, INTERRUPTED
 */
export async function revertScanner(bad: Active, why: DefsError, run: Run): Promise<Authentic | null> {
  const back = await revert(bad, { code: why.code, reason: why.message }, run)
  if (back === null) {
    note(`there is no set to go back to from ${bad.set}: it stays current`, run)
    return null
  }
  const { good, active } = back
  try {
    await askScanner(active, (one, context) => tellOrRevive(one, context, run.scanner), run)
  } catch (error) {
    if (!isDefsError(error, 'SCANNER_REFUSED')) throw error
    note(`${good.set} is current again, but the scanner did not take that either`, run)
  }
  return good
}

async function tellOrRevive(active: Active, context: Context, scanner: Scanner): Promise<InUse | Absent> {
  const told = await scanner.handOver(active, context)
  return 'absent' in told && scanner.revive ? scanner.revive(active, context) : told
}

async function askScanner(
  active: Active,
  ask: (active: Active, context: Context) => Promise<InUse | Absent>,
  run: Run,
): Promise<InUse | Absent> {
  const facts = { set: active.set, path: active.directory }
  try {
    const told = await ask(active, run.context)
    await reportTold(told, facts, run)
    return told
  } catch (error) {
    const code = error instanceof DefsError ? error.code : 'BUG'
    run.report('scanner.refused', { ...facts, errorCode: code, reason: describeError(error) })
    throw error
  }
}

async function reportTold(
  told: InUse | Absent,
  facts: { readonly set: Active['set']; readonly path: string },
  run: Run,
): Promise<void> {
  if ('absent' in told) {
    const trouble = {
      about: facts.set,
      event: 'scanner.absent',
      facts: { ...facts, reason: told.absent },
    } as const
    await remind('scanner-absent', { ...trouble, again: 'at every change' }, absentEvery, run)
    return
  }
  await remind('scanner-absent', null, absentEvery, run)
  if (told.proof === 'reload') run.report('scanner.told', { ...facts, reason: told.lack ?? 'it cannot tell' })
  else run.report('scanner.updated', facts)
}

function note(text: string, run: Run): void {
  run.context.emit({ type: 'note', level: 'warning', text })
}
