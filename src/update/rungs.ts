import { compareSetNames, type SetName } from '../set-id.ts'

/**
 * In which order the failure ladder tries what else is on disk: the earlier sets, newest first; then newer ones,
 * which a forced update may have left; and barred ones last, only before having nothing. Pure.
 * @param bad the current set; null when nothing tells which that was, and then every set is an earlier one
 */
export function rungsBelow(
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
