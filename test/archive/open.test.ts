import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { openPackage } from '../../src/archive/open.ts'
import { DefsError } from '../../src/error.ts'
import type { Report } from '../../src/event/report.ts'
import { limits } from '../../src/limits.ts'
import { noise } from '../support/noise.ts'
import { craftTar } from './craft-tar.ts'
import { craftZip } from './craft-zip.ts'
import { expectCode, failOfDisk, insteadOfFlushing, modeOf, opened, room, tree, worldOf } from './workshop.ts'

const big = noise(9 << 20)

interface How {
  readonly directory?: string
  readonly reports?: Report[]
  readonly signal?: AbortSignal
  readonly unpacked?: number
  readonly reserve?: number
  readonly algorithms?: readonly ['sha1']
  readonly flush?: boolean
}

function open(content: Buffer, how: How = {}) {
  const base = room()
  const file = join(base, 'package')
  writeFileSync(file, content)
  const directory = how.directory ?? join(base, 'set')
  if (!how.directory) mkdirSync(directory)
  return openPackage(file, directory, {
    limits: { ...limits, unpacked: how.unpacked ?? limits.unpacked },
    algorithms: how.algorithms ?? [],
    ...(how.reserve === undefined ? {} : { reserve: how.reserve }),
    ...(how.flush === undefined ? {} : { flush: how.flush }),
    context: worldOf(how.reports),
    signal: how.signal ?? new AbortController().signal,
  })
}

describe('what is unpacked for staging', () => {
  afterEach(() => void vi.restoreAllMocks())

  it('is flushed while the rest is unpacked, large files only, where somebody asks for it', async () => {
    const whole = craftZip([
      { name: 'large', data: big },
      { name: 'small', data: 'small' },
    ])
    const flushed = await insteadOfFlushing(async () => undefined)
    await open(whole)
    expect(flushed).not.toHaveBeenCalled()
    await open(whole, { flush: true })
    expect(flushed).toHaveBeenCalledOnce()
  })

  // A system tells of a failure once: who flushes the file after this hears nothing of it.
  it('is refused when that fails', async () => {
    await insteadOfFlushing(failOfDisk)
    await expectCode(open(craftZip([{ name: 'large', data: big }]), { flush: true }), 'STORE_IO')
  })
})

