import type { ScannerConfig } from '../../config/config.ts'
import { formatDuration } from '../../config/measure.ts'
import type { Context } from '../../context.ts'
import { DefsError, describeError, isDefsError } from '../../error.ts'
import { readNotice } from '../../hawking/notices.ts'
import { readPointer } from '../../hawking/pointer.ts'
import type { Active } from '../../hawking/stage.ts'
import type { Absent, InUse, Scanner } from '../../scanner/scanner.ts'
import type { Authentic } from '../../trust/authentic.ts'
import { remind } from '../../watch/remind.ts'
import { goBackUnbarred, revert } from '../recover/take-back.ts'
import type { Run } from '../run.ts'
import { isToBlame } from './blame.ts'
import { beginConfirming } from './confirm.ts'

const absentEvery = 6 * 60 * 60 * 1000

/**
 * Tells the scanner of the active set; event 25 once it shows that it uses it. A scanner that refuses the set gets the
 * previous one back (exit code 7). The set is to blame, and barred, only when the engine of the gate refuses it as
 * well, or the scanner names a file of it as malformed. A scanner that takes neither the set nor the one before is at
 * fault itself: the set stays. One that cannot be told says nothing of the set: it loads what is current when it
 * starts, and the next run tells it again.
 * @returns whether the scanner has it
 * @throws SCANNER_REFUSED; SCANNER_NOT_IN_USE when it reads something else, or takes neither set
 */
export async function handOver(active: Active, run: Run): Promise<boolean> {
  let told: InUse | Absent
  announce(active, run)
  try {
    told = await run.scanner.handOver(active, run.context)
  } catch (error) {
    if (!isDefsError(error, 'SCANNER_REFUSED')) {
      reportRefusal(active, error, run)
      throw error
    }
    throw await afterRefusal(active, error, run)
  }
  await reportTold(told, { set: active.set, path: active.directory }, run)
  if ('absent' in told && told.elsewhere) throw notInUse(active, told.absent)
  return 'set' in told
}

/** Tells a person what is waited for now. */
function announce({ set }: Pick<Active, 'set'>, { config, context }: Run): void {
  const waits = waitFor(config.scanner)
  if (waits !== null) context.emit({ type: 'stage', text: `telling the scanner of ${set}`, waits })
}

function waitFor(scanner: ScannerConfig): string | null {
  switch (scanner.kind) {
    case 'direct':
      return null
    case 'csapi':
      return 'its folder gets a copy'
    case 'clamd':
      return `clamd loads it and shows that it did, at most ${formatDuration(scanner.timeout)}`
    case 'suricata':
      return `suricata loads its rules, at most ${formatDuration(scanner.timeout)}`
    case 'command':
      return `'${scanner.argv[0]}' ends, at most ${formatDuration(scanner.timeout)}`
  }
}

function notInUse({ set, directory }: Active, why: string): DefsError {
  return new DefsError('SCANNER_NOT_IN_USE', `${set} is current, and the scanner does not use it: ${why}`, {
    path: directory,
  })
}

/** What a refusal leads to; the error that tells of it. */
async function afterRefusal(active: Active, why: DefsError, run: Run): Promise<DefsError> {
  if (await isToBlame(active, why, run)) {
    reportRefusal(active, why, run)
    await revertScanner(active, why, run)
    return why
  }
  const { previous } = active
  // Asked before anything is moved: one that shows neither would not show the old set for being told of it, either.
  const sight = previous === null ? null : await run.scanner.sight(previous)
  const { kind } = run.config.scanner
  const asked = kind === 'clamd' || kind === 'suricata' ? sight?.state : undefined
  const answers = asked === 'other' || asked === 'told' || asked === 'elsewhere'
  // What was tried before in vain is not tried at every check.
  const tried = (await readNotice(run.store, 'scanner-absent'))?.about === active.set
  const back = sight === null || answers || tried ? null : await takeBackInnocent(active, run)
  if (back !== null) {
    reportRefusal(active, why, run)
    const hint = 'a reload beside the engine in use needs the memory of two'
    const { set, directory: path } = back.active
    note(`${set} is current again; nothing but the scanner speaks against ${active.set} (${hint})`, run)
    await reportTold(back.told, { set, path }, run)
    return why
  }
  const advice = 'see DatabaseDirectory, User, OfficialDatabaseOnly and memory of the scanner'
  const reason = `it takes neither ${active.set} nor the one before: ${why.message}; ${advice}`
  const facts = { set: active.set, path: active.directory, reason }
  await remind(
    'scanner-absent',
    { about: active.set, event: 'scanner.absent', facts, again: 'at every change' },
    absentEvery,
    run,
  )
  return notInUse(active, reason)
}

/**
 * Takes a set back that nothing but the scanner speaks against: no bar and no event 399, the next update may bring it
 * again. @returns null when the scanner did not take the one before either: then the set is current again
 */
async function takeBackInnocent(bad: Active, run: Run): Promise<{ active: Active; told: InUse } | null> {
  const active = await goBackUnbarred(bad, run)
  if (active === null) return null
  const told = await tellOrRevive(active, run.context, run.scanner).catch((error: unknown) => {
    if (isDefsError(error, 'SCANNER_REFUSED')) return null
    throw error
  })
  if (told !== null && 'set' in told) return { active, told }
  // Neither of them is at fault: the older one stays the way back.
  await goBackUnbarred({ ...active, previous: bad.set }, run, [])
  return null
}

/** Event 1007; that somebody ended the run is nothing that a scanner said. */
function reportRefusal({ set, directory }: Active, error: unknown, run: Run): void {
  if (isDefsError(error, 'INTERRUPTED')) return
  const code = error instanceof DefsError ? error.code : 'BUG'
  run.report('scanner.refused', { set, path: directory, errorCode: code, reason: describeError(error) })
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
  announce(active, run)
  try {
    const told = await ask(active, run.context)
    await reportTold(told, facts, run)
    return told
  } catch (error) {
    reportRefusal(active, error, run)
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
