/** What the records of a zip say of a member: local header, directory entry and end, without zip64. */
export interface WrittenMember {
  readonly name: Buffer
  readonly method: 0 | 8
  readonly crc: number
  readonly packed: number
  /** Unpacked. */
  readonly bytes: number
  /** Where its local header begins. */
  readonly offset: number
}

// 1 January 1980, midnight: the zero of zip. The same files make the same archive, whenever and wherever.
const dosTime = 0
const dosDate = 0x21
/** Names are UTF-8. */
const utf8Flag = 0x0800

/** A local header without the name. Bytes. */
export const headerBytes = 30

export function headerOf({ name, method, crc, packed, bytes }: WrittenMember): Buffer {
  const header = Buffer.alloc(headerBytes)
  header.writeUInt32LE(0x04034b50, 0)
  writeCommon(header, 4, { name, method, crc, packed, bytes })
  return Buffer.concat([header, name])
}

export function entryOf(written: WrittenMember): Buffer {
  const entry = Buffer.alloc(46)
  entry.writeUInt32LE(0x02014b50, 0)
  entry.writeUInt16LE(20, 4)
  writeCommon(entry, 6, written)
  entry.writeUInt32LE(written.offset, 42)
  return Buffer.concat([entry, written.name])
}

function writeCommon(
  into: Buffer,
  at: number,
  { name, method, crc, packed, bytes }: Omit<WrittenMember, 'offset'>,
): void {
  const ascii = name.every((byte) => byte < 0x80)
  into.writeUInt16LE(20, at)
  into.writeUInt16LE(ascii ? 0 : utf8Flag, at + 2)
  into.writeUInt16LE(method, at + 4)
  into.writeUInt16LE(dosTime, at + 6)
  into.writeUInt16LE(dosDate, at + 8)
  into.writeUInt32LE(crc, at + 10)
  into.writeUInt32LE(packed, at + 14)
  into.writeUInt32LE(bytes, at + 18)
  into.writeUInt16LE(name.length, at + 22)
}

export function endOf(members: number, size: number, offset: number): Buffer {
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(members, 8)
  end.writeUInt16LE(members, 10)
  end.writeUInt32LE(size, 12)
  end.writeUInt32LE(offset, 16)
  return end
}
