import type { SignatureList } from './signature-list.ts'

/** Which signatures of two lists were found in both: 1 for those that were. */
export interface Paired {
  readonly before: Uint8Array
  readonly after: Uint8Array
}

const reachMost = 4096
const reachLeast = 16

/**
 * Pairs signatures that are alike and stand in one order, as nearly all of two days' sets do. What is out of order may
 * be left over; that costs time later on, and no more.
 */
export function align(before: SignatureList, after: SignatureList): Paired {
  const paired = { before: new Uint8Array(before.size), after: new Uint8Array(after.size) }
  let reach = reachMost
  let here = 0
  let there = 0
  while (here < before.size && there < after.size) {
    const [skipHere, skipThere] = nextMeeting(before, here, after, there, reach)
    const met = before.isAlike(here + skipHere, after, there + skipThere)
    here += skipHere
    there += skipThere
    // Where nothing meets, looking far is in vain.
    reach = met ? Math.min(reach * 2, reachMost) : Math.max(reach >> 1, reachLeast)
    if (!met) continue
    paired.before[here] = 1
    paired.after[there] = 1
    here += 1
    there += 1
  }
  return paired
}

/** How many signatures to leave out on either side until both are alike; one of each when none are within reach. */
function nextMeeting(
  before: SignatureList,
  here: number,
  after: SignatureList,
  there: number,
  reach: number,
): readonly [number, number] {
  if (before.isAlike(here, after, there)) return [0, 0]
  if (before.isAlike(here + 1, after, there + 1)) return [1, 1]
  for (let skip = 1; skip <= reach; skip += 1) {
    if (after.isAlike(there + skip, before, here)) return [0, skip]
    if (before.isAlike(here + skip, after, there)) return [skip, 0]
  }
  return [1, 1]
}
