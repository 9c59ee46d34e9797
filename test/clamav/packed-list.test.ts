import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { DatabaseMember } from '../../src/clamav/database.ts'
import { readDatabaseHeader } from '../../src/clamav/header.ts'
import { openDatabase } from '../../src/clamav/open-database.ts'
import { contentOfPacked, isPacked, listIn, packList, readPackedList } from '../../src/clamav/packed-list.ts'
import { limits } from '../../src/limits.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'defs-packed-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const signal = new AbortController().signal
const options = { limits: { entries: 10, unpacked: 1e9, ratio: 200 }, signal }

function put(name: string, text: string) {
  const bytes = Buffer.from(text)
  writeFileSync(join(folder, name), bytes)
  return { name, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') }
}

async function packed(list: DatabaseMember) {
  const made = await packList(folder, list, options)
  if (made === null) throw new Error('the list was not packed')
  return made
}

async function contentsOf(path: string): Promise<string> {
  const pieces: Buffer[] = []
  for await (const piece of contentOfPacked(path, await readPackedList(path), signal))
    pieces.push(Buffer.from(piece))
  return Buffer.concat(pieces).toString()
}

describe('a list in a container', () => {
  it('is a hash list from some size on', () => {
    const bytes = limits.packedList
    for (const name of ['a.hdb', 'a.HSB', 'my-list_1.mdb', 'a.b.msb'])
      expect([name, isPacked({ name, bytes }, '/srv', 1e9)]).toEqual([name, true])
    for (const name of [
      'a.ndb',
      'a.yar',
      'a.ign2',
      'a.fp',
      'a.hsb.cud',
      'phish_daily.hsb',
      'ä.hsb',
      'a b.hsb',
      `${'a'.repeat(90)}.hsb`,
    ])
      expect([name, isPacked({ name, bytes }, '/srv', 1e9)]).toEqual([name, false])
    expect(isPacked({ name: 'a.hsb', bytes: bytes - 1 }, '/srv', 1e9)).toBe(false)
    expect(isPacked({ name: 'a.hsb', bytes }, '/srv/daily.d/set', 1e9)).toBe(false)
    // What is not to be read out of a container is not put into one.
    expect(isPacked({ name: 'a.hsb', bytes }, '/srv', bytes)).toBe(false)
    expect(['a.hsb.cud', 'a.hsb', 'daily.cud', 'a.ndb.cud'].map(listIn)).toEqual(['a.hsb', null, null, null])
  })

  it.each([
    ['none', ''],
    ['one line', 'a:1:x:73\n'],
    ['more than is read at once', 'c:3:z:73\n'.repeat(300_000)],
  ])('holds what it was made of and says how much that is: %s', async (_, text) => {
    const list = put('long.hsb', text)
    const { name, bytes, sha256 } = await packed(list)
    expect(readdirSync(folder)).toEqual(['long.hsb.cud'])
    const file = readFileSync(join(folder, name))
    expect([bytes, sha256]).toEqual([file.length, createHash('sha256').update(file).digest('hex')])
    expect(readDatabaseHeader(file)).toMatchObject({
      signatures: text.split('\n').length - 1,
      signature: null,
    })
    expect(await readPackedList(join(folder, name))).toMatchObject(list)
    expect(await contentsOf(join(folder, name))).toBe(text)
  })

  it.each([
    ['a last line without its end', 'a:1:x:73\nb:2:y:73'],
    ['a NUL', 'a:1:x\0:73\nb:2:y:73\n'],
    ['a line that is too long', `a:1:x:73\n#${'#'.repeat(8190)}\n`],
  ])('is not made of a list that ClamAV reads otherwise in it: %s', async (_, text) => {
    expect(await packList(folder, put('long.hsb', text), options)).toBeNull()
    expect(readdirSync(folder)).toEqual(['long.hsb'])
    expect(readFileSync(join(folder, 'long.hsb'), 'latin1')).toBe(text)
  })

  it('is the same each time it is made', async () => {
    const made: string[] = []
    for (let time = 0; time < 2; time += 1) {
      const { name, sha256 } = await packed(put('long.hsb', 'a:1:x:73\n'))
      rmSync(join(folder, name))
      made.push(sha256)
    }
    expect(made[0]).toBe(made[1])
  })

  it('is refused when it is not what its digest says, and nothing is left of it', async () => {
    const list = { ...put('long.hsb', 'a:1:x:73\n'), sha256: '0'.repeat(64) }
    await expect(packList(folder, list, options)).rejects.toMatchObject({ code: 'TRUST_DIGEST' })
    expect(readdirSync(folder)).toEqual([])
  })

  it.each(['at once', 'on the way'])('leaves nothing behind when it is interrupted %s', async (when) => {
    const stop = new AbortController()
    const list = put('long.hsb', 'c:3:z:73\n'.repeat(300_000))
    if (when === 'at once') stop.abort()
    const packing = packList(folder, list, { ...options, signal: stop.signal })
    const ended = expect(packing).rejects.toMatchObject({ code: 'INTERRUPTED' })
    if (when !== 'at once') setImmediate(() => stop.abort())
    await ended
    expect(readdirSync(folder)).toEqual([])
  })

  it.each([
    ['nothing', () => Buffer.alloc(0)],
    ['a header alone', (whole: Buffer) => whole.subarray(0, 512)],
    [
      'a list that another one is told of',
      (whole: Buffer) => Buffer.from(whole.toString('latin1').replace('long.hsb:', 'lung.hsb:'), 'latin1'),
    ],
    [
      'another length',
      (whole: Buffer) => Buffer.from(whole.toString('latin1').replace('hsb:9:', 'hsb:8:'), 'latin1'),
    ],
  ])('is not seen in %s', async (_, change) => {
    const { name } = await packed(put('long.hsb', 'a:1:x:73\n'))
    const path = join(folder, name)
    writeFileSync(path, change(readFileSync(path)))
    await expect(readPackedList(path)).rejects.toMatchObject({ code: expect.stringMatching(/^ARCHIVE_/) })
  })

  it('is no database that a vendor could have made', async () => {
    const { name } = await packed(put('long.hsb', 'a:1:x:73\n'))
    await expect(openDatabase(join(folder, name), null, options)).rejects.toMatchObject({
      code: 'ARCHIVE_UNKNOWN',
    })
  })
})
