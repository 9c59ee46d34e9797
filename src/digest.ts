import { createHash, type Hash } from 'node:crypto'
import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { DefsError } from './error.ts'

/** Digest algorithms that guards, indexes and hash lists state. */
export type DigestAlgorithm = 'sha256' | 'sha1' | 'md5'

/** A digest as stated by somebody, in lower-case hexadecimal. */
export interface Digest {
  readonly algorithm: DigestAlgorithm
  readonly hex: string
}

/** The digests of one file; `sha1` only when it was asked for. */
export interface FileDigests {
  readonly sha256: string
  readonly sha1: string | null
}

const chunkBytes = 1 << 20

/** Several digests computed over one stream of bytes. */
export class Hashing {
  readonly #hashes: ReadonlyMap<DigestAlgorithm, Hash>

  constructor(algorithms: readonly DigestAlgorithm[]) {
    this.#hashes = new Map(algorithms.map((name) => [name, createHash(name)]))
  }

  update(bytes: Uint8Array): void {
    for (const hash of this.#hashes.values()) hash.update(bytes)
  }

  /** The finished digest in lower-case hexadecimal; null for an algorithm that was not asked for. Once each. */
  finish(algorithm: DigestAlgorithm): string | null {
    return this.#hashes.get(algorithm)?.digest('hex') ?? null
  }
}

/**
 * A buffer to read files into that are then hashed, written or copied as a whole. It begins where a page of memory does, as V8
 * places an ArrayBuffer that may be resized: any other Buffer of such a size lies 16 bytes behind, and some processors (AMD EPYC
 * of 2021) take four times as long to copy a file there (docs/field.md). Looking at its bytes one by one takes three times as long.
 */
export function alignedBuffer(bytes: number): Buffer {
  return Buffer.from(new ArrayBuffer(bytes, { maxByteLength: bytes }))
}

/** Hashes a file in pieces of 1 MiB, so memory stays flat whatever its size. */
export async function digestFile(
  path: string,
  algorithms: readonly DigestAlgorithm[],
  signal?: AbortSignal,
): Promise<{ bytes: number; hashing: Hashing }> {
  const hashing = new Hashing(algorithms)
  // A pipe that somebody put there meanwhile is not waited at.
  const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
  try {
    if (!(await file.stat()).isFile())
      throw new DefsError('STORE_IO', `${path} is no regular file: look at it`, { path })
    const buffer = alignedBuffer(chunkBytes)
    let bytes = 0
    for (;;) {
      signal?.throwIfAborted()
      const { bytesRead } = await file.read(buffer, 0, chunkBytes)
      if (bytesRead === 0) return { bytes, hashing }
      hashing.update(buffer.subarray(0, bytesRead))
      bytes += bytesRead
    }
  } finally {
    await file.close()
  }
}
