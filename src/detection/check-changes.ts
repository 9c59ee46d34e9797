import { formOf, LineLook, smallList } from './check-list.ts'
import { inStep } from './in-step.ts'

/** So many lines of what is alike are counted: enough to tell that what is missing is a small part. */
const enough = 100_000

/** Bytes that may differ, and the part of what is alike beyond that: where more does, looking at all of it is as quick. */
const leastDifference = 1 << 20
const differencePart = 16

class DiffersMuch extends Error {}

/**
 * Whether a list may take the place of the last good one, by a look at the lines that only one of them has: what is alike
 * was looked at when it came. False where these lines do not tell, as in a list that is new from end to end: then
 * `checkList` and `whyNot` do.
 * @param shrink percent that may be missing; 0 for any
 * @returns true only for a list that `whyNot` finds nothing wrong with, and that has a line which counts for any engine
 * @throws ARCHIVE_CORRUPT for a line without end; what the pieces throw
 */
export async function mayFollow(
  file: string,
  before: AsyncIterable<Buffer>,
  after: AsyncIterable<Buffer>,
  shrink: number,
): Promise<boolean> {
  const form = formOf(file)
  if (form === null) return false
  const [sample, came] = [new LineLook(form), new LineLook(form)]
  const [alike, gone] = [new LineLook(null), new LineLook(null)]
  let [same, differing] = [0, 0]
  const differ = (bytes: number) => {
    differing += bytes
    if (differing > leastDifference + same / differencePart || came.flaw !== null) throw new DiffersMuch()
  }
  try {
    await inStep(before, after, {
      both(bytes, from, to) {
        same += to - from
        if (alike.signatures >= enough) return
        alike.see(bytes, from, to)
        if (!sample.anyVersion) sample.see(bytes, from, to)
      },
      before(bytes, from, to) {
        gone.see(bytes, from, to)
        differ(to - from)
      },
      after(bytes, from, to) {
        came.see(bytes, from, to)
        differ(to - from)
      },
    })
  } catch (error) {
    if (error instanceof DiffersMuch) return false
    throw error
  }
  const lost = gone.signatures - came.signatures
  return (
    sample.flaw === null &&
    alike.signatures >= smallList &&
    (sample.anyVersion || came.anyVersion) &&
    (shrink === 0 || lost * 100 <= shrink * (alike.signatures + gone.signatures))
  )
}
