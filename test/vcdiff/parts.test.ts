import { deflateSync } from 'node:zlib'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AddressCache } from '../../src/vcdiff/address-cache.ts'
import { adler32 } from '../../src/vcdiff/adler32.ts'
import { ByteSink } from '../../src/vcdiff/byte-sink.ts'
import {
  ADD,
  addCode,
  addCopyCode,
  COPY,
  codeTable,
  copyAddCode,
  copyCode,
} from '../../src/vcdiff/code-table.ts'
import { Cursor } from '../../src/vcdiff/cursor.ts'
import { integer } from './hand-made.ts'
import { noise } from './workbench.ts'

describe('integers', () => {
  it('are written as the example of RFC 3284, section 2', () => {
    expect(integer(123_456_789)).toEqual([58 + 128, 111 + 128, 26 + 128, 21])
  })

  it('come back whatever their size, and are refused above their bound', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (value) => {
        const bytes = Buffer.from(integer(value))
        expect(new Cursor(bytes).varint(value)).toBe(value)
        const tooMuch = () => new Cursor(bytes).varint(value - 1)
        expect(tooMuch).toThrow(expect.objectContaining({ code: 'ARCHIVE_CORRUPT' }))
      }),
    )
  })

  it('are refused when they do not end', () => {
    const endless = Buffer.alloc(100, 0x80)
    const read = () => new Cursor(endless).varint(Number.MAX_SAFE_INTEGER)
    expect(read).toThrow(expect.objectContaining({ code: 'ARCHIVE_CORRUPT' }))
  })
})

describe('adler32', () => {
  /** The checksum that zlib puts behind its stream. */
  const ofZlib = (bytes: Uint8Array) =>
    deflateSync(bytes, { level: 0 }).readUInt32BE(deflateSync(bytes, { level: 0 }).length - 4)

  it('is that of zlib at any length and alignment', () => {
    const bytes = noise(30_000, 'adler')
    for (let start = 0; start < 9; start++) {
      for (const length of [0, 1, 3, 4, 63, 64, 65, 127, 5_119, 5_120, 5_121, 20_000]) {
        const part = bytes.subarray(start, start + length)
        expect(adler32(part)).toBe(ofZlib(part))
      }
    }
  })

  it('does not overflow on the largest bytes', () => {
    const bytes = Buffer.alloc(1_000_003, 255)
    expect(adler32(bytes)).toBe(ofZlib(bytes))
  })
})

describe('the code table', () => {
  const { kind1, size1, mode1, kind2, size2, mode2 } = codeTable
  const row = (code: number) => [kind1, size1, mode1, kind2, size2, mode2].map((column) => column[code])

  it('has the landmarks of RFC 3284, section 5.6', () => {
    expect(kind1.length).toBe(256)
    expect(row(0)).toEqual([2, 0, 0, 0, 0, 0])
    expect(row(1)).toEqual([ADD, 0, 0, 0, 0, 0])
    expect(row(18)).toEqual([ADD, 17, 0, 0, 0, 0])
    expect(row(19)).toEqual([COPY, 0, 0, 0, 0, 0])
    expect(row(162)).toEqual([COPY, 18, 8, 0, 0, 0])
    expect(row(163)).toEqual([ADD, 1, 0, COPY, 4, 0])
    expect(row(175)).toEqual([ADD, 1, 0, COPY, 4, 1])
    expect(row(234)).toEqual([ADD, 4, 0, COPY, 6, 5])
    expect(row(235)).toEqual([ADD, 1, 0, COPY, 4, 6])
    expect(row(246)).toEqual([ADD, 4, 0, COPY, 4, 8])
    expect(row(247)).toEqual([COPY, 4, 0, ADD, 1, 0])
    expect(row(255)).toEqual([COPY, 4, 8, ADD, 1, 0])
  })

  it('is what codes are chosen from', () => {
    for (let size = 1; size <= 30; size++) {
      expect(row(addCode(size))).toEqual([ADD, size <= 17 ? size : 0, 0, 0, 0, 0])
      for (let mode = 0; mode < 9; mode++) {
        const inCode = size >= 4 && size <= 18 ? size : 0
        expect(row(copyCode(size, mode))).toEqual([COPY, inCode, mode, 0, 0, 0])
        for (let other = 1; other <= 30; other++) {
          const both = addCopyCode(size, other, mode)
          if (both >= 0) expect(row(both)).toEqual([ADD, size, 0, COPY, other, mode])
          const reverse = copyAddCode(size, mode, other)
          if (reverse >= 0) expect(row(reverse)).toEqual([COPY, size, mode, ADD, other, 0])
        }
      }
    }
  })

  it('is used to the full', () => {
    const codes = new Set<number>()
    for (let mode = 0; mode < 9; mode++) {
      for (let size = 0; size <= 18; size++) {
        codes.add(addCode(size)).add(copyCode(size, mode))
        for (let other = 0; other <= 18; other++) {
          codes.add(addCopyCode(size, other, mode)).add(copyAddCode(size, mode, other))
        }
      }
    }
    // Code 0 is RUN, -1 stands for no code.
    expect([...codes].sort((a, b) => a - b)).toEqual([-1, ...Array.from({ length: 255 }, (_, i) => i + 1)])
  })
})

describe('the address cache', () => {
  it('reads what it wrote', () => {
    const near = fc.integer({ min: 0, max: 300 })
    const far = fc.integer({ min: 0, max: 2 ** 31 })
    fc.assert(
      fc.property(fc.array(fc.oneof(near, far), { maxLength: 300 }), (addresses) => {
        const here = 2 ** 31 + 1
        const section = new ByteSink()
        const modes: number[] = []
        const writer = new AddressCache()
        const written = { mode: 0, value: 0, oneByte: false }
        for (const address of addresses) {
          writer.write(address, here, written)
          modes.push(written.mode)
          if (written.oneByte) section.byte(written.value)
          else section.varint(written.value)
        }
        const cursor = new Cursor(section.view())
        const reader = new AddressCache()
        expect(modes.map((mode) => reader.read(mode, here, cursor))).toEqual(addresses)
        expect(cursor.left).toBe(0)
      }),
    )
  })

  it('writes an address that came before, or lies just behind one, in one byte', () => {
    const cache = new AddressCache()
    const written = { mode: 0, value: 0, oneByte: false }
    cache.write(1_000_000, 2_000_000, written)
    cache.write(1_000_008, 2_000_008, written)
    expect(written).toEqual({ mode: 2, value: 8, oneByte: false })
    for (let i = 0; i < 9; i++) cache.write(500_001 + i * 300, 2_000_100, written)
    cache.write(1_000_000, 2_000_200, written)
    expect(written.oneByte).toBe(true)
    cache.write(1_999_990, 2_000_000, written)
    expect(written).toEqual({ mode: 1, value: 10, oneByte: false })
  })
})
