import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inflateRawSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { withZip } from '../../../src/archive/zip.ts'
import { digestFile } from '../../../src/digest.ts'
import { limits } from '../../../src/limits.ts'
import { leastBlockBytes, mostBlockBytes } from '../../../src/publish/pack/cut.ts'
import { blocksOf, type KnownBlocks } from '../../../src/publish/pack/deflate.ts'
import { keepBlocks, openBlocks, readBlocks } from '../../../src/publish/pack/packed-blocks.ts'
import type { PublishedPackage } from '../../../src/publish/pack/published-package.ts'
import { writeZip } from '../../../src/publish/pack/zip-writer.ts'
import { parseSetName } from '../../../src/set-name.ts'
import { noise } from '../../support/noise.ts'

let directory: string
let paths: { readonly blocks: string }
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'defs-blocks-'))
  paths = { blocks: join(directory, 'blocks.json') }
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

const none: KnownBlocks = { find: () => undefined, close: () => undefined }
/** Text that neither packs to nothing nor repeats. */
const text = Buffer.from(noise(600_000).toString('hex'))
/** The next day: a little is new in the middle, and moves what follows. */
const changed = Buffer.concat([
  text.subarray(0, 500_000),
  Buffer.from('new\n'.repeat(50)),
  text.subarray(500_000),
])

async function pack(name: string, content: Uint8Array, known = none) {
  const path = join(directory, name)
  const packed = await writeZip(path, [{ name: 'A.DAT', content }], { known })
  return { path, packed, bytes: readFileSync(path) }
}

/** The first day, packed and remembered. */
async function published(): Promise<PublishedPackage> {
  const { path, packed } = await pack('first.zip', text)
  const sha256 = (await digestFile(path, ['sha256'])).hashing.finish('sha256') ?? ''
  await keepBlocks(sha256, new Map([...packed].map(([name, { blocks }]) => [name, blocks])), paths)
  return withZip(path, limits, async ({ places }) => ({
    set: parseSetName('20261120.001'),
    path,
    sha256,
    guard: Buffer.of(),
    members: new Map(places.map((place) => [place.entry.name, { place, sha256: null }])),
  }))
}

async function cut(content: Uint8Array): Promise<Buffer[]> {
  const blocks: Buffer[] = []
  for await (const { bytes } of blocksOf(content)) blocks.push(bytes)
  return blocks
}

describe('how a content is cut', () => {
  it('is told by its own bytes: what is the same on another day is cut at the same places, though it moved', async () => {
    const [before, after] = [await cut(text), await cut(changed)]
    for (const blocks of [before, after])
      for (const { length } of blocks.slice(0, -1)) {
        expect(length).toBeGreaterThanOrEqual(leastBlockBytes)
        expect(length).toBeLessThanOrEqual(mostBlockBytes)
      }
    expect(Buffer.concat(after).equals(changed)).toBe(true)
    const known = new Set(before.map((block) => block.toString()))
    expect(after.filter((block) => !known.has(block.toString())).length).toBeLessThanOrEqual(3)
  })

  it('does not depend on whether the bytes come from a disk', async () => {
    const path = join(directory, 'large')
    const large = Buffer.concat([text, changed, text])
    writeFileSync(path, large)
    const lengths: number[] = []
    for await (const { bytes } of blocksOf({ path, bytes: large.length })) lengths.push(bytes.length)
    expect(lengths).toEqual((await cut(large)).map(({ length }) => length))
  })

  it.each([0, 1, leastBlockBytes, mostBlockBytes, 1 << 20, (1 << 20) + 1])(
    'has its end at %i bytes',
    async (length) => {
      const path = join(directory, 'even')
      writeFileSync(path, Buffer.alloc(length))
      const blocks = []
      for await (const block of blocksOf({ path, bytes: length })) blocks.push(block)
      expect(blocks.map(({ last }) => last)).toEqual(blocks.map((_, index) => index === blocks.length - 1))
      expect(blocks.reduce((sum, { bytes }) => sum + bytes.length, 0)).toBe(length)
    },
  )
})

describe('blocks of the package before', () => {
  it('are taken over, and the package is as if all had been packed anew', async () => {
    const older = await published()
    const known = openBlocks(older, await readBlocks(older, paths))
    let found = 0
    let asked = 0
    const find = (key: string) => {
      const bytes = known.find(key)
      asked += 1
      if (bytes) found += 1
      return bytes
    }
    const { bytes } = await pack('taken.zip', changed, { ...known, find })
    known.close()
    expect(asked - found).toBeLessThanOrEqual(5)
    expect(found).toBeGreaterThan(30)
    expect(bytes.equals((await pack('anew.zip', changed)).bytes)).toBe(true)
  })

  it('are where they are said to be', async () => {
    const older = await published()
    const blocks = await readBlocks(older, paths)
    const known = openBlocks(older, blocks)
    const all = (blocks.get('A.DAT') ?? []).map(({ key }) => known.find(key) ?? Buffer.of())
    known.close()
    expect(inflateRawSync(Buffer.concat(all)).equals(text)).toBe(true)
  })

  it.each([
    [
      'a digit of a key',
      (record: string) => record.replace(/("keys":")(.)/, (_, head, one) => head + (one === 'A' ? 'B' : 'A')),
    ],
    ['a length', (record: string) => record.replace(/("packed":\[)\d/, '$10')],
    ['its end', (record: string) => record.slice(0, -20)],
    ['all of it', () => ''],
  ])('are deflated again when %s of what is remembered is damaged', async (_, damage) => {
    const older = await published()
    expect((await readBlocks(older, paths)).get('A.DAT')?.length).toBeGreaterThan(30)
    const whole = readFileSync(paths.blocks, 'utf8')
    const bad = damage(whole)
    expect(bad).not.toBe(whole)
    writeFileSync(paths.blocks, bad)
    expect(await readBlocks(older, paths)).toEqual(new Map())
  })

  it('are asked of a package that is there: one that went is the fault of the store', async () => {
    const older = await published()
    rmSync(older.path)
    expect(() => openBlocks(older, new Map())).toThrow(expect.objectContaining({ code: 'STORE_IO' }))
  })

  it('are those of this package and of no other', async () => {
    const older = await published()
    expect(await readBlocks({ ...older, sha256: '00'.repeat(32) }, paths)).toEqual(new Map())
  })
})