describe('archive/open', () => {
  it('hands over guard and signature in any case, from the top only', async () => {
    const set = await open(
      craftZip([
        { name: 'V.GRD', data: 'guard' },
        { name: 'v.Sig', data: 'signature' },
        { name: 'sub/v.grd', data: 'other' },
      ]),
    )
    expect(Buffer.from(set.guard ?? []).toString()).toBe('guard')
    expect(Buffer.from(set.signature ?? []).toString()).toBe('signature')
    const without = await open(craftTar([{ name: 'sub/v.grd', data: 'other' }]))
    expect([without.guard, without.signature]).toEqual([null, null])
  })

  it('refuses a guard or signature beyond its bound', async () => {
    const guard = { name: 'V.grd', data: noise(limits.guard + 1) }
    const signature = { name: 'v.sig', data: noise(limits.signature + 1) }
    await expectCode(open(craftZip([guard])), 'ARCHIVE_BOMB_TOTAL')
    await expectCode(open(craftTar([signature])), 'ARCHIVE_BOMB_TOTAL')
    expect((await open(craftTar([{ ...signature, data: noise(limits.signature) }]))).signature).toHaveLength(
      limits.signature,
    )
  })

  it('takes SHA-1 only when asked', async () => {
    const content = craftZip([{ name: 'a', data: 'abc' }])
    expect((await open(content)).files[0]?.sha1).toBeNull()
    const [file] = (await open(content, { algorithms: ['sha1'] })).files
    expect(file?.sha1).toBe('a9993e364706816aba3e25717850c26c9cd0d89d')
    expect(file?.sha256).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
  })

  it.skipIf(process.platform === 'win32')('keeps what it writes to its owner', async () => {
    const set = await open(craftZip([{ name: 'sub/a', data: 'x', mode: 0o100777 }]))
    expect(modeOf(join(set.directory, 'sub', 'a'))).toBe(0o600)
    expect(modeOf(join(set.directory, 'sub'))).toBe(0o700)
  })

  it('opens nothing into a folder that is not empty, or not there', async () => {
    const directory = room()
    writeFileSync(join(directory, 'there'), 'before')
    await expectCode(open(craftZip([{ name: 'a' }]), { directory }), 'STORE_IO')
    expect(tree(directory)).toEqual(['there'])
    await expectCode(open(craftZip([{ name: 'a' }]), { directory: join(directory, 'absent') }), 'STORE_IO')
  })

  it.each([
    [
      'by total',
      'ARCHIVE_BOMB_TOTAL',
      [
        { name: 'a', data: 'x' },
        { name: 'b', data: big, method: 0 },
      ],
    ],
    ['by ratio', 'ARCHIVE_BOMB_RATIO', [{ name: 'a', data: Buffer.alloc(8 << 20) }]],
  ] as const)('writes nothing of a zip that announces a bomb %s', async (_, code, members) => {
    const directory = room()
    await expectCode(open(craftZip(members), { directory, unpacked: big.length }), code)
    expect(tree(directory)).toEqual([])
    expect(
      (await open(craftZip([{ name: 'b', data: big, method: 0 }]), { unpacked: big.length })).files,
    ).toHaveLength(1)
  })

  it('tells progress by bytes, up to the whole', async () => {
    const reports: Report[] = []
    await open(craftZip(['a', 'b', 'c', 'd'].map((name) => ({ name, data: big, method: 0 }))), { reports })
    const done = reports.map((report) =>
      report.type === 'progress' ? [report.step, report.done, report.total] : [],
    )
    expect(done.length).toBeGreaterThan(1)
    expect(done.length).toBeLessThan(6)
    expect(done.at(-1)).toEqual(['open', 4 * big.length, 4 * big.length])
    expect(done.every(([step, , total]) => step === 'open' && total === 4 * big.length)).toBe(true)
  })

  it.each([
    [
      'zip',
      craftZip([
        { name: 'a', data: big },
        { name: 'b', data: big },
      ]),
    ],
    ['tar.gz', gzipSync(craftTar([{ name: 'a', data: big }]), { level: 1 })],
  ])('stops in the middle of a %s when interrupted', async (_, content) => {
    const controller = new AbortController()
    const opening = open(content, { signal: controller.signal })
    setImmediate(() => controller.abort())
    await expectCode(opening, 'INTERRUPTED')
  })

  it('keeps our own reason for an interruption', async () => {
    const signal = AbortSignal.abort(new DefsError('SOURCE_DEADLINE', 'too late'))
    await expectCode(open(craftTar([{ name: 'a', data: 'x' }]), { signal }), 'SOURCE_DEADLINE')
  })

  it('names the first failure, not the one that it caused', async () => {
    const members = [
      { name: 'a', data: big },
      { name: 'b', data: big, crc: 1 },
      { name: 'c', data: 'x' },
    ]
    await expectCode(opened(craftZip(members)), 'ARCHIVE_CORRUPT')
  })

  it.skipIf(!canMount())('says when the disk is full', async () => {
    const directory = room()
    mountSmall(directory)
    try {
      await expectCode(open(craftZip([{ name: 'a', data: big, method: 0 }]), { directory }), 'STORE_FULL')
    } finally {
      execFileSync('umount', [directory])
    }
  })
})

function mountSmall(directory: string): void {
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', directory], { stdio: 'ignore' })
}

function canMount(): boolean {
  const directory = mkdtempSync(join(tmpdir(), 'defs-mount-'))
  try {
    mountSmall(directory)
    execFileSync('umount', [directory])
    return true
  } catch {
    return false
  } finally {
    rmdirSync(directory)
  }
}

describe('space that stays free', () => {
  it('is judged by what a package announces, before a byte is written', async () => {
    const directory = room()
    const content = craftZip([{ name: 'VIRSCAN1.DAT', data: 'x' }])
    await expectCode(open(content, { directory, reserve: Number.MAX_SAFE_INTEGER }), 'STORE_FULL')
    expect(tree(directory)).toEqual(tree(room()))
    expect((await open(content, { reserve: 1 })).files.length).toBe(1)
  })
})
