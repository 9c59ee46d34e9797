import { writeVarint } from '../../src/vcdiff/byte-sink.ts'

/** An integer as RFC 3284 writes it. */
export function integer(value: number): number[] {
  const bytes = Buffer.alloc(10)
  return [...bytes.subarray(0, writeVarint(bytes, 0, value))]
}

/** The header without anything optional. */
export const header = [0xd6, 0xc3, 0xc4, 0x00, 0x00]

/** What a window is made of; whatever is left out is what would be right. */
export interface HandMade {
  readonly flags?: number
  readonly segment?: readonly [length: number, start: number]
  readonly deltaLength?: number
  readonly targetLength: number
  readonly deltaIndicator?: number
  readonly adler32?: number
  readonly data?: readonly number[]
  readonly instructions?: readonly number[]
  readonly addresses?: readonly number[]
  /** Bytes inside the delta that belong to no section. */
  readonly rest?: readonly number[]
}

/** One window, byte by byte, right or wrong. */
function handMadeWindow(made: HandMade): number[] {
  const { data = [], instructions = [], addresses = [], adler32, segment, rest = [] } = made
  const checksum = Buffer.alloc(adler32 === undefined ? 0 : 4)
  if (adler32 !== undefined) checksum.writeUInt32BE(adler32)
  const delta = [
    ...integer(made.targetLength),
    made.deltaIndicator ?? 0,
    ...integer(data.length),
    ...integer(instructions.length),
    ...integer(addresses.length),
    ...checksum,
    ...data,
    ...instructions,
    ...addresses,
    ...rest,
  ]
  const flags = made.flags ?? (segment === undefined ? 0 : 1) | (adler32 === undefined ? 0 : 4)
  const place = segment === undefined ? [] : segment.flatMap((value) => integer(value))
  return [flags, ...place, ...integer(made.deltaLength ?? delta.length), ...delta]
}

/** A whole patch of such windows. */
export function handMadePatch(...windows: readonly HandMade[]): Buffer {
  return Buffer.from([...header, ...windows.flatMap(handMadeWindow)])
}
