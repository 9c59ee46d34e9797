import { noise } from './workbench.ts'

/** From what, to what; each shows another shape of change. */
export interface Case {
  readonly name: string
  readonly base: Buffer
  readonly target: Buffer
  /** What the patch must stay below. Bytes. */
  readonly most: number
}

const old = noise(300_000, 'old')
const fresh = noise(5_000, 'fresh')
const empty = Buffer.alloc(0)
const zeros = Buffer.alloc(3_000_000)
const MiB = 1024 * 1024

/** Records of 8 bytes, an absolute offset and a number: one insertion moves every later offset. */
function offsets(count: number, movedFrom: number, by: number): Buffer {
  const table = Buffer.alloc(count * 8)
  for (let i = 0; i < count; i++) {
    table.writeUInt32LE(i * 331 + (i >= movedFrom ? by : 0), i * 8)
    table.writeUInt32LE(i, i * 8 + 4)
  }
  return table
}

function shuffled(bytes: Buffer, piece: number): Buffer {
  const pieces: Buffer[] = []
  for (let at = 0; at < bytes.length; at += piece) pieces.push(bytes.subarray(at, at + piece))
  return Buffer.concat(pieces.reverse())
}

const large = noise(20 * MiB, 'large')

export const cases: readonly Case[] = [
  { name: 'nothing to nothing', base: empty, target: empty, most: 20 },
  { name: 'nothing to something', base: empty, target: old, most: old.length + 50 },
  { name: 'something to nothing', base: old, target: empty, most: 20 },
  { name: 'one byte to another', base: Buffer.from('a'), target: Buffer.from('b'), most: 30 },
  { name: 'the same', base: old, target: old, most: 40 },
  { name: 'appended', base: old, target: Buffer.concat([old, fresh]), most: fresh.length + 60 },
  { name: 'prepended', base: old, target: Buffer.concat([fresh, old]), most: fresh.length + 60 },
  {
    name: 'inserted',
    base: old,
    target: Buffer.concat([old.subarray(0, 77_777), fresh, old.subarray(77_777)]),
    most: fresh.length + 60,
  },
  {
    name: 'removed',
    base: old,
    target: Buffer.concat([old.subarray(0, 77_777), old.subarray(99_999)]),
    most: 60,
  },
  {
    name: 'replaced in place',
    base: old,
    target: Buffer.concat([old.subarray(0, 77_777), fresh, old.subarray(77_777 + fresh.length)]),
    most: fresh.length + 60,
  },
  { name: 'nothing in common', base: old, target: noise(200_000, 'else'), most: 200_100 },
  { name: 'pieces in another order', base: old, target: shuffled(old, 4_000), most: 1_000 },
  { name: 'one byte over and over', base: old, target: zeros, most: 50 },
  { name: 'runs among noise', base: empty, target: Buffer.concat([fresh, zeros, fresh]), most: 10_100 },
  { name: 'runs on both sides', base: zeros, target: Buffer.concat([zeros, fresh, zeros]), most: 5_200 },
  { name: 'a longer run', base: zeros.subarray(0, 100), target: zeros, most: 200_000 },
  {
    name: 'a moved table',
    base: offsets(50_000, 50_000, 0),
    target: offsets(50_000, 9, 4242),
    most: 210_000,
  },
  {
    name: 'several windows',
    base: large,
    target: Buffer.concat([fresh, large, fresh.subarray(7)]),
    most: 2 * fresh.length + 500,
  },
  {
    name: 'windows that are all full',
    base: large,
    target: large.subarray(0, 16 * MiB),
    most: 250,
  },
]
