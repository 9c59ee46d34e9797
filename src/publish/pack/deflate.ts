import { open } from 'node:fs/promises'
import { promisify } from 'node:util'
import { constants, deflateRaw } from 'node:zlib'
import { DefsError } from '../../error.ts'

const compress = promisify(deflateRaw)

/** Deflated apart from each other, so that all cores are at work; what is lost for that is a ten-thousandth. Bytes. */
const blockBytes = 1 << 20
/** How far deflate looks back, into the block before. Bytes. */
const reachBytes = 32 * 1024

/** A piece of a file. */
export interface Block {
  readonly bytes: Buffer
  /** The end of the piece before; null for the first one. */
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
 * Cuts a content into blocks, the same from a disk as from memory; the last one, and no other, may be empty.
 * @throws STORE_IO when the file is shorter than it was; what the file system throws
 */
export async function* blocksOf(content: Content): AsyncGenerator<Block> {
  const size = lengthOf(content)
  const file = 'path' in content ? await open(content.path, 'r') : null
  try {
    let before: Buffer | null = null
    for (let position = 0; ; position += blockBytes) {
      const length = Math.min(blockBytes, size - position)
      // Not from the pool: a thread may still be at work on it when the next one is read.
      const bytes: Buffer = Buffer.allocUnsafeSlow(length)
      if ('path' in content) {
        const read = (await file?.read(bytes, 0, length, position))?.bytesRead
        if (read !== length) throw new DefsError('STORE_IO', `${content.path} became shorter: run again`)
      } else bytes.set(content.subarray(position, position + length))
      const last = position + length === size
      yield { bytes, before, last }
      if (last) return
      before = bytes.subarray(-reachBytes)
    }
  } finally {
    await file?.close()
  }
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
