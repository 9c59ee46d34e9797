import { crc32, deflateRawSync } from 'node:zlib'

/** A member of a hand-made zip; whatever is given here is written, true or not. */
export interface Lie {
  readonly name: string
  readonly data?: Buffer | string
  /** Bytes of the name, where they are no UTF-8. */
  readonly rawName?: Buffer
  readonly method?: number
  readonly flags?: number
  readonly crc?: number
  readonly packed?: Buffer
  /** Announced sizes. */
  readonly packedBytes?: number
  readonly unpackedBytes?: number
  readonly mode?: number
  readonly comment?: string
  readonly extra?: Buffer
  readonly descriptor?: Buffer
  /** What the local header says instead. */
  readonly local?: {
    readonly name?: string
    readonly method?: number
    readonly flags?: number
    readonly crc?: number
    readonly packedBytes?: number
  }
  /** Offset written in the directory instead of the real one. */
  readonly offset?: number
  /** Bytes put between this member and the next. */
  readonly after?: Buffer
}

export interface Shape {
  /** What precedes the archive. */
  readonly stub?: Buffer
  /** True when offsets count the stub. */
  readonly corrected?: boolean
  /** Bytes between the last directory line and the end record, counted in the directory's size. */
  readonly inDirectory?: Buffer
  readonly beforeEnd?: Buffer
  readonly comment?: string
  /** What the end record says of the comment's length. */
  readonly commentBytes?: number
  readonly trailing?: Buffer
  readonly entries?: number
  readonly disk?: number
}

/** A zip file, byte by byte. */
export function craftZip(members: readonly Lie[], shape: Shape = {}): Buffer {
  const stub = shape.stub ?? Buffer.alloc(0)
  const base = shape.corrected ? 0 : stub.length
  const parts: Buffer[] = [stub]
  const directory: Buffer[] = []
  let at = stub.length
  for (const member of members) {
    const { local, line } = write(member, at - base)
    parts.push(local)
    directory.push(line)
    at += local.length
  }
  const lines = Buffer.concat([...directory, shape.inDirectory ?? Buffer.alloc(0)])
  const count = shape.entries ?? members.length
  const comment = Buffer.from(shape.comment ?? '')
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(shape.disk ?? 0, 4)
  end.writeUInt16LE(count, 8)
  end.writeUInt16LE(count, 10)
  end.writeUInt32LE(lines.length, 12)
  end.writeUInt32LE(at - base, 16)
  end.writeUInt16LE(shape.commentBytes ?? comment.length, 20)
  return Buffer.concat([
    ...parts,
    lines,
    shape.beforeEnd ?? Buffer.alloc(0),
    end,
    comment,
    shape.trailing ?? Buffer.alloc(0),
  ])
}

function write(member: Lie, offset: number): { local: Buffer; line: Buffer } {
  const data = Buffer.from(member.data ?? '')
  const method = member.method ?? 8
  const packed = member.packed ?? (method === 8 ? deflateRawSync(data) : data)
  const extra = member.extra ?? Buffer.alloc(0)
  const crc = member.crc ?? crc32(data)
  const packedBytes = member.packedBytes ?? packed.length
  const unpackedBytes = member.unpackedBytes ?? data.length
  const flags = member.flags ?? 0x0800
  const name = member.rawName ?? Buffer.from(member.name)
  const localName = member.local?.name === undefined ? name : Buffer.from(member.local.name)

  const head = Buffer.alloc(30)
  head.writeUInt32LE(0x04034b50, 0)
  head.writeUInt16LE(20, 4)
  head.writeUInt16LE(member.local?.flags ?? flags, 6)
  head.writeUInt16LE(member.local?.method ?? method, 8)
  head.writeUInt32LE(member.local?.crc ?? crc, 14)
  head.writeUInt32LE(member.local?.packedBytes ?? packedBytes, 18)
  head.writeUInt32LE(unpackedBytes, 22)
  head.writeUInt16LE(localName.length, 26)
  head.writeUInt16LE(extra.length, 28)

  const comment = Buffer.from(member.comment ?? '')
  const line = Buffer.alloc(46)
  line.writeUInt32LE(0x02014b50, 0)
  line.writeUInt16LE((3 << 8) | 20, 4)
  line.writeUInt16LE(20, 6)
  line.writeUInt16LE(flags, 8)
  line.writeUInt16LE(method, 10)
  line.writeUInt32LE(crc, 16)
  line.writeUInt32LE(packedBytes, 20)
  line.writeUInt32LE(unpackedBytes, 24)
  line.writeUInt16LE(name.length, 28)
  line.writeUInt16LE(extra.length, 30)
  line.writeUInt16LE(comment.length, 32)
  line.writeUInt32LE(((member.mode ?? 0) << 16) >>> 0, 38)
  line.writeUInt32LE(member.offset ?? offset, 42)
  return {
    local: Buffer.concat([
      head,
      localName,
      extra,
      packed,
      member.descriptor ?? Buffer.alloc(0),
      member.after ?? Buffer.alloc(0),
    ]),
    line: Buffer.concat([line, name, extra, comment]),
  }
}

/** An extra field of a header. */
export function craftExtra(id: number, data: Buffer): Buffer {
  const head = Buffer.alloc(4)
  head.writeUInt16LE(id, 0)
  head.writeUInt16LE(data.length, 2)
  return Buffer.concat([head, data])
}
