import { existsSync } from 'node:fs'
import type { Config } from '../config/config.ts'
import type { Context } from '../context.ts'
import { lockPath, lockState, withLock } from '../disk/lock.ts'
import { describeError } from '../error.ts'
import { boundPartial } from '../fetch/partial-file.ts'
import { activate } from '../hawking/activate.ts'
import { prepareStore } from '../hawking/prepare.ts'
import { planPrune } from '../hawking/prune.ts'
import { moveToQuarantine } from '../hawking/quarantine.ts'
import { inspect, recover, type StoreFinding } from '../hawking/recover.ts'
import { openScannerStore } from '../hawking/scanner-store.ts'
import { listSets } from '../hawking/sets.ts'
import { readBars } from '../hawking/state.ts'
import { openStore, type Store } from '../hawking/store.ts'
import { readStoreView } from '../hawking/view.ts'
import { limits } from '../limits.ts'
import { openScanner } from '../scanner/kinds.ts'
import type { SetName } from '../set-name.ts'
import type { Authentic } from '../trust/authentic.ts'
import { renotify } from '../update/activate/hand-over.ts'
import { protectedSets } from '../update/recover/housekeeping.ts'
import { inspectSet } from '../update/recover/inspect.ts'
import { beginRun, type Run } from '../update/run.ts'
import { clamavHostFlaws } from './clamav-host.ts'
import { onAccessFlaws } from './on-access.ts'
import { pruneUnderLock } from './prune.ts'
import {
  certificateFlaws,
  csapiFlaws,
  type DoctorFinding,
  partialBytes,
  surroundingFlaws,
  unsafeFlaws,
} from './surroundings.ts'

export interface DoctorRequest {
  readonly repair: boolean
  /** Milliseconds to wait for another run to end, for a repair. */
  readonly lockWait: number
}

/**
 * Looks for everything that can be wrong with a store, and mends what can be mended when asked to; without that
 * nothing is written. Each repair is an event.
 * @throws STORE_BUSY for a repair while another run is at work; STORE_*; TRUST_ANCHORS for a repair
 */
export async function doctor(
  { repair, lockWait }: DoctorRequest,
  config: Config,
  context: Context,
): Promise<readonly DoctorFinding[]> {
  const store = openStore(config.store.root, config.store.layout)
  const before = await lookOver(store, config, context)
  // A store that was never made needs no repair, and none is to be made here.
  if (!repair || !existsSync(store.root)) return before
  const run = beginRun(config, context, { timeout: null, force: false })
  await prepareStore(store, config.store.group)
  return withLock(store, { wait: lockWait, context }, async () => {
    const findings = await repairAll(before, run)
    for (const { path, message, repaired } of findings) {
      if (repaired) run.report('store.recovered', { path, reason: message })
    }
    return findings
  })
}

/** Everything that is wrong, nothing being changed. */
async function lookOver(store: Store, config: Config, context: Context): Promise<DoctorFinding[]> {
  const now = context.now()
  const { state: lock, holder } = await lockState(store)
  const found = await inspect(store, config.product)
  const findings: DoctorFinding[] = []
  if (lock === 'dead') {
    const path = lockPath(store)
    findings.push({
      code: 'lock-dead',
      path,
      message: `${path} was left by a run that died: ${holder}`,
      repaired: false,
    })
  }
  // What a run in progress has in its hands is no leftover.
  findings.push(...(lock === 'held' ? found.filter(({ code }) => code !== 'leftover') : found))
  const view = await readStoreView(store, config.product)
  const inUse = await openScanner(config.scanner, store, openScannerStore(store)).inUse()
  const further = protectedSets(view.holds, inUse, now)
  const { remove } = await planPrune(store, { keep: config.store.keep, further })
  if (remove.length > 0) {
    const message = `${remove.length} sets more than store.keep (${config.store.keep}): ${remove.join(', ')}`
    findings.push({ code: 'sets-too-many', path: store.virusDefs, message, repaired: false })
  }
  if ((await partialBytes(store)) > limits.partial) {
    const message = `${store.partial} holds more than ${limits.partial} bytes`
    findings.push({ code: 'partial-full', path: store.partial, message, repaired: false })
  }
  const host = [
    ...(await clamavHostFlaws(config, store.virusDefs)),
    ...(await onAccessFlaws(config, store)),
    ...(await csapiFlaws(config)),
    ...(await certificateFlaws(config, now)),
    ...unsafeFlaws(config, store),
  ]
  return [...findings, ...(await surroundingFlaws({ store, view, now })), ...host]
}

