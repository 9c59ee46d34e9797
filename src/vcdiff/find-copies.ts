import { type BaseIndex, blockBytes, hashBlock, viewOf } from './base-index.ts'
import { agreeBackward, agreeForward, type Copy } from './copy.ts'

/**
 * The least length worth going on where the last copy would have gone on: its address takes one byte. Four
 * would break what deflate makes of the new bytes more often than it helps.
 */
const leastNear = 5
/** How far behind the end of a copy that is tried: tables of offsets change a few bytes in every entry. */
const nearReach = 8
/** After so many new bytes in a row, all of it is likely to be new, and only every third place is looked at. */
const patience = 16 * 1024
/** Odd, so that every place within a block has its turn: what is found is still 128 bytes at the least. */
const hurry = 3
/** How far a copy may be stretched over those found before it. */
const mostOverlap = 4 * 1024

/**
 * Finds what a target window has in common with the base. Outside of what is already found it looks up each
 * block of 32 bytes, and stretches what it finds in both directions; shorter pieces cost more as addresses than
 * they do as new bytes under deflate.
 * @param offset how far the base was ahead of the target at the end of the window before
 */
export function findCopies(base: Buffer, index: BaseIndex, target: Buffer, offset: number): Copy[] {
  const copies: Copy[] = []
  const bytes = viewOf(target)
  let ahead = offset
  let end = 0
  for (let at = 0; at < target.length; ) {
    const copy =
      (at - end <= nearReach ? nearCopy(base, target, at, ahead) : null) ??
      (at + blockBytes <= target.length ? farCopy(base, target, at, index.find(hashBlock(bytes, at))) : null)
    if (copy === null) {
      at += at - end < patience ? 1 : hurry
      continue
    }
    stretchBack(base, target, copies, copy)
    copies.push(copy)
    ahead = copy.from - copy.at
    end = copy.at + copy.length
    at = end
  }
  return copies
}

/** What goes on at the same distance from the base; a change in place leaves that as it was. */
function nearCopy(base: Buffer, target: Buffer, at: number, ahead: number): Copy | null {
  const from = at + ahead
  if (from < 0 || from >= base.length || base[from] !== target[at]) return null
  const length = agreeForward(target, at, base, from)
  return length < leastNear ? null : { at, length, from }
}

/** What the index found, if it is no mere likeness of hashes. */
function farCopy(base: Buffer, target: Buffer, at: number, from: number): Copy | null {
  if (from < 0) return null
  const length = agreeForward(target, at, base, from)
  return length < blockBytes ? null : { at, length, from }
}

/** Stretches a copy to the front, also over shorter ones found before it. */
function stretchBack(base: Buffer, target: Buffer, copies: Copy[], copy: Copy): void {
  const last = copies.at(-1)
  const end = last === undefined ? 0 : last.at + last.length
  const back = agreeBackward(target, copy.at, base, copy.from, copy.at - end + mostOverlap)
  let start = copy.at - back
  for (let before = copies.at(-1); before !== undefined; before = copies.at(-1)) {
    const kept = start - before.at
    if (kept >= before.length) break
    if (before.length > back + copy.length) {
      start = before.at + before.length
      break
    }
    if (kept >= blockBytes) {
      before.length = kept
      break
    }
    copies.pop()
  }
  copy.length += copy.at - start
  copy.from -= copy.at - start
  copy.at = start
}
