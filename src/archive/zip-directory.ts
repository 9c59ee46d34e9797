import { fromRandomAccessReaderPromise, RandomAccessReader } from 'yauzl'
import { DefsError, isDefsError } from '../error.ts'
import type { Bytes } from './bytes.ts'
import type { ArchiveLimits } from './reader.ts'
import type { ZipEnd } from './zip-end.ts'
import { isEncrypted, type ZipEntry, zipEntryOf } from './zip-entry.ts'

/** Where a line of the directory has its flags. */
const flagsAt = 8

/** The archive as yauzl reads it: from the end of the stub on, where offsets do not count the stub. */
class Window extends RandomAccessReader {
  readonly #bytes: Bytes
  readonly #base: number

  constructor(bytes: Bytes, base: number) {
    super()
    this.#bytes = bytes
    this.#base = base
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    done: (error: Error | null, bytesRead?: number) => void,
  ): void {
    this.#bytes.read(this.#base + position, length).then(
      (read) => done(null, read.copy(buffer, offset)),
      (error: Error) => done(error),
    )
  }
}

/**
 * Reads the directory of a zip file, every byte of it, and judges each entry on its own.
 * @throws ARCHIVE_TOO_MANY, ARCHIVE_HIDDEN, ARCHIVE_CORRUPT, and what `zipEntryOf` throws
 */
export async function readZipDirectory(
  bytes: Bytes,
  end: ZipEnd,
  limits: ArchiveLimits,
): Promise<ZipEntry[]> {
  if (end.entries > limits.entries) {
    throw new DefsError(
      'ARCHIVE_TOO_MANY',
      `the archive has ${end.entries} members, more than ${limits.entries}: the package is refused`,
    )
  }
  const entries: ZipEntry[] = []
  const toldSoFar = () => entries.reduce((sum, entry) => sum + entry.lineBytes, 0)
  try {
    // Names stay bytes here: yauzl would judge them with errors of its own.
    const zip = await fromRandomAccessReaderPromise(new Window(bytes, end.base), bytes.size - end.base, {
      decodeStrings: false,
      strictFileNames: true,
      autoClose: false,
    })
    for await (const entry of zip.eachEntry()) entries.push(zipEntryOf(entry))
  } catch (error) {
    throw isDefsError(error) ? error : await lineError(bytes, end.directoryStart + toldSoFar(), error)
  }
  if (toldSoFar() === end.directoryEnd - end.directoryStart) return entries
  throw new DefsError(
    'ARCHIVE_HIDDEN',
    'the directory of the archive holds more than it counts: the package is refused',
  )
}

/** What is wrong with the line that yauzl stopped at: strong encryption, or damage. */
async function lineError(bytes: Bytes, at: number, cause: unknown): Promise<DefsError> {
  const line = await bytes.read(at, Math.min(flagsAt + 2, bytes.size - at))
  if (line.length === flagsAt + 2 && isEncrypted(line.readUInt16LE(flagsAt))) {
    return new DefsError('ARCHIVE_ENCRYPTED', 'the archive is encrypted: the package is refused', { cause })
  }
  return new DefsError('ARCHIVE_CORRUPT', 'the directory of the archive is damaged: fetch it again', {
    cause,
  })
}
