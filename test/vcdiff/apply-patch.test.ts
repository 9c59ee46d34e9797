import { symlinkSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { ErrorCode } from '../../src/error.ts'
import { adler32 } from '../../src/vcdiff/adler32.ts'
import { applyPatch } from '../../src/vcdiff/apply-patch.ts'
import { cases } from './cases.ts'
import { type HandMade, handMadePatch, header, integer } from './hand-made.ts'
import { noise, Workbench, xdelta3IsInstalled } from './workbench.ts'

const bench = new Workbench()
afterAll(() => bench.close())

const base = Buffer.from('abcdefghijklmnop')
const text = (made: Buffer) => made.toString('latin1')

// Codes of the default table that the patches below are made of; size 0 means that a size follows.
const RUN = 0
const ADD = 1
const add = (size: number) => 1 + size
const copy = (size: number, mode = 0) => 19 + 16 * mode + size - 3
const copyOf = (mode = 0) => 19 + 16 * mode
const bytes = (of: string) => [...Buffer.from(of, 'latin1')]

async function expectRefusal(patch: Uint8Array, code: ErrorCode): Promise<void> {
  const facts = { path: bench.patch }
  await expect(bench.apply(base, patch)).rejects.toMatchObject({ name: 'DefsError', code, facts })
  expect(bench.outputExists).toBe(false)
}

describe('applyPatch', () => {
  it('adds, runs and copies from base and target', async () => {
    const patch = handMadePatch({
      targetLength: 4 + 5 + 6 + 8,
      segment: [8, 4],
      data: [...bytes('wxyz'), ...bytes('-')],
      // The second copy starts at what it writes: "z-" again and again would need bytes not yet there.
      instructions: [add(4), RUN, 5, copy(6), copyOf(), 8],
      addresses: [2, 8 + 4 + 5 + 4],
    })
    expect(text(await bench.apply(base, patch))).toBe('wxyz-----ghijklklklklkl')
  })

  it('knows all nine ways to write an address', async () => {
    const long = noise(1_000, 'long')
    const here = long.length + 8
    const copies: readonly [mode: number, value: number, address: number][] = [
      [0, 300, 300],
      [0, 600, 600],
      [1, here - 3, 3],
      [2, 7, 307], // the near slots hold 300, 600, 3 and nothing yet
      [3, 1, 601], // 307 took the last of them, so this takes the place of 300
      [4, 9, 12],
      [5, 2, 309],
      [6, 3, 3], // the same slots keep by the remainder of 768
      [7, 44, 300],
      [8, 88, 600],
    ]
    const patch = handMadePatch({
      targetLength: 4 * copies.length,
      segment: [long.length, 0],
      instructions: copies.map(([mode]) => copy(4, mode)),
      addresses: copies.flatMap(([mode, value]) => (mode < 6 ? integer(value) : [value])),
    })
    const expected = Buffer.concat(copies.map(([, , address]) => long.subarray(address, address + 4)))
    expect((await bench.apply(long, patch)).equals(expected)).toBe(true)
  })

  it('copies across the border of base and target', async () => {
    const patch = handMadePatch({
      targetLength: 10,
      segment: [4, 12],
      data: bytes('12'),
      instructions: [add(2), copy(8)],
      addresses: [1],
    })
    expect(text(await bench.apply(base, patch))).toBe('12nop12nop'.slice(0, 10))
  })

  it('copies from what earlier windows made', async () => {
    const first: HandMade = { targetLength: 6, data: bytes('UVWXYZ'), instructions: [add(6)] }
    const second: HandMade = {
      flags: 2,
      targetLength: 8,
      segment: [4, 1],
      data: bytes('!'),
      instructions: [copy(4), add(1), RUN, 3],
      addresses: [0],
    }
    const third: HandMade = {
      ...second,
      segment: [12, 2],
      targetLength: 4,
      data: [],
      instructions: [copy(4)],
      addresses: [7],
    }
    const patch = handMadePatch(first, { ...second, data: bytes('!?') }, third)
    expect(text(await bench.apply(base, patch))).toBe('UVWXYZVWXY!???Y!??')
  })

  it('takes a base that is open already, and leaves it open', async () => {
    const patch = await bench.make(base, Buffer.from('abcdefgh'))
    writeFileSync(bench.base, base)
    const file = await open(bench.base, 'r')
    try {
      expect(text(await bench.apply(base, patch, { base: file }))).toBe('abcdefgh')
      expect((await file.stat()).size).toBe(base.length)
    } finally {
      await file.close()
    }
  })

  it('finds its way in a base of many pages', async () => {
    const large = noise(5_000_000, 'large')
    const places = Array.from({ length: 3_000 }, (_, i) => (i * 1_234_577) % 4_999_900)
    const patch = handMadePatch({
      targetLength: places.length * 40,
      segment: [large.length, 0],
      instructions: places.flatMap(() => [copyOf(), 40]),
      addresses: places.flatMap(integer),
    })
    const expected = Buffer.concat(places.map((place) => large.subarray(place, place + 40)))
    expect((await bench.apply(large, patch)).equals(expected)).toBe(true)
  })
})

describe.skipIf(!xdelta3IsInstalled)('patches of xdelta3', () => {
  it.each(cases)('$name', async ({ base: from, target }) => {
    const patch = bench.xdelta3Encode(from, target, '-S', 'none')
    expect((await bench.apply(from, patch)).equals(target)).toBe(true)
  })

  it('with names of its own, without checksums, in small windows', async () => {
    const from = noise(200_000, 'from')
    const target = Buffer.concat([from.subarray(100_000), noise(9_999, 'x'), from.subarray(0, 100_000)])
    for (const flags of [['-A'], ['-A=any text at all'], ['-n'], ['-W', '16384']]) {
      const patch = bench.xdelta3Encode(from, target, '-S', 'none', ...flags)
      expect((await bench.apply(from, patch)).equals(target)).toBe(true)
    }
  })

  it('that name a compressor and do without, or use it and are refused', async () => {
    const small = bench.xdelta3Encode(base, Buffer.from('abcdefgh-ijklmnop'))
    expect(text(await bench.apply(base, small))).toBe('abcdefgh-ijklmnop')
    const words = Buffer.from(Array.from({ length: 9_000 }, (_, i) => `word ${i % 700} `).join(''))
    for (const compressor of ['lzma', 'djw', 'fgk']) {
      const patch = bench.xdelta3Encode(base, words, '-S', compressor)
      await expectRefusal(patch, 'ARCHIVE_UNSUPPORTED')
    }
  })
})

describe('a patch is refused', () => {
  const good: HandMade = {
    targetLength: 8,
    segment: [16, 0],
    data: bytes('123'),
    instructions: [add(3), copy(5)],
    addresses: [2],
  }
  const wrong: readonly [string, ErrorCode, Buffer][] = [
    ['that is empty', 'ARCHIVE_TRUNCATED', Buffer.alloc(0)],
    ['that is a header only', 'ARCHIVE_TRUNCATED', Buffer.from(header)],
    ['that is something else', 'ARCHIVE_CORRUPT', Buffer.from('<html>no patch here</html>')],
    ['of another version', 'ARCHIVE_CORRUPT', Buffer.from([0xd6, 0xc3, 0xc4, 0x53, 0, 0])],
    ['with a code table of its own', 'ARCHIVE_UNSUPPORTED', Buffer.from([0xd6, 0xc3, 0xc4, 0, 2, 0])],
    ['with unknown flags', 'ARCHIVE_CORRUPT', Buffer.from([0xd6, 0xc3, 0xc4, 0, 8, 0])],
    [
      'with too long an application header',
      'ARCHIVE_CORRUPT',
      Buffer.from([0xd6, 0xc3, 0xc4, 0, 4, 0x87, 0xff, 0xff, 0x7f]),
    ],
    [
      'with garbage behind it',
      'ARCHIVE_CORRUPT',
      Buffer.concat([handMadePatch(good), Buffer.from('garbage')]),
    ],
    ['with zeros behind it', 'ARCHIVE_CORRUPT', Buffer.concat([handMadePatch(good), Buffer.alloc(8)])],
    ['with a window of base and target at once', 'ARCHIVE_CORRUPT', handMadePatch({ ...good, flags: 3 })],
    ['with unknown window flags', 'ARCHIVE_CORRUPT', handMadePatch({ ...good, flags: 9 })],
    ['with compressed sections', 'ARCHIVE_UNSUPPORTED', handMadePatch({ ...good, deltaIndicator: 1 })],
    ['whose segment leaves the base', 'ARCHIVE_CORRUPT', handMadePatch({ ...good, segment: [16, 1] })],
    [
      'whose segment starts far away',
      'ARCHIVE_CORRUPT',
      handMadePatch({ ...good, segment: [1, Number.MAX_SAFE_INTEGER] }),
    ],
    ['whose segment is of what was never made', 'ARCHIVE_CORRUPT', handMadePatch({ ...good, flags: 2 })],
    ['that says a window is larger', 'ARCHIVE_CORRUPT', handMadePatch({ ...good, targetLength: 9 })],
    ['that says a window is smaller', 'ARCHIVE_CORRUPT', handMadePatch({ ...good, targetLength: 7 })],
    ['whose window is too large', 'ARCHIVE_CORRUPT', handMadePatch({ ...good, targetLength: 2 ** 27 })],
    ['whose delta is too large', 'ARCHIVE_CORRUPT', handMadePatch({ ...good, deltaLength: 2 ** 31 })],
    ['whose delta is cut', 'ARCHIVE_TRUNCATED', handMadePatch({ ...good, deltaLength: 100 })],
    ['whose delta is too short', 'ARCHIVE_CORRUPT', handMadePatch({ ...good, deltaLength: 10 })],
    ['with bytes between its sections', 'ARCHIVE_CORRUPT', handMadePatch({ ...good, rest: [0] })],
    ['with data left over', 'ARCHIVE_CORRUPT', handMadePatch({ ...good, data: bytes('1234') })],
    ['with too little data', 'ARCHIVE_CORRUPT', handMadePatch({ ...good, data: bytes('12') })],
    ['with addresses left over', 'ARCHIVE_CORRUPT', handMadePatch({ ...good, addresses: [2, 3] })],
    ['without an address', 'ARCHIVE_CORRUPT', handMadePatch({ ...good, addresses: [] })],
    ['that copies from what comes later', 'ARCHIVE_CORRUPT', handMadePatch({ ...good, addresses: [19] })],
    [
      'that copies from before the start',
      'ARCHIVE_CORRUPT',
      handMadePatch({ ...good, instructions: [add(3), copy(5, 1)], addresses: [20] }),
    ],
    [
      'that runs without a byte',
      'ARCHIVE_CORRUPT',
      handMadePatch({ ...good, instructions: [add(3), RUN, 5], addresses: [] }),
    ],
    [
      'that adds more than fits',
      'ARCHIVE_CORRUPT',
      handMadePatch({ ...good, instructions: [ADD, 0x8f, 0xff, 0xff, 0xff, 0x7f] }),
    ],
    [
      'whose size does not end',
      'ARCHIVE_CORRUPT',
      handMadePatch({ ...good, instructions: [ADD, ...Array<number>(30).fill(0x80)] }),
    ],
    [
      'with windows without end',
      'ARCHIVE_TOO_MANY',
      handMadePatch(...Array<HandMade>(70_000).fill({ targetLength: 0 })),
    ],
  ]

  it('unless it is right', async () => {
    expect(text(await bench.apply(base, handMadePatch(good)))).toBe('123cdefg')
    const sum = adler32(Buffer.from('123cdefg'))
    expect(text(await bench.apply(base, handMadePatch({ ...good, adler32: sum })))).toBe('123cdefg')
    await expectRefusal(handMadePatch({ ...good, adler32: sum ^ 1 }), 'ARCHIVE_CORRUPT')
  })

  it.each(wrong)('%s: %s', async (_, code, patch) => {
    await expectRefusal(patch, code)
  })

  it('that makes more than is allowed, before it is made', async () => {
    const bomb: HandMade = {
      targetLength: 60_000_000,
      data: [0],
      instructions: [RUN, ...integer(60_000_000)],
    }
    const patch = handMadePatch(bomb, bomb, bomb)
    const applied = bench.apply(base, patch, { maxBytes: 120_000_000 })
    await expect(applied).rejects.toMatchObject({ name: 'DefsError', code: 'ARCHIVE_BOMB_TOTAL' })
    expect(bench.outputExists).toBe(false)
    const exact = await bench.apply(base, handMadePatch(good), { maxBytes: 8 })
    expect(exact.length).toBe(8)
  })

  it('that would have the base read over and over', async () => {
    // More pages than are kept, each byte from another one.
    const large = 70 * 1024 * 1024
    const pages = Math.floor(large / 65_536)
    const places = Array.from({ length: 6 * pages }, (_, i) => (i % pages) * 65_536)
    const instructions = places.flatMap(() => [copyOf(), 1])
    const addresses = places.flatMap(integer)
    const patch = handMadePatch({ targetLength: places.length, segment: [large, 0], instructions, addresses })
    const applied = bench.apply(Buffer.alloc(large), patch)
    await expect(applied).rejects.toMatchObject({ name: 'DefsError', code: 'ARCHIVE_BOMB_TOTAL' })
  })

  it('at whatever byte it is cut, or the cut shows in the length', async () => {
    const target = Buffer.concat([base, Buffer.from('-'.repeat(50)), base.subarray(3), Buffer.from('new')])
    const patch = await bench.make(base, target)
    for (let length = 0; length < patch.length; length++) {
      const applied = bench.apply(base, patch.subarray(0, length))
      await expect(applied).rejects.toMatchObject({ name: 'DefsError', code: 'ARCHIVE_TRUNCATED' })
    }
  })

  it('when something is in the way', async () => {
    const patch = await bench.make(base, Buffer.from('abc'))
    const link = join(bench.folder, 'link')
    writeFileSync(bench.patch, patch)
    symlinkSync(join(bench.folder, 'elsewhere'), link)
    const options = {
      base: bench.base,
      patch: bench.patch,
      maxBytes: 9,
      algorithms: [],
      signal: bench.signal,
    }
    for (const output of [link, bench.target]) {
      const applied = applyPatch({ ...options, output })
      await expect(applied).rejects.toMatchObject({ name: 'DefsError', code: 'STORE_IO' })
    }
  })

  it('when interrupted', async () => {
    const patch = await bench.make(base, Buffer.from('abc'))
    const applied = bench.apply(base, patch, { signal: AbortSignal.abort() })
    await expect(applied).rejects.toMatchObject({ name: 'DefsError', code: 'INTERRUPTED' })
    expect(bench.outputExists).toBe(false)
  })
})

it('against another base makes something else: the guard of the set judges, since plain RFC 3284 has no checksum', async () => {
  const from = noise(5_000, 'from')
  const target = Buffer.concat([from, base])
  const patch = await bench.make(from, target)
  expect(Buffer.compare(await bench.apply(noise(5_000, 'other'), patch), target)).not.toBe(0)
  expect(Buffer.compare(await bench.apply(from, patch), target)).toBe(0)
})
