import { compareSetNames, type SetName } from '../set-id.ts'

/**
 * The sets to go back to, in the order in which they are tried: the previous one, when it is an earlier one, then
 * the others that are, newest first. Barred ones are none: somebody went back from them. Pure.
 * @param from the set that is left; null when nothing tells, and then all are earlier
 */
export function backTo(
  from: SetName | null,
  previous: SetName | null,
  sets: readonly SetName[],
  barred: readonly SetName[],
): SetName[] {
  return sets
    .filter((set) => !barred.includes(set) && (from === null || compareSetNames(set, from) < 0))
    .toSorted((a, b) => Number(b === previous) - Number(a === previous) || compareSetNames(b, a))
}
