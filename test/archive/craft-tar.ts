/** A member of a hand-made tar; whatever is given here is written, true or not. */
export interface TarLie {
  readonly name: string
  readonly data?: Buffer | string
  readonly type?: string
  readonly link?: string
  /** Announced size. */
  readonly bytes?: number
  /** `v7` leaves out the magic, as programs before 1988 did. */
  readonly age?: 'ustar' | 'v7'
  /** What the padding is filled with. */
  readonly padding?: number
  readonly damaged?: boolean
}

/** A tar file, block by block, with the end marker unless `end` says otherwise. */
export function craftTar(members: readonly TarLie[], end: Buffer = Buffer.alloc(1024)): Buffer {
  return Buffer.concat([...members.map(block), end])
}

function block(member: TarLie): Buffer {
  const data = Buffer.from(member.data ?? '')
  const head = Buffer.alloc(512)
  head.write(member.name, 0, 100)
  head.write('0000644\0', 100)
  head.write('0000000\0', 108)
  head.write('0000000\0', 116)
  head.write(`${(member.bytes ?? data.length).toString(8).padStart(11, '0')}\0`, 124)
  head.write('00000000000\0', 136)
  head.write('        ', 148)
  head.write(member.type ?? '0', 156)
  head.write(member.link ?? '', 157, 100)
  if (member.age !== 'v7') head.write('ustar\x0000', 257, 'latin1')
  const sum = head.reduce((total, byte) => total + byte, 0) + (member.damaged ? 1 : 0)
  head.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  const padding = Buffer.alloc((512 - (data.length % 512)) % 512, member.padding ?? 0)
  return Buffer.concat([head, data, padding])
}

/** The body of a pax header. */
export function craftPax(records: Readonly<Record<string, string>>): string {
  return Object.entries(records).map(craftRecord).join('')
}

function craftRecord([key, value]: [string, string]): string {
  const rest = ` ${key}=${value}\n`
  let length = Buffer.byteLength(rest)
  while (String(length).length + Buffer.byteLength(rest) !== length) {
    length = String(length).length + Buffer.byteLength(rest)
  }
  return `${length}${rest}`
}
