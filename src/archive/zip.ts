import { crc32 } from 'node:zlib'
import { DefsError } from '../error.ts'
import { inLanes } from '../thread/lanes.ts'
import { assertRatio } from './bomb.ts'
import { type Bytes, withFileBytes } from './bytes.ts'
import { inflate, slices } from './inflate.ts'
import type { Reader, Reading } from './reader.ts'
import { readZipDirectory } from './zip-directory.ts'
import { findZipEnd } from './zip-end.ts'
import { bytesBefore, layOutZip, type ZipPlace } from './zip-layout.ts'

/** Zip files, `.jdb` among them. */
export const zip: Reader = {
  read: (path, reading) => withFileBytes(path, (bytes) => readZip(bytes, reading, 0)),
}

/**
 * Reads a zip file, two members at a time, the largest first.
 * @param stub the most bytes that may precede the archive
 */
export async function readZip(bytes: Bytes, reading: Reading, stub: number): Promise<void> {
  const { limits, signal, announce, visit } = reading
  const end = await findZipEnd(bytes)
  if (end.base > stub) throw bytesBefore(end.base)
  const entries = await readZipDirectory(bytes, end, limits)
  const places = await layOutZip(bytes, entries, end, stub)
  for (const { entry } of places) assertRatio(entry.name, entry.packed, entry.unpacked, limits)
  announce(entries.reduce((sum, entry) => sum + entry.unpacked, 0))
  places.sort((a, b) => b.entry.unpacked - a.entry.unpacked)
  await inLanes(places, signal, async (place, lane) => {
    const { name, type, unpacked, modified } = place.entry
    await visit({ name, type, bytes: unpacked, modified }, contentOf(bytes, place, lane))
  })
}

/** The content of one member; it throws unless size and checksum are those of the directory. */
async function* contentOf(
  bytes: Bytes,
  { entry, from, to }: ZipPlace,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  const stream = entry.deflated ? inflate(bytes, from, to, signal) : undefined
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
