import { wholeLines } from '../clamav/script.ts'
import { limits } from '../limits.ts'

/** Told of whole lines of a block, from here to there; they are valid until it returns. */
export type SeeLines = (bytes: Buffer, from: number, to: number) => void

/** Who is told of the lines of two files. */
export interface LineNews {
  readonly both: SeeLines
  readonly before: SeeLines
  readonly after: SeeLines
}

const newline = 0x0a
/** How much of a file is looked at together, and how far a line is looked for while nothing meets. Bytes. */
const windowBytes = 1 << 20
const leastReach = 4096

/**
 * Reads two files beside each other and tells which lines both have in one order, as nearly all of two days' lists are:
 * those are compared as bytes, many at a time. What is out of order may be told as of both alone; that costs time later
 * on, and no more.
 * @throws ARCHIVE_CORRUPT for a line without end; what the pieces throw
 */
export async function inStep(
  before: AsyncIterable<Buffer>,
  after: AsyncIterable<Buffer>,
  news: LineNews,
): Promise<void> {
  const [old, fresh] = [new Lines(before), new Lines(after)]
  try {
    let misses = 0
    for (;;) {
      if (old.isRead || fresh.isRead) await Promise.all([old.fill(), fresh.fill()])
      if (old.isRead || fresh.isRead) break
      const same = linesAlike(old, fresh)
      if (same > 0) {
        news.both(old.window, old.at, old.at + same)
        old.at += same
        fresh.at += same
        continue
      }
      // Where nothing meets, looking far is in vain, and still tried now and then.
      const reach = (misses & (misses + 1)) === 0 ? windowBytes : leastReach
      const [skipped, skippedThere] = nextMeeting(old, fresh, reach)
      misses = skipped > 0 && skippedThere > 0 ? misses + 1 : 0
      if (skipped > 0) news.before(old.window, old.at, old.at + skipped)
      if (skippedThere > 0) news.after(fresh.window, fresh.at, fresh.at + skippedThere)
      old.at += skipped
      fresh.at += skippedThere
    }
    for (; !old.isRead; await old.fill()) old.rest(news.before)
    for (; !fresh.isRead; await fresh.fill()) fresh.rest(news.after)
  } finally {
    await Promise.all([old.close(), fresh.close()])
  }
}

/** Whole lines of a file, so many that a line which moved is mostly among them. */
class Lines {
  window: Buffer = Buffer.alloc(0)
  at = 0
  readonly #blocks: AsyncGenerator<Buffer>
  readonly #room = Buffer.allocUnsafe(windowBytes)
  #next: Buffer | null = null

  constructor(pieces: AsyncIterable<Buffer>) {
    this.#blocks = wholeLines(pieces, limits.databaseLine)
  }

  get isRead(): boolean {
    return this.at >= this.window.length
  }

  async fill(): Promise<void> {
    if (!this.isRead) return
    let used = 0
    for (;;) {
      this.#next ??= (await this.#blocks.next()).value ?? null
      const block = this.#next
      if (block === null || used + block.length > windowBytes) break
      block.copy(this.#room, used)
      used += block.length
      this.#next = null
    }
    this.at = 0
    // One block that is larger than the room is a window of its own.
    this.window = used > 0 || this.#next === null ? this.#room.subarray(0, used) : this.#next
    if (used === 0) this.#next = null
  }

  rest(see: SeeLines): void {
    see(this.window, this.at, this.window.length)
    this.at = this.window.length
  }

  /** Where the line that begins at `from` ends, its line end included. */
  endOf(from: number): number {
    const end = this.window.indexOf(newline, from)
    return end < 0 ? this.window.length : end + 1
  }

  async close(): Promise<void> {
    await this.#blocks.return(undefined)
  }
}

/** How many bytes of whole lines are the same in both from where they are. */
function linesAlike(one: Lines, other: Lines): number {
  const [left, leftThere] = [one.window.length - one.at, other.window.length - other.at]
  const most = Math.min(left, leftThere)
  let same = 0
  for (let step = 64; step > 0 && same < most; ) {
    const size = Math.min(step, most - same)
    const [from, there] = [one.at + same, other.at + same]
    if (one.window.compare(other.window, there, there + size, from, from + size) === 0) {
      same += size
      step *= 2
    } else step = size === 1 ? 0 : size >> 1
  }
  if (same === left && same === leftThere) return same
  const last = same === 0 ? -1 : one.window.lastIndexOf(newline, one.at + same - 1)
  return last < one.at ? 0 : last + 1 - one.at
}

/** How many bytes to leave out on either side until both are alike; a line of each when none within reach is. */
function nextMeeting(one: Lines, other: Lines, reach: number): readonly [number, number] {
  const [end, endThere] = [one.endOf(one.at), other.endOf(other.at)]
  const [after, afterThere] = [one.endOf(end), other.endOf(endThere)]
  const changed: readonly [number, number] = [end - one.at, endThere - other.at]
  const follow = one.window.subarray(end, after)
  if (follow.length > 0 && follow.equals(other.window.subarray(endThere, afterThere))) return changed
  // Nearly all of them are near, on one side or the other.
  for (const within of [leastReach, reach]) {
    const here = lineIn(one, other.window.subarray(other.at, endThere), within)
    const there = lineIn(other, one.window.subarray(one.at, end), within)
    if (here >= 0 || there >= 0) return there < 0 || (here >= 0 && here <= there) ? [here, 0] : [0, there]
  }
  return changed
}

/** How far on a line stands; -1 when it is not within reach. */
function lineIn({ window, at }: Lines, line: Buffer, reach: number): number {
  if (line[line.length - 1] !== newline) return -1
  const found = window.subarray(at, at + reach).indexOf(line)
  return found > 0 && window[at + found - 1] === newline ? found : -1
}