/**
 * Mends in the order in which one thing depends on another: what was cut short, then the pointer, then what follows
 * the pointer. By now the lock is ours and `state/` is there, so those two are mended.
 */
async function repairAll(before: readonly DoctorFinding[], run: Run): Promise<readonly DoctorFinding[]> {
  const { store, config } = run
  const first = await pointToGood(await recover(store, config.product), run)
  const then = await inspect(store, config.product, true)
  const known = new Set(first.map(keyOf))
  const mended = [...first, ...then.filter((finding) => !known.has(keyOf(finding)))]
  const others: DoctorFinding[] = []
  for (const finding of before) others.push(...(await repairOther(finding, run)))
  return [...mended, ...others]
}

function keyOf({ code, path }: StoreFinding): string {
  return `${code} ${path}`
}

/** What an admin alone can mend: a repair leaves it as it is. */
export const beyondRepair: ReadonlySet<string> = new Set<DoctorFinding['code']>([
  'store-vanished',
  'clock-behind',
  'clock-ahead',
  'disk-low',
  'certificate-ending',
  'certificate-ended',
  'freshclam-active',
  'freshclam-directory',
  'clamd-socket',
  'clamd-two-forms',
  'clamd-directory',
  'clamd-condition',
  'clamd-apparmor',
  'clamd-unreadable',
  'sign-roots',
  'file-unsafe',
  'store-unsafe',
  'owner-mixed',
  'csapi-missing',
  'on-access-scan',
])

/** Mends what doctor itself found; what hawking/ found is mended there. */
async function repairOther(finding: DoctorFinding, run: Run): Promise<DoctorFinding[]> {
  if (beyondRepair.has(finding.code)) return [finding]
  const mended = (how: string) => [{ ...finding, message: `${finding.message}; ${how}`, repaired: true }]
  switch (finding.code) {
    case 'lock-dead':
      return mended('taken over')
    case 'state-vanished':
      return mended('made anew')
    case 'sets-too-many': {
      const { remove } = await pruneUnderLock({ keep: null, olderThan: null }, run)
      return remove.length > 0 ? mended(`removed ${remove.join(', ')}`) : [finding]
    }
    case 'partial-full':
      await boundPartial(run.store.partial, limits.partial)
      return mended('the oldest are removed')
    case 'authority-damaged': {
      const evidence = { set: null, code: 'STORE_RECORD', problems: [finding.message] } as const
      await moveToQuarantine(run.store, finding.path, evidence)
      return mended('moved into quarantine; a new one is made when it is needed')
    }
    default:
      return []
  }
}

/**
 * Makes the newest set that verifies current when `definfo.dat` names none that is there: the store was restored
 * from a snapshot, or somebody removed a set. A barred set is taken only when there is no other: better than none.
 * @returns the findings, those that this mended marked so
 */
async function pointToGood(findings: readonly StoreFinding[], run: Run): Promise<readonly StoreFinding[]> {
  const dangling = findings.filter(({ code }) => code === 'pointer-dangling' || code === 'pointer-damaged')
  if (dangling.length === 0) return findings
  const good = await newestGood(run)
  if (good === null) return findings
  await activate(good, run.store, run.config.product)
  await tellScanner(good, run)
  return findings.map((finding) =>
    dangling.includes(finding)
      ? {
          ...finding,
          message: `${finding.message}; ${good.set}, which verifies, is current now`,
          repaired: true,
        }
      : finding,
  )
}

async function newestGood(run: Run): Promise<Authentic | null> {
  const barred = new Set((await readBars(run.store)).map(({ set }) => set))
  const sets = await listSets(run.store)
  const inOrder: SetName[] = [
    ...sets.filter((set) => !barred.has(set)),
    ...sets.filter((set) => barred.has(set)),
  ]
  for (const set of inOrder) {
    const { proved } = await inspectSet(set, run)
    if (proved) return proved
  }
  return null
}

// The store is mended whether the scanner takes the set or not; that it did not is an event of its own.
async function tellScanner(good: Authentic, run: Run): Promise<void> {
  await renotify(good, run).catch((error: unknown) => {
    run.context.emit({
      type: 'note',
      level: 'warning',
      text: `the scanner was not told: ${describeError(error)}`,
    })
  })
}
