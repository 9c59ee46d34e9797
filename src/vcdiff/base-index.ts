/** Bytes hashed together. Whatever the base holds of twice this length, less one, is found. */
export const blockBytes = 32
const mostBlocks = 1 << 23

/** The hash of the block at `at`. */
export function hashBlock(bytes: DataView, at: number): number {
  let hash = 0
  for (let i = at; i < at + blockBytes; i += 4) {
    hash = Math.imul(hash ^ bytes.getInt32(i, true), 0x9e3779b1)
    hash ^= hash >>> 15
  }
  return hash
}

/**
 * Where in a base its blocks stand: one table, filled once, asked for every byte that is new. An entry is the
 * block's number and, in the bits left over, a piece of its hash, so that few questions have to look at the base.
 * Memory: about a quarter of the base, 64 MiB at the most; above 256 MiB of base, blocks are left out.
 */
export class BaseIndex {
  readonly #slots: Int32Array
  readonly #shift: number
  readonly #blockMask: number
  readonly #stride: number

  constructor(base: Buffer) {
    const bytes = viewOf(base)
    this.#stride = blockBytes * Math.max(1, Math.ceil(base.length / blockBytes / mostBlocks))
    const blocks = base.length < blockBytes ? 0 : Math.floor((base.length - blockBytes) / this.#stride) + 1
    const slotBits = Math.ceil(Math.log2(2 * blocks + 2))
    this.#shift = 32 - slotBits
    this.#slots = new Int32Array(2 ** slotBits)
    this.#blockMask = 2 ** Math.ceil(Math.log2(blocks + 2)) - 1
    // From the end, so that of equal blocks the first one stays.
    for (let block = blocks; block > 0; block--) {
      const hash = hashBlock(bytes, (block - 1) * this.#stride)
      this.#slots[this.#slot(hash)] = (mix(hash) & ~this.#blockMask) | block
    }
  }

  /** Where in the base a block with this hash may stand; -1 when there is none. */
  find(hash: number): number {
    const entry = this.#slots[this.#slot(hash)] ?? 0
    if (entry === 0 || ((entry ^ mix(hash)) & ~this.#blockMask) !== 0) return -1
    return ((entry & this.#blockMask) - 1) * this.#stride
  }

  #slot(hash: number): number {
    return Math.imul(hash, 0x9e3779b1) >>> this.#shift
  }
}

/** The bytes of a buffer as {@link hashBlock} reads them. */
export function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
}

/** The same hash in other bits, so that the piece kept says more than the slot does. */
function mix(hash: number): number {
  return Math.imul(hash ^ (hash >>> 15), 0x85ebca6b)
}
