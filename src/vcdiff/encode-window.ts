import { AddressCache, type WrittenAddress } from './address-cache.ts'
import { ByteSink } from './byte-sink.ts'
import type { Copy } from './copy.ts'
import { InstructionWriter } from './instruction-writer.ts'
import { fromSource } from './window.ts'

/** The least number of equal bytes that are written as a run. */
const leastRun = 32

/** Writes one window: `target` as the copies, in their order, and what is new between them. */
export function encodeWindow(target: Buffer, copies: readonly Copy[]): Buffer[] {
  const [segmentStart, segmentLength] = segmentOf(copies)
  const data = new ByteSink()
  const addresses = new ByteSink()
  const instructions = new InstructionWriter()
  const cache = new AddressCache()
  const written: WrittenAddress = { mode: 0, value: 0, oneByte: false }
  let at = 0
  for (const copy of copies) {
    writeNew(target, at, copy.at, data, instructions)
    cache.write(copy.from - segmentStart, segmentLength + copy.at, written)
    instructions.copy(copy.length, written.mode)
    if (written.oneByte) addresses.byte(written.value)
    else addresses.varint(written.value)
    at = copy.at + copy.length
  }
  writeNew(target, at, target.length, data, instructions)
  return assemble(target, segmentStart, segmentLength, [data, instructions.sink, addresses])
}

/** The part of the base that is copied from; a shorter one makes shorter addresses. */
function segmentOf(copies: readonly Copy[]): [start: number, length: number] {
  if (copies.length === 0) return [0, 0]
  let start = Number.POSITIVE_INFINITY
  let end = 0
  for (const { from, length } of copies) {
    start = Math.min(start, from)
    end = Math.max(end, from + length)
  }
  return [start, end - start]
}

function writeNew(
  target: Buffer,
  start: number,
  end: number,
  data: ByteSink,
  instructions: InstructionWriter,
): void {
  let at = start
  for (let i = start; i < end; ) {
    const length = runLength(target, i, end)
    if (length >= leastRun) {
      if (i > at) add(at, i)
      instructions.run(length)
      data.byte(target[i] ?? 0)
      at = i + length
    }
    i += length
  }
  if (end > at) add(at, end)

  function add(from: number, to: number): void {
    instructions.add(to - from)
    data.bytes(target, from, to)
  }
}

function runLength(bytes: Buffer, start: number, end: number): number {
  let i = start + 1
  while (i < end && bytes[i] === bytes[start]) i++
  return i - start
}

function assemble(
  target: Buffer,
  segmentStart: number,
  segmentLength: number,
  sections: readonly [ByteSink, ByteSink, ByteSink],
): Buffer[] {
  const delta = new ByteSink()
  delta.varint(target.length)
  delta.byte(0)
  for (const section of sections) delta.varint(section.length)
  const start = new ByteSink()
  // No checksum of a window: that is an addition of xdelta3's which plain readers of RFC 3284 cannot read, and the guard
  // judges the result.
  start.byte(segmentLength > 0 ? fromSource : 0)
  if (segmentLength > 0) {
    start.varint(segmentLength)
    start.varint(segmentStart)
  }
  start.varint(sections.reduce((sum, section) => sum + section.length, delta.length))
  return [start.view(), delta.view(), ...sections.map((section) => section.view())]
}
