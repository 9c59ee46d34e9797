import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import { promisify } from 'node:util'
import { constants, deflateRaw } from 'node:zlib'
import { DefsError } from '../../error.ts'
import { endOfBlock } from './cut.ts'

const compress = promisify(deflateRaw)

/** So much of a file is read at a time. Bytes. */
const pieceBytes = 1 << 20
/** How far deflate looks back, into the blocks before. Bytes. */
const reachBytes = 32 * 1024

/** A piece of a content, deflated apart from the others: all cores are at work, and what did not change need not be again. */
export interface Block {
  readonly bytes: Buffer
  /** What deflate looks back at; null for the first one. */
  readonly before: Buffer | null
  readonly last: boolean
}

/** Bytes, or the file that holds them. */
export type Content = Uint8Array | { readonly path: string; readonly bytes: number }

/** The length of a content. Bytes. */
export function lengthOf(content: Content): number {
  return 'path' in content ? content.bytes : content.length
}

/**
 * The bytes of a content, the same from a disk as from memory. Pieces stay valid.
 * @throws STORE_IO when the file is shorter than it was; what the file system throws
 */
export async function* piecesOf(content: Content): AsyncGenerator<Buffer> {
  if (!('path' in content)) {
    yield Buffer.from(content.buffer, content.byteOffset, content.length)
    return
  }
  const file = await open(content.path, 'r')
  try {
    for (let position = 0; position < content.bytes; position += pieceBytes) {
      const length = Math.min(pieceBytes, content.bytes - position)
      // Not from the pool: a thread may still be at work on it when the next one is read.
      const bytes = Buffer.allocUnsafeSlow(length)
      const { bytesRead } = await file.read(bytes, 0, length, position)
      if (bytesRead !== length)
        throw new DefsError('STORE_IO', `${content.path} became shorter: run again`, { path: content.path })
      yield bytes
    }
  } finally {
    await file.close()
  }
}

/**
 * Cuts a content into blocks where its own bytes say so (cut.ts); the last one, and no other, may be empty.
 * @throws what `piecesOf` throws
 */
export async function* blocksOf(content: Content): AsyncGenerator<Block> {
  let left = lengthOf(content)
  // What was read and is still needed: the reach of the next block, and from `start` on its beginning.
  let room: Buffer = Buffer.alloc(0)
  let start = 0
  for await (const piece of piecesOf(content)) {
    left -= piece.length
    room = room.length === 0 ? piece : Buffer.concat([room, piece])
    for (let end = endOfBlock(room, start, left === 0); end !== null; ) {
      const before = start === 0 ? null : room.subarray(Math.max(0, start - reachBytes), start)
      const last = left === 0 && end === room.length
      yield { bytes: room.subarray(start, end), before, last }
      if (last) return
      start = end
      end = endOfBlock(room, start, left === 0)
    }
    const kept = Math.max(0, start - reachBytes)
    room = room.subarray(kept)
    start -= kept
  }
  // Nothing came at all.
  yield { bytes: room, before: null, last: true }
}

/** A block that lies packed in a package. */
export interface PackedBlock {
  /** Stands for what went into it, see `keyOf`. */
  readonly key: string
  /** Its packed length. Bytes. */
  readonly packed: number
}

/** Finds what was packed before. */
export interface KnownBlocks {
  /** The packed bytes of a block; undefined when it has to be deflated. */
  readonly find: (key: string) => Buffer | undefined
  readonly close: () => void
}

/** Half a SHA-256. Bytes. */
export const keyBytes = 16

/**
 * What a packed block depends on: its bytes, what deflate looks back at, whether it is the last, and who packs it. Blocks
 * with one key are packed to the same bytes, so that taking one over changes no package.
 */
export function keyOf({ bytes, before, last }: Block): string {
  const hash = createHash('sha256').update(`${process.versions['zlib']} ${last} ${before?.length ?? 0} `)
  if (before) hash.update(before)
  return hash.update(bytes).digest().toString('latin1', 0, keyBytes)
}

/**
 * Deflates one block in another thread. The blocks of a content one after the other are one deflate stream, whose bytes
 * depend on nothing but the content.
 */
export function deflateBlock({ bytes, before, last }: Block): Promise<Buffer> {
  return compress(bytes, {
    level: 6,
    // Room for all of it, so that it is one trip to the other thread.
    chunkSize: bytes.length + (bytes.length >> 8) + 1024,
    finishFlush: last ? constants.Z_FINISH : constants.Z_SYNC_FLUSH,
    ...(before === null ? {} : { dictionary: before }),
  })
}
