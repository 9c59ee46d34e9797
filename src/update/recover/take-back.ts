import type { ErrorCode } from '../../error.ts'
import { activate } from '../../hawking/activate.ts'
import type { Bar } from '../../hawking/records.ts'
import { listSets } from '../../hawking/sets.ts'
import type { Active } from '../../hawking/stage.ts'
import { peekProvenance, readBars, writeBars } from '../../hawking/state.ts'
import { compareSetNames, type SetName } from '../../set-name.ts'
import type { Authentic } from '../../trust/authentic.ts'
import { barsBeside } from '../contents.ts'
import type { Run } from '../run.ts'
import { inspectSet } from './inspect.ts'

/** Whose bars are those of this file. */
const byItself = 'scanner'

/**
 * Makes the set before current again when the scanner cannot work with the active one: event 399, and a bar on the
 * bad set, so that the next update does not bring it straight back. The caller tells the scanner.
 *
 * It goes back once. A scanner that refuses the set it was given back as well is at fault itself, and going on would
 * bar one good set after the other.
 * @returns what is active now; null when there is nothing to go back to, with nothing changed
 * @throws STORE_*, INTERRUPTED
 */
export async function revert(
  bad: Active,
  { code, reason }: { readonly code: ErrorCode; readonly reason: string },
  run: Run,
): Promise<{ readonly good: Authentic; readonly active: Active } | null> {
  const bars = await readBars(run.store)
  const went = bars.some(({ set, user }) => user === byItself && compareSetNames(set, bad.set) > 0)
  const good = went ? null : await findGood(bad, bars, run)
  if (good === null) return null
  // Barred before it is left: a crash in between must not let the next update bring it back.
  const at = run.context.now().toISOString()
  const contents = (await peekProvenance(run.store, bad.set))?.contents ?? null
  const bar = { set: bad.set, at, reason: `${code}: ${reason}`, user: byItself, contents }
  await writeBars(run.store, [...barsBeside(bars, bar), bar])
  const active = await activate(good, run.store, run.config.product, [bad.set])
  run.report('definitions.rolled-back', {
    set: active.set,
    path: active.directory,
    errorCode: code,
    previous: bad.set,
    reason,
    // The scanner's refusal was told, or, while it is watched, nothing yet.
    ...(code === 'SCANNER_REFUSED' ? { follows: 'scanner.refused' as const } : {}),
  })
  return { good, active }
}

/**
 * Makes the set before current again with no bar and no event 399, for a set that nothing but the scanner speaks
 * against.
 * @param bad sets that must not become the previous one
 * @returns null when there is none to go back to, or its publisher withdrew it
 */
export async function goBackUnbarred(
  left: Active,
  run: Run,
  bad: readonly SetName[] = [left.set],
): Promise<Active | null> {
  const { previous } = left
  const bars = await readBars(run.store)
  if (previous === null || bars.some(({ set, origin }) => origin && set === previous)) return null
  const { proved } = await inspectSet(previous, run)
  return proved && activate(proved, run.store, run.config.product, bad)
}

/**
 * The set that was live before, for it has worked, unless its publisher withdrew it; else the newest earlier one that
 * is not barred.
 */
async function findGood(bad: Active, bars: readonly Bar[], run: Run): Promise<Authentic | null> {
  const barred = bars.map(({ set }) => set)
  const withdrawn = bars.flatMap(({ set, origin }) => (origin ? [set] : []))
  const below = candidatesBelow(bad.set, await listSets(run.store), barred).filter(
    (set) => !barred.includes(set) && compareSetNames(set, bad.set) < 0,
  )
  const before = bad.previous === null || withdrawn.includes(bad.previous) ? [] : [bad.previous]
  for (const set of new Set([...before, ...below])) {
    const { proved } = await inspectSet(set, run)
    if (proved) return proved
  }
  return null
}

/**
 * In which order the failure ladder tries what else is on disk: the earlier sets, newest first; then newer ones,
 * which a forced update may have left; and barred ones last, only before having nothing. Pure.
 * @param bad the current set; null when nothing tells which that was, and then every set is an earlier one
 */
export function candidatesBelow(
  bad: SetName | null,
  sets: readonly SetName[],
  barred: readonly SetName[],
): SetName[] {
  const rank = (set: SetName) => {
    if (barred.includes(set)) return 2
    return bad === null || compareSetNames(set, bad) < 0 ? 0 : 1
  }
  return sets.filter((set) => set !== bad).toSorted((a, b) => rank(a) - rank(b) || compareSetNames(b, a))
}
