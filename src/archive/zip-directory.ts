import { fromRandomAccessReaderPromise, RandomAccessReader } from 'yauzl'
import { DefsError, isDefsError } from '../error.ts'
import type { Bytes } from './bytes.ts'
import type { ArchiveLimits } from './reader.ts'
import type { ZipEnd } from './zip-end.ts'
import { type ZipEntry, zipEntryOf } from './zip-entry.ts'

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
  const entries = await collect(bytes, end)
  const told = entries.reduce((sum, entry) => sum + entry.lineBytes, 0)
  if (told !== end.directoryEnd - end.directoryStart) {
    throw new DefsError(
      'ARCHIVE_HIDDEN',
      'the directory of the archive holds more than it counts: the package is refused',
    )
  }
  return entries
}

async function collect(bytes: Bytes, end: ZipEnd): Promise<ZipEntry[]> {
  const entries: ZipEntry[] = []
  try {
    // Names stay bytes here: yauzl would judge them with errors of its own.
    const zip = await fromRandomAccessReaderPromise(new Window(bytes, end.base), bytes.size - end.base, {
      decodeStrings: false,
      strictFileNames: true,
      autoClose: false,
    })
    for await (const entry of zip.eachEntry()) entries.push(zipEntryOf(entry))
  } catch (error) {
    if (isDefsError(error)) throw error
    throw new DefsError('ARCHIVE_CORRUPT', 'the directory of the archive is damaged: fetch it again', {
      cause: error,
    })
  }
  return entries
}
