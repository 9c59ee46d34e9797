import { crc32 } from 'node:zlib'
import { fromRandomAccessReaderPromise, RandomAccessReader } from 'yauzl'
import { DefsError, isDefsError } from '../error.ts'
import { limits as bounds } from '../limits.ts'
import { inLanes } from '../thread/lanes.ts'
import { type Bytes, withFileBytes } from './bytes.ts'
import { assertRatio, inflate, slices } from './inflate.ts'
import type { ArchiveLimits, MemberReading, Reader } from './reader.ts'
import { findZipEnd, type ZipEnd } from './zip-end.ts'
import { isEncrypted, type ZipEntry, zipEntryOf } from './zip-entry.ts'
import { bytesBefore, layOutZip, type ZipPlace } from './zip-layout.ts'

/** Zip files, `.jdb` among them. */
export const zip: Reader = {
  read: (path, reading) => withFileBytes(path, (bytes) => readZip(bytes, reading, 0)),
}

/** Two are being inflated while this thread looks at what came of a third. */
const membersAtATime = 3

/**
 * Reads a zip file, a few members at a time, the largest first; small ones in the order in which they lie.
 * @param stub the most bytes that may precede the archive
 */
export async function readZip(bytes: Bytes, reading: MemberReading, stub: number): Promise<void> {
  const { limits, signal, announce, visit } = reading
  const places = await placesIn(bytes, limits, stub)
  announce(places.reduce((sum, { entry }) => sum + entry.unpacked, 0))
  const weight = ({ entry }: ZipPlace) => (entry.unpacked <= bounds.smallFile ? 0 : entry.unpacked)
  places.sort((a, b) => weight(b) - weight(a))
  const read = async (place: ZipPlace, stop: AbortSignal, lane: number) => {
    const { name, type, unpacked, modified } = place.entry
    await visit({ name, type, bytes: unpacked, modified }, contentOf(bytes, place, stop), stop, lane)
  }
  await inLanes(places, signal, read, membersAtATime)
}

async function placesIn(bytes: Bytes, limits: ArchiveLimits, stub: number): Promise<ZipPlace[]> {
  const end = await findZipEnd(bytes)
  if (end.base > stub) throw bytesBefore(end.base)
  const entries = await readZipDirectory(bytes, end, limits)
  const places = await layOutZip(bytes, entries, end, stub)
  for (const { entry } of places) assertRatio(entry.name, entry.packed, entry.unpacked, limits)
  return places
}

/** A zip file that stays open, of which single members are read. */
export interface OpenZip {
  /** All members, and where each lies packed in the file. */
  readonly places: readonly ZipPlace[]
  /** Unpacks one; a piece is valid until the next one. Throws ARCHIVE_* unless size and checksum are as told. */
  readonly contentOf: (place: ZipPlace, signal: AbortSignal) => AsyncIterable<Buffer>
}

/** Opens a zip file for as long as `work` takes. @throws ARCHIVE_*, STORE_*, and what `work` throws */
export function withZip<T>(
  path: string,
  limits: ArchiveLimits,
  work: (zip: OpenZip) => Promise<T>,
): Promise<T> {
  return withFileBytes(path, async (bytes) =>
    work({
      places: await placesIn(bytes, limits, 0),
      contentOf: (place, signal) => contentOf(bytes, place, signal),
    }),
  )
}

/** The content of one member; it throws unless size and checksum are those of the directory. */
async function* contentOf(
  bytes: Bytes,
  { entry, from, to }: ZipPlace,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  const stream = entry.deflated ? inflate(bytes, from, to, signal, entry.unpacked) : undefined
  let sum = 0
  let size = 0
  for await (const piece of stream?.body ?? slices(bytes, from, to, signal)) {
    size += piece.length
    // With this, what was announced bounds ratio and total as well.
    if (size > entry.unpacked) throw lies(entry.name, 'is larger than announced')
    sum = crc32(piece, sum)
    yield piece
  }
  // Bytes behind the end of the packed data would be a hiding place.
  if (stream && stream.used() !== entry.packed) {
    throw new DefsError(
      'ARCHIVE_HIDDEN',
      `packed data of member ${JSON.stringify(entry.name)} ends before its place does: the package is refused`,
    )
  }
  if (size !== entry.unpacked) throw lies(entry.name, 'is smaller than announced')
  if (sum !== entry.crc32) throw lies(entry.name, 'does not have its checksum')
}

function lies(name: string, fault: string): DefsError {
  return new DefsError('ARCHIVE_CORRUPT', `member ${JSON.stringify(name)} ${fault}: fetch the package again`)
}

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
async function readZipDirectory(bytes: Bytes, end: ZipEnd, limits: ArchiveLimits): Promise<ZipEntry[]> {
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
    const zip = await fromRandomAccessReaderPromise(new Window(bytes, end.base), end.fileEnd - end.base, {
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
