/** The four things an instruction can be (RFC 3284, section 5.4). */
export const NOOP = 0
export const ADD = 1
export const RUN = 2
export const COPY = 3

/** Sizes of the two address caches in the default code table. */
export const nearSlots = 4
export const sameSlots = 3

/** Modes: 0 from the start, 1 back from here, then the near slots, then the same slots. */
export const sameModes = 2 + nearSlots
const modes = sameModes + sameSlots

/** One column of the table for each half of an instruction pair, all 256 long. */
export interface CodeTable {
  readonly kind1: Uint8Array
  readonly size1: Uint8Array
  readonly mode1: Uint8Array
  readonly kind2: Uint8Array
  readonly size2: Uint8Array
  readonly mode2: Uint8Array
}

interface Half {
  readonly kind: number
  readonly size: number
  readonly mode: number
}

const none: Half = { kind: NOOP, size: 0, mode: 0 }
const add = (size: number): Half => ({ kind: ADD, size, mode: 0 })
const copy = (size: number, mode: number): Half => ({ kind: COPY, size, mode })

/** The default table, in the order of RFC 3284 section 5.6; size 0 means that the size follows. */
function rows(): [Half, Half][] {
  const table: [Half, Half][] = [[{ kind: RUN, size: 0, mode: 0 }, none]]
  for (let size = 0; size <= 17; size++) table.push([add(size), none])
  for (let mode = 0; mode < modes; mode++) {
    table.push([copy(0, mode), none])
    for (let size = 4; size <= 18; size++) table.push([copy(size, mode), none])
  }
  for (let mode = 0; mode < modes; mode++) {
    const longest = mode < sameModes ? 6 : 4
    for (let added = 1; added <= 4; added++) {
      for (let copied = 4; copied <= longest; copied++) table.push([add(added), copy(copied, mode)])
    }
  }
  for (let mode = 0; mode < modes; mode++) table.push([copy(4, mode), add(1)])
  return table
}

function columns(table: readonly [Half, Half][]): CodeTable {
  return {
    kind1: Uint8Array.from(table, ([first]) => first.kind),
    size1: Uint8Array.from(table, ([first]) => first.size),
    mode1: Uint8Array.from(table, ([first]) => first.mode),
    kind2: Uint8Array.from(table, ([, second]) => second.kind),
    size2: Uint8Array.from(table, ([, second]) => second.size),
    mode2: Uint8Array.from(table, ([, second]) => second.mode),
  }
}

/** The default code table, the only one we read and write. */
export const codeTable: CodeTable = columns(rows())

/** The code of `ADD size`; above 17 the one whose size follows. */
export function addCode(size: number): number {
  return size <= 17 ? 1 + size : 1
}

/** The code of `COPY size` in this mode; outside 4 to 18 the one whose size follows. */
export function copyCode(size: number, mode: number): number {
  return 19 + 16 * mode + (size >= 4 && size <= 18 ? size - 3 : 0)
}

/** The code that means `ADD added` and then `COPY copied` in this mode, or -1. */
export function addCopyCode(added: number, copied: number, mode: number): number {
  if (added < 1 || added > 4 || copied < 4) return -1
  if (mode < sameModes) return copied > 6 ? -1 : 163 + 12 * mode + 3 * (added - 1) + copied - 4
  return copied > 4 ? -1 : 235 + 4 * (mode - sameModes) + added - 1
}

/** The code that means `COPY copied` in this mode and then `ADD added`, or -1. */
export function copyAddCode(copied: number, mode: number, added: number): number {
  return copied === 4 && added === 1 ? 247 + mode : -1
}
