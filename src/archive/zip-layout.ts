import { DefsError } from '../error.ts'
import type { Bytes } from './bytes.ts'
import type { ZipEnd } from './zip-end.ts'
import { extraFields, namedAlike, type ZipEntry } from './zip-entry.ts'

/** An entry, and where its packed data lies in the file. */
export interface ZipPlace {
  readonly entry: ZipEntry
  readonly from: number
  readonly to: number
}

const localSignature = 0x04034b50
const localBytes = 30
const descriptorSignature = 0x08074b50
// Bit 3: sizes and checksum follow the data, because the writer could not seek back.
const descriptorFlag = 0x0008
// Bits 1 and 2 tell how hard the packer tried; writers disagree with themselves there.
const comparedFlags = 0xffff & ~0x0006
const zip64Field = 0x0001

/**
 * Accounts for every byte from the end of the stub up to the directory: header, data and descriptor of one
 * member follow those of another without gap or overlap, and each header agrees with the directory. A zip is
 * read by its directory; without this, whoever reads it by its headers could find other files in it.
 *
 * @param stub the most bytes that may precede the first header; 0 when the file must begin with it
 * @throws ARCHIVE_HIDDEN, ARCHIVE_OVERLAP, ARCHIVE_CORRUPT, ARCHIVE_TRUNCATED
 */
export async function layOutZip(
  bytes: Bytes,
  entries: readonly ZipEntry[],
  end: ZipEnd,
  stub: number,
): Promise<ZipPlace[]> {
  const sorted = entries.toSorted((a, b) => a.offset - b.offset)
  const first = sorted[0] ? end.base + sorted[0].offset : end.directoryStart
  // Offsets that do not count the stub begin with 0.
  if (first > stub || (end.base > 0 && first !== end.base)) throw bytesBefore(first)
  const places: ZipPlace[] = []
  for (const [index, entry] of sorted.entries()) {
    const next = sorted[index + 1]
    const limit = next ? end.base + next.offset : end.directoryStart
    places.push(await placeOf(bytes, entry, end.base + entry.offset, limit))
  }
  return places
}

async function placeOf(bytes: Bytes, entry: ZipEntry, start: number, limit: number): Promise<ZipPlace> {
  const header = await bytes.read(start, localBytes)
  if (header.readUInt32LE(0) !== localSignature) throw disagrees(entry)
  const nameBytes = header.readUInt16LE(26)
  const rest = await bytes.read(start + localBytes, nameBytes + header.readUInt16LE(28))
  if (!agrees(entry, header, rest.subarray(0, nameBytes), rest.subarray(nameBytes))) throw disagrees(entry)
  const from = start + localBytes + rest.length
  const to = from + entry.packed
  if (to > limit) throw overlap(entry)
  const gap = await bytes.read(to, Math.min(limit - to, 24 + 1))
  const described = (entry.flags & descriptorFlag) !== 0
  if (described ? !isDescriptor(entry, gap) : gap.length > 0) {
    throw new DefsError(
      'ARCHIVE_HIDDEN',
      `bytes after member ${JSON.stringify(entry.name)} belong to nothing: the package is refused`,
    )
  }
  return { entry, from, to }
}

function agrees(entry: ZipEntry, header: Buffer, rawName: Buffer, rawExtra: Buffer): boolean {
  const fields = extraFields(rawExtra)
  const sameKind =
    ((header.readUInt16LE(6) ^ entry.flags) & comparedFlags) === 0 &&
    header.readUInt16LE(8) === (entry.deflated ? 8 : 0)
  if (!sameKind || !namedAlike(entry, rawName, fields)) return false
  const zip64 = fields.find((field) => field.id === zip64Field)?.data
  const sizes = localSizes(header, zip64)
  if (!sizes) return false
  const told = [header.readUInt32LE(14), sizes.packed, sizes.unpacked]
  const wanted = [entry.crc32, entry.packed, entry.unpacked]
  const later = (entry.flags & descriptorFlag) !== 0
  return wanted.every((value, index) => told[index] === value || (later && told[index] === 0))
}

// Without a zip64 field the largest value stands for itself, as some writers put it before a descriptor.
function localSizes(
  header: Buffer,
  zip64: Buffer | undefined,
): { packed: number; unpacked: number } | undefined {
  let at = 0
  const size = (short: number): number | undefined => {
    if (short !== 0xffffffff) return short
    if (!zip64 || at + 8 > zip64.length) return undefined
    at += 8
    return Number(zip64.readBigUInt64LE(at - 8))
  }
  const unpacked = size(header.readUInt32LE(22))
  const packed = size(header.readUInt32LE(18))
  return unpacked === undefined || packed === undefined ? undefined : { packed, unpacked }
}

// With or without a signature, with sizes of four or eight bytes: only the length of the gap tells.
function isDescriptor(entry: ZipEntry, gap: Buffer): boolean {
  const signed = gap.length === 16 || gap.length === 24
  if (!signed && gap.length !== 12 && gap.length !== 20) return false
  if (signed && gap.readUInt32LE(0) !== descriptorSignature) return false
  const body = gap.subarray(signed ? 4 : 0)
  const long = body.length === 20
  const packed = long ? Number(body.readBigUInt64LE(4)) : body.readUInt32LE(4)
  const unpacked = long ? Number(body.readBigUInt64LE(12)) : body.readUInt32LE(8)
  return body.readUInt32LE(0) === entry.crc32 && packed === entry.packed && unpacked === entry.unpacked
}

/** The error for bytes that precede an archive and are no stub. */
export function bytesBefore(count: number): DefsError {
  return new DefsError(
    'ARCHIVE_HIDDEN',
    `${count} bytes before the archive belong to nothing: the package is refused`,
  )
}

function overlap(entry: ZipEntry): DefsError {
  return new DefsError(
    'ARCHIVE_OVERLAP',
    `member ${JSON.stringify(entry.name)} shares bytes with another: the package is refused`,
  )
}

function disagrees(entry: ZipEntry): DefsError {
  return new DefsError(
    'ARCHIVE_CORRUPT',
    `header and directory disagree about member ${JSON.stringify(entry.name)}: the package is refused`,
  )
}
