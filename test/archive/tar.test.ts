import { execFileSync } from 'node:child_process'
import { linkSync, mkdirSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import type { ErrorCode } from '../../src/error.ts'
import { limits } from '../../src/limits.ts'
import { noise } from '../support/noise.ts'
import { craftPax, craftTar, type TarLie } from './craft-tar.ts'
import { expectCode, names, opened, room, sha256 } from './workshop.ts'

const guard: TarLie = { name: 'v.grd', data: '[GuardHeader]\r\n' }
const scan: TarLie = { name: 'VIRSCAN.DAT', data: noise(300_000) }
const pax = (records: Record<string, string>, type = 'x'): TarLie => ({
  name: 'pax',
  type,
  data: craftPax(records),
})

describe('archive/tar', () => {
  it('reads files, folders and empty files', async () => {
    const set = await opened(
      craftTar([
        { name: './', type: '5' },
        { name: './sub/', type: '5' },
        guard,
        scan,
        { name: 'sub/EMPTY' },
      ]),
    )
    expect(names(set)).toEqual(['VIRSCAN.DAT', 'sub/EMPTY', 'v.grd'])
    expect(set.files[0]).toMatchObject({ bytes: 300_000, sha256: sha256(Buffer.from(scan.data ?? '')) })
  })

  it('reads the format from before ustar', async () => {
    const old = [
      { ...guard, age: 'v7', type: '\0' } as const,
      { name: 'sub/', age: 'v7', type: '\0' } as const,
    ]
    expect(names(await opened(craftTar(old)))).toEqual(['v.grd'])
  })

  it('reads names and sizes from pax headers, and comments for all', async () => {
    const long = `${'folder/'.repeat(8)}${'x'.repeat(120)}`
    const members = [
      pax({ comment: 'made by hand' }, 'g'),
      pax({ path: long, size: '15', mtime: '1.5' }),
      { ...guard, bytes: 0 },
      scan,
    ]
    expect(names(await opened(craftTar(members)))).toEqual(['VIRSCAN.DAT', long])
  })

  it('reads GNU long names', async () => {
    const long = 'y'.repeat(200)
    const set = await opened(craftTar([{ name: '././@LongLink', type: 'L', data: `${long}\0` }, guard]))
    expect(names(set)).toEqual([long])
  })

  it.each<[string, ErrorCode, readonly TarLie[], Buffer?]>([
    ['a name that escapes', 'ARCHIVE_NAME_ESCAPES', [guard, { name: '../evil.dat' }]],
    ['a pax name that escapes', 'ARCHIVE_NAME_ESCAPES', [pax({ path: '../evil.dat' }), guard]],
    [
      'a long name that escapes',
      'ARCHIVE_NAME_ESCAPES',
      [{ name: 'L', type: 'L', data: '../evil.dat\0' }, guard],
    ],
    [
      'a long name with a hidden end',
      'ARCHIVE_NAME_CONTROL',
      [{ name: 'L', type: 'L', data: 'a\0b\0' }, guard],
    ],
    ['a name twice', 'ARCHIVE_DUPLICATE', [guard, scan, { ...guard, name: './v.grd' }]],
    ['names that differ in case', 'ARCHIVE_COLLISION', [guard, { name: 'V.GRD' }]],
    ['a symbolic link', 'ARCHIVE_LINK', [guard, { name: 'a', type: '2', link: '/etc/passwd' }]],
    ['a hard link', 'ARCHIVE_LINK', [guard, { name: 'a', type: '1', link: 'v.grd' }]],
    ['a long link', 'ARCHIVE_LINK', [guard, { name: 'L', type: 'K', data: '/etc/passwd\0' }]],
    ['a link by pax', 'ARCHIVE_LINK', [pax({ linkpath: '/etc/passwd' }), guard]],
    ['a device', 'ARCHIVE_SPECIAL', [guard, { name: 'a', type: '4' }]],
    ['a terminal', 'ARCHIVE_SPECIAL', [guard, { name: 'a', type: '3' }]],
    ['a pipe', 'ARCHIVE_SPECIAL', [guard, { name: 'a', type: '6' }]],
    ['a sparse file', 'ARCHIVE_SPECIAL', [guard, { name: 'a', type: 'S' }]],
    ['a sparse file by pax', 'ARCHIVE_SPECIAL', [pax({ 'GNU.sparse.major': '1' }), guard]],
    ["a sparse file by Solaris' pax", 'ARCHIVE_SPECIAL', [pax({ 'SUN.holesdata': ' 0 1' }), guard]],
    ['a volume label', 'ARCHIVE_SPECIAL', [guard, { name: 'a', type: 'V' }]],
    ['an unknown type', 'ARCHIVE_SPECIAL', [guard, { name: 'a', type: 'Z' }]],
    ['a link target on a file', 'ARCHIVE_CORRUPT', [guard, { name: 'a', link: 'b' }]],
    ['a folder with content', 'ARCHIVE_CORRUPT', [guard, { name: 'a/', type: '5', bytes: 512 }]],
    ['a folder with content by pax', 'ARCHIVE_HIDDEN', [pax({ size: '512' }), { name: 'a/', type: '5' }]],
    ['one name for all members', 'ARCHIVE_CORRUPT', [pax({ path: 'a' }, 'g'), guard]],
    ['one size for all members', 'ARCHIVE_CORRUPT', [pax({ size: '1' }, 'g'), guard]],
    ['a pax record without length', 'ARCHIVE_CORRUPT', [{ name: 'pax', type: 'x', data: 'path=a\n' }, guard]],
    [
      'a pax record with a wrong length',
      'ARCHIVE_CORRUPT',
      [{ name: 'pax', type: 'x', data: '11 path=a\n' }, guard],
    ],
    [
      'a pax record that reaches too far',
      'ARCHIVE_CORRUPT',
      [{ name: 'pax', type: 'x', data: '99 path=a\n' }, guard],
    ],
    ['a pax size that is none', 'ARCHIVE_CORRUPT', [pax({ size: '-1' }), guard]],
    [
      'too many descriptions of one member',
      'ARCHIVE_CORRUPT',
      [...Array.from({ length: 5 }, () => pax({ comment: 'x' })), guard],
    ],
    ['a description of nothing', 'ARCHIVE_CORRUPT', [guard, pax({ path: 'a' })]],
    [
      'a description without measure',
      'ARCHIVE_CORRUPT',
      [pax({ comment: 'x'.repeat(limits.description) }), guard],
    ],
    ['a damaged first header', 'ARCHIVE_CORRUPT', [{ ...scan, damaged: true }, guard]],
    ['a damaged header', 'ARCHIVE_CORRUPT', [guard, { ...scan, damaged: true }]],
    ['data in the padding', 'ARCHIVE_HIDDEN', [{ ...guard, padding: 1 }]],
    [
      'bytes after the end',
      'ARCHIVE_TRAILING',
      [guard],
      Buffer.concat([Buffer.alloc(1024), Buffer.from('x')]),
    ],
    [
      'an archive after the end',
      'ARCHIVE_TRAILING',
      [guard],
      Buffer.concat([Buffer.alloc(1024), craftTar([scan])]),
    ],
    [
      'an archive after half the end',
      'ARCHIVE_HIDDEN',
      [guard],
      Buffer.concat([Buffer.alloc(512), craftTar([scan])]),
    ],
    ['zeros without end', 'ARCHIVE_TRAILING', [guard], Buffer.alloc(limits.tarPadding + 2048)],
    ['no end', 'ARCHIVE_TRUNCATED', [guard], Buffer.alloc(0)],
    ['half an end', 'ARCHIVE_TRUNCATED', [guard], Buffer.alloc(512)],
  ])('refuses %s', async (_, code, members, end) => {
    await expectCode(opened(craftTar(members, end)), code)
  })

  it.each([1, 1024, 1025, 2000, 300_000])('refuses an archive that lost its last %i bytes', async (lost) => {
    const whole = craftTar([guard, scan])
    await expectCode(opened(whole.subarray(0, whole.length - lost)), 'ARCHIVE_TRUNCATED')
  })

  it('refuses a bomb by total, and too many members', async () => {
    await expectCode(opened(craftTar([guard, scan]), { unpacked: 300_000 }), 'ARCHIVE_BOMB_TOTAL')
    await expectCode(opened(craftTar([guard, scan]), { entries: 1 }), 'ARCHIVE_TOO_MANY')
    expect(names(await opened(craftTar([guard, scan]), { entries: 2, unpacked: 300_015 }))).toHaveLength(2)
  })
})

describe('archive/tar-gz', () => {
  const whole = craftTar([guard, scan])
  const packed = gzipSync(whole)

  it('reads a packed tar, its header with a name and a checksum or without', async () => {
    const flags = Buffer.from(packed.subarray(0, 10))
    flags[3] = 0x04 | 0x08 | 0x10 | 0x02
    const extra = Buffer.from('\x03\0abcname\0comment\0\x12\x34', 'latin1')
    const set = await opened(Buffer.concat([flags, extra, packed.subarray(10)]))
    expect(names(set)).toEqual(['VIRSCAN.DAT', 'v.grd'])
    expect(names(await opened(packed))).toEqual(['VIRSCAN.DAT', 'v.grd'])
  })

  // RFC 1952 section 2.2: bgzip, and whoever appends to a file, write one member after the other.
  it('reads a tar that is packed in several members', async () => {
    for (const count of [2, 3, limits.gzipMembers])
      expect(names(await opened(pieces(count)))).toEqual(['VIRSCAN.DAT', 'v.grd'])
    expect(names(await opened(Buffer.concat([packed, gzipSync('')])))).toHaveLength(2)
  })

  function pieces(count: number): Buffer {
    const step = Math.ceil(whole.length / count)
    const parts = Array.from({ length: count }, (_, n) => whole.subarray(n * step, (n + 1) * step))
    return Buffer.concat(parts.map((part) => gzipSync(part, { level: 1 })))
  }

  function spoiledEnd(bytes: Buffer): Buffer {
    bytes.writeUInt8(bytes.readUInt8(bytes.length - 8) ^ 0xff, bytes.length - 8)
    return bytes
  }

  function spoiled(at: number, bits = 0xff): Buffer {
    const copy = Buffer.from(packed)
    copy.writeUInt8(copy.readUInt8(at) ^ bits, at)
    return copy
  }

  it.each<[string, ErrorCode, Buffer]>([
    ['more than the tar in a second member', 'ARCHIVE_TRAILING', Buffer.concat([packed, gzipSync('more')])],
    ['a second member that is cut', 'ARCHIVE_TRUNCATED', pieces(2).subarray(0, -9)],
    ['a second member with a wrong checksum', 'ARCHIVE_CORRUPT', spoiledEnd(pieces(2))],
    ['too many members', 'ARCHIVE_TOO_MANY', pieces(limits.gzipMembers + 1)],
    ['bytes after the gzip member', 'ARCHIVE_TRAILING', Buffer.concat([packed, Buffer.from('garbage')])],
    ['zeros after the gzip member', 'ARCHIVE_TRAILING', Buffer.concat([packed, Buffer.alloc(512)])],
    ['a wrong checksum', 'ARCHIVE_CORRUPT', spoiled(packed.length - 8)],
    ['a wrong size', 'ARCHIVE_CORRUPT', spoiled(packed.length - 1)],
    ['reserved flags', 'ARCHIVE_CORRUPT', spoiled(3, 0x20)],
    [
      'a header that never ends',
      'ARCHIVE_CORRUPT',
      Buffer.concat([Buffer.from('\x1f\x8b\x08\x08\0\0\0\0\0\0', 'latin1'), Buffer.alloc(99, 0x61)]),
    ],
    ['nothing but a magic', 'ARCHIVE_CORRUPT', Buffer.from('\x1f\x8b\x08', 'latin1')],
    ['a truncated member', 'ARCHIVE_TRUNCATED', packed.subarray(0, packed.length - 9)],
    ['half a member', 'ARCHIVE_TRUNCATED', packed.subarray(0, packed.length / 2)],
    ['a tar without end', 'ARCHIVE_TRUNCATED', gzipSync(craftTar([guard], Buffer.alloc(0)))],
    ['something that is no tar', 'ARCHIVE_UNKNOWN', gzipSync('hello '.repeat(1000))],
    ['a packed tar packed again', 'ARCHIVE_UNKNOWN', gzipSync(packed)],
    ['a bomb', 'ARCHIVE_BOMB_RATIO', gzipSync(craftTar([{ name: 'a', data: Buffer.alloc(9 << 20) }]))],
  ])('refuses %s', async (_, code, content) => {
    await expectCode(opened(content), code)
  })
})

describe('archive/sh', () => {
  const packed = gzipSync(craftTar([guard, scan]))
  const script = Buffer.from(`#!/bin/sh\n${'# stub\n'.repeat(500)}exit 0\n`)

  it('reads the archive after the script and never runs it', async () => {
    const mark = join(room(), 'ran')
    const loud = Buffer.from(`#!/bin/sh\ntouch ${mark}\nexit 0\n`)
    expect(names(await opened(Buffer.concat([loud, packed])))).toEqual(['VIRSCAN.DAT', 'v.grd'])
    expect(() => readFileSync(mark)).toThrow()
  })

  it('refuses what follows the archive, a cut one, and a script without one', async () => {
    await expectCode(opened(Buffer.concat([script, packed, Buffer.from('x')])), 'ARCHIVE_TRAILING')
    await expectCode(opened(Buffer.concat([script, packed.subarray(0, 1000)])), 'ARCHIVE_TRUNCATED')
    await expectCode(opened(script), 'ARCHIVE_UNKNOWN')
    const sameLine = [Buffer.from('#!/bin/sh'), gzipSync(craftTar([guard]))]
    await expectCode(opened(Buffer.concat(sameLine)), 'ARCHIVE_UNKNOWN')
    const alike = Buffer.concat([...sameLine, Buffer.from('\n\x1f\x9d\0', 'latin1')])
    await expectCode(opened(alike), 'ARCHIVE_UNKNOWN')
  })

  it('looks no further than the bound for a script', async () => {
    const far = Buffer.concat([Buffer.from('#!'), Buffer.alloc(limits.stub, 0x20), Buffer.from('\n'), packed])
    await expectCode(opened(far), 'ARCHIVE_UNKNOWN')
  })
})

describe('archive/tar of GNU tar', () => {
  function folderOfFiles(): string {
    const set = join(room(), 'in')
    mkdirSync(join(set, 'sub'), { recursive: true })
    writeFileSync(join(set, 'v.grd'), 'guard')
    writeFileSync(join(set, 'sub', 'RANDOM.DAT'), noise(70_000))
    writeFileSync(join(set, 'EMPTY.DAT'), '')
    return set
  }

  const write = (set: string, ...options: string[]) => {
    execFileSync('tar', [...options, '-cf', '../p.tar', '.'], { cwd: set })
    return join(set, '..', 'p.tar')
  }

  it.each(['v7', 'oldgnu', 'gnu', 'ustar', 'pax'])(
    'reads its format %s, plain and packed',
    async (format) => {
      const set = folderOfFiles()
      if (format !== 'v7')
        writeFileSync(join(set, `${'n'.repeat(format === 'ustar' ? 90 : 150)}.dat`), 'long')
      const written = write(set, `--format=${format}`)
      const wanted = names(await opened(set))
      expect(wanted).toHaveLength(format === 'v7' ? 3 : 4)
      expect(names(await opened(written))).toEqual(wanted)
      expect(names(await opened(write(set, `--format=${format}`, '-z')))).toEqual(wanted)
    },
  )

  it('refuses its links and its sparse files', async () => {
    const links = folderOfFiles()
    symlinkSync('/etc/passwd', join(links, 'link'))
    await expectCode(opened(write(links)), 'ARCHIVE_LINK')
    const hard = folderOfFiles()
    linkSync(join(hard, 'v.grd'), join(hard, 'w.grd'))
    await expectCode(opened(write(hard)), 'ARCHIVE_LINK')
    for (const format of ['gnu', 'pax']) {
      const sparse = folderOfFiles()
      writeFileSync(join(sparse, 'holes'), 'x')
      truncateSync(join(sparse, 'holes'), 10 << 20)
      await expectCode(opened(write(sparse, `--format=${format}`, '-S')), 'ARCHIVE_SPECIAL')
    }
  })
})
