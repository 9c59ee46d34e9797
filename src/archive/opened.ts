import type { FileDigests } from '../digest.ts'
import { DefsError } from '../error.ts'
import { limits } from '../limits.ts'

/** One file of an opened package or of a set on disk. */
export interface OpenedFile extends FileDigests {
  /** Path relative to the folder, `/` between folders, in the archive's own upper and lower case. */
  readonly name: string
  readonly bytes: number
}

/**
 * A package unpacked into a private folder, or a folder read as it lies: everything that is in it, hashed on
 * the way. Nothing of it is proved yet.
 */
export interface Opened {
  /** The folder the files are in. */
  readonly directory: string
  /** Every regular file, sorted by name; the guard and the signature among them. */
  readonly files: readonly OpenedFile[]
  /** The bytes of `v.grd` at the top (any case); null when there is none. */
  readonly guard: Uint8Array | null
  /** The bytes of `v.sig` at the top (any case); null when there is none. */
  readonly signature: Uint8Array | null
}

/** A package that was unpacked just now. */
export interface Unpacked extends Opened {
  /** When the newest of its files was changed last, as the archive says; null when it does not. */
  readonly newest: Date | null
}

/** The bytes of the guard and the signature, put aside while everything is read. */
export interface Captures {
  guard: Uint8Array | null
  signature: Uint8Array | null
}

/** Takes a copy of a file's pieces. */
export interface Capture {
  /** @throws ARCHIVE_BOMB_TOTAL when there are more bytes than such a file may have */
  add(piece: Uint8Array): void
  /** Hands the copy over once the file has been read to its end. */
  done(): void
}

const kept = {
  'v.grd': { slot: 'guard', most: limits.guard },
  'v.sig': { slot: 'signature', most: limits.signature },
} as const

/** Whether a file is the guard or the signature: `v.grd` and `v.sig` at the top, in any case. */
export function isCaptured(name: string): boolean {
  return Object.hasOwn(kept, name.toLowerCase())
}

/** A capture for `v.grd` and `v.sig` at the top, in any case; undefined for every other file. */
export function captureFor(name: string, captures: Captures): Capture | undefined {
  if (!isCaptured(name)) return undefined
  const { slot, most } = kept[name.toLowerCase() as keyof typeof kept]
  const pieces: Uint8Array[] = []
  let bytes = 0
  return {
    add(piece) {
      bytes += piece.length
      if (bytes > most) {
        throw new DefsError(
          'ARCHIVE_BOMB_TOTAL',
          `${name} is larger than ${most} bytes: the package is refused`,
        )
      }
      pieces.push(Buffer.from(piece))
    },
    done() {
      captures[slot] = new Uint8Array(Buffer.concat(pieces))
    },
  }
}
