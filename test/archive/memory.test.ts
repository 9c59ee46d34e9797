import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { readSmallArchive } from '../../src/archive/small-archive.ts'
import { DefsError } from '../../src/error.ts'
import { limits } from '../../src/limits.ts'
import { noise } from '../support/noise.ts'
import { craftTar } from './craft-tar.ts'
import { craftZip } from './craft-zip.ts'
import { expectCode } from './workshop.ts'

const index = craftZip([
  { name: 'liveupdt.tri', data: '[LiveUpdate]\r\n' },
  { name: 'V.GRD', data: 'guard', method: 0 },
  { name: 'sub/', method: 0 },
  { name: 'sub/a', data: '' },
])

describe('archive/memory', () => {
  it('unpacks a zip, names as written', async () => {
    const files = await readSmallArchive(index)
    expect([...files.keys()].sort()).toEqual(['V.GRD', 'liveupdt.tri', 'sub/a'])
    expect(Buffer.from(files.get('liveupdt.tri') ?? []).toString()).toBe('[LiveUpdate]\r\n')
  })

  it('reads bytes in the middle of a buffer', async () => {
    const padded = Buffer.concat([Buffer.alloc(7), index, Buffer.alloc(7)])
    expect((await readSmallArchive(new Uint8Array(padded).subarray(7, 7 + index.length))).size).toBe(3)
  })

  it('tells a web page from other things that are no index', async () => {
    await expectCode(readSmallArchive(Buffer.from('<!doctype html><p>Sign in')), 'INDEX_HTML')
    for (const content of ['', 'nothing', gzipSync('x'), craftTar([{ name: 'liveupdt.tri' }])]) {
      await expectCode(readSmallArchive(Buffer.from(content)), 'INDEX_INVALID')
    }
  })

  it('is as strict as a package', async () => {
    await expectCode(readSmallArchive(index.subarray(0, index.length - 1)), 'ARCHIVE_TRUNCATED')
    await expectCode(readSmallArchive(craftZip([{ name: '../a' }])), 'ARCHIVE_NAME_ESCAPES')
    await expectCode(readSmallArchive(craftZip([{ name: 'v.grd' }, { name: 'V.GRD' }])), 'ARCHIVE_COLLISION')
    await expectCode(readSmallArchive(craftZip([{ name: 'a', data: 'x', crc: 1 }])), 'ARCHIVE_CORRUPT')
    await expectCode(readSmallArchive(index, { limits: { ...limits, entries: 3 } }), 'ARCHIVE_TOO_MANY')
  })

  it('refuses a folder with content', async () => {
    await expectCode(readSmallArchive(craftZip([{ name: 'a/', data: 'x', method: 0 }])), 'ARCHIVE_HIDDEN')
  })

  it('is bounded, whatever the limits of packages are', async () => {
    await expectCode(readSmallArchive(index, { limits: { ...limits, unpacked: 18 } }), 'ARCHIVE_BOMB_TOTAL')
    const data = noise(1 << 20)
    const large = craftZip(
      Array.from({ length: 33 }, (_, number) => ({ name: `${number}`, data, method: 0 })),
    )
    await expectCode(readSmallArchive(large, { limits }), 'ARCHIVE_BOMB_TOTAL')
  })

  it('reads the same or refuses, whichever byte is damaged', async () => {
    const whole = [...(await readSmallArchive(index))].sort().toString()
    let refused = 0
    for (let at = 0; at < index.length; at += 1) {
      const copy = Buffer.from(index)
      copy.writeUInt8(copy.readUInt8(at) ^ 0xff, at)
      const outcome = await readSmallArchive(copy).catch((error: unknown) => error)
      if (outcome instanceof Map) expect([...outcome].sort().toString()).toBe(whole)
      else expect(outcome).toBeInstanceOf(DefsError)
      if (!(outcome instanceof Map)) refused += 1
    }
    // The rest are times, versions and attributes.
    expect(refused).toBeGreaterThan(index.length / 2)
  })

  it('refuses what was cut off anywhere', async () => {
    for (let length = 0; length < index.length; length += 1) {
      const outcome = await readSmallArchive(index.subarray(0, length)).catch((error: unknown) => error)
      expect(outcome).toBeInstanceOf(DefsError)
    }
  })
})
