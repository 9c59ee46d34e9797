import { DefsError, type ErrorCode, isDefsError } from '../../error.ts'
import type { EventName } from '../../event/catalogue.ts'
import type { EventFacts } from '../../event/event.ts'
import { mechanismExists } from '../../event/version.ts'
import { activate } from '../../hawking/activate.ts'
import { readPointer } from '../../hawking/pointer.ts'
import { listSets } from '../../hawking/sets.ts'
import { hadSets, readBars } from '../../hawking/state.ts'
import type { SetName } from '../../set-name.ts'
import type { Authentic } from '../../trust/authentic.ts'
import { remind } from '../../watch/remind.ts'
import { notifyScanner } from '../activate/hand-over.ts'
import { isOfFamily } from '../family.ts'
import type { Run } from '../run.ts'
import { isDamaged, quarantineSets } from './housekeeping.ts'
import { type Inspected, inspectSet } from './inspect.ts'
import { findScannerCopy, restage } from './scanner-copy.ts'
import { candidatesBelow } from './take-back.ts'

/** How the failure ladder left the store. */
export interface LadderResult {
  /**
   * - `sound`: the current set is good.
   * - `went-back`: it was bad, and an earlier good one is current now, or the scanner's own copy (event 399).
   * - `empty`: no good set is on disk (event 400); a download must follow.
   * - `never`: there is no set and there never was one.
   * - `off`: the current set is bad, and this product version has no ladder.
   */
  readonly step: 'sound' | 'went-back' | 'empty' | 'never' | 'off'
  /** What `definfo.dat` names now, and its proof. */
  readonly pointed: SetName | null
  readonly current: Authentic | null
  /** What it named before, and what was wrong with that. */
  readonly before: SetName | null
  readonly code: ErrorCode | null
  /** The bad sets that were met, the current one first. */
  readonly bad: readonly Inspected[]
}

/** Judges one set on disk; whoever has judged it already may answer from memory. */
export type Look = (set: SetName) => Promise<Inspected>

/**
 * The failure ladder (docs/domain.md section 7, docs/contract.md section 5), as far as the disk goes: whatever
 * happens, the current set is not a bad one while a good one exists. The download that follows `empty` is the
 * caller's, and so is {@link nothingHelped} when it fails. Call it under the lock.
 * @param emptyIsLost whether a store that never had a set is to be filled, too
 * @throws SCANNER_REFUSED, STORE_*, INTERRUPTED
 */
export async function runFailureLadder(
  run: Run,
  look: Look = (set) => inspectSet(set, run),
  emptyIsLost = false,
): Promise<LadderResult> {
  // Step one: the current set is good.
  const { state, current: pointed } = await readPointer(run.store)
  const current = pointed === null ? null : await look(pointed)
  const ladder = { pointed, current: current?.proved ?? null, before: pointed, code: null, bad: [] }
  if (ladder.current) {
    await clearThrottle(run)
    return { ...ladder, step: 'sound' }
  }
  const sets = await listSets(run.store)
  const first = state === 'absent' && sets.length === 0 && !(await hadSets(run.store))
  if (first && !emptyIsLost) return { ...ladder, step: 'never' }

  const bad = current ? [current] : []
  const code = current?.problems[0]?.code ?? (sets.length > 0 ? 'STORE_POINTER' : 'STORE_NO_DEFINITIONS')
  warn(current, code, run)
  if (!mechanismExists(run.config.product.version)) return { ...ladder, step: 'off', code, bad }

  // Step two: the newest earlier set that verifies.
  const barred = (await readBars(run.store)).map(({ set }) => set)
  for (const set of candidatesBelow(pointed, sets, barred)) {
    const found = await look(set)
    // Sets of another family, from before stores knew theirs, are neither good nor bad.
    if (found.proved && !(await isOfFamily(found.proved, run))) continue
    if (found.proved) return goBack(found.proved, { ...ladder, code, bad }, run)
    bad.push(found)
  }

  // Step three: the scanner's own folder; event 401 says that there is none in either.
  const copy = await findScannerCopy(pointed, run)
  const back = copy && (await restage(copy, run))
  if (back)
    return goBack(back.authentic, { ...ladder, code, bad: bad.filter(({ set }) => set !== back.set) }, run)

  // Step four: nothing on disk is good. What only our policy refuses stays where it is until something better is
  // there: a wrong anchor must not clear the store.
  await quarantineSets(bad.filter(isDamaged), run)
  await reportThrottled('definitions.missing', { set: pointed, errorCode: code }, run)
  return { ...ladder, step: 'empty', code, bad }
}

async function goBack(good: Authentic, ladder: Omit<LadderResult, 'step'>, run: Run): Promise<LadderResult> {
  const { bad, before, code } = ladder
  const badSets = bad.map(({ set }) => set)
  const active = await activate(good, run.store, run.config.product, badSets)
  run.report('definitions.rolled-back', {
    set: active.set,
    path: active.directory,
    errorCode: code,
    previous: before,
  })
  await quarantineSets(bad, run)
  await notifyScanner(active, run)
  return { ...ladder, step: 'went-back', pointed: good.set, current: good }
}

/** The last step: the download failed too. Reports event 401 and returns the error that says so. */
export async function nothingHelped(cause: unknown, { before }: LadderResult, run: Run): Promise<DefsError> {
  if (isDefsError(cause, 'INTERRUPTED')) return cause
  const code = cause instanceof DefsError ? cause.code : 'BUG'
  await reportThrottled('scanner.failed', { set: before, errorCode: code }, run)
  const text = `no valid virus definitions are on disk and none could be downloaded: ${remedyFor(code)}`
  const { problems = [], source } = cause instanceof DefsError ? cause.facts : {}
  const asked = source === undefined ? {} : { source }
  return new DefsError('STORE_NO_DEFINITIONS', text, { cause, problems, events: run.events, ...asked })
}

function remedyFor(code: ErrorCode): string {
  if (code.startsWith('LICENCE_')) return 'install a valid content licence (licence.file)'
  if (code.startsWith('SOURCE_')) return 'make a source reachable'
  return "remove the cause, then run 'defs update'"
}

function warn(current: Inspected | null, code: ErrorCode, run: Run): void {
  const first = current?.problems[0]
  const what = current ? `the current set ${current.set} is bad` : 'nothing tells which set is current'
  const why = first ? `${first.code}: ${first.message}` : code
  const version = run.config.product.version
  const off = mechanismExists(version) ? '' : `; product.version ${version} replaces no bad set by itself`
  run.context.emit({ type: 'note', level: 'warning', text: `${what} (${why})${off}` })
}

const hour = 60 * 60 * 1000

const topics = { 'definitions.missing': 'no-definitions', 'scanner.failed': 'scanner-failed' } as const

/**
 * Reports event 400 or 401; the same one for the same set and code stays out of the journal for an hour, as long
 * as nothing good came in between. The run counts it among its events all the same.
 */
async function reportThrottled(
  name: keyof typeof topics & EventName,
  facts: EventFacts,
  run: Run,
): Promise<void> {
  const about = `${facts.set ?? 'no set'} ${facts.errorCode}`
  const before = run.events.length
  await remind(topics[name], { about, again: 'at every change', event: name, facts }, hour, run)
  if (run.events.length === before) run.repeat(name, facts)
}

/** After that, the next event 400 or 401 is a new one. */
async function clearThrottle(run: Run): Promise<void> {
  for (const topic of Object.values(topics)) await remind(topic, null, hour, run)
}
