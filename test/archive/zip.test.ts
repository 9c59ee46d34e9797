import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { crc32, deflateRawSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import type { ErrorCode } from '../../src/error.ts'
import { limits } from '../../src/limits.ts'
import { noise } from '../support/noise.ts'
import { craftExtra, craftZip, type Lie, type Shape } from './craft-zip.ts'
import { expectCode, names, opened, room, sha256 } from './workshop.ts'

const guard: Lie = { name: 'v.grd', data: '[GuardHeader]\r\n' }
const scan: Lie = { name: 'VIRSCAN1.DAT', data: 'virus '.repeat(1000) }
const other: Lie = { name: 'TINF.DAT', data: noise(5000), method: 0 }

function unicodePath(rawName: string, name: string): Buffer {
  const head = Buffer.alloc(5, 1)
  head.writeUInt32LE(crc32(rawName), 1)
  return craftExtra(0x7075, Buffer.concat([head, Buffer.from(name)]))
}

function descriptor(data: string, signed: boolean, long: boolean, lie = 0): Buffer {
  const body = Buffer.alloc(long ? 20 : 12)
  body.writeUInt32LE(crc32(data), 0)
  body.writeUInt32LE(deflateRawSync(data).length + lie, 4)
  body.writeUInt32LE(data.length, long ? 12 : 8)
  return signed ? Buffer.concat([Buffer.from('PK\x07\x08', 'latin1'), body]) : body
}

describe('archive/zip', () => {
  it('reads stored and packed members, folders and empty files', async () => {
    const deep: Lie = { name: 'rules/heur/a.dat', data: 'x' }
    const set = await opened(
      craftZip([guard, scan, other, { name: 'rules/', method: 0 }, deep, { name: 'ZDONE.DAT' }]),
    )
    expect(names(set)).toEqual(['TINF.DAT', 'VIRSCAN1.DAT', 'ZDONE.DAT', 'rules/heur/a.dat', 'v.grd'])
    expect(set.files.find((file) => file.name === 'VIRSCAN1.DAT')).toEqual({
      name: 'VIRSCAN1.DAT',
      bytes: 6000,
      sha256: sha256(String(scan.data)),
      sha1: null,
    })
    expect(readFileSync(join(set.directory, 'rules', 'heur', 'a.dat'), 'utf8')).toBe('x')
  })

  it('reads an empty archive as no files', async () => {
    expect(names(await opened(craftZip([])))).toEqual([])
  })

  it.each([
    [true, true],
    [true, false],
    [false, true],
    [false, false],
  ])('reads sizes that follow the data (signature %s, eight bytes %s)', async (signed, long) => {
    const data = String(scan.data)
    const member: Lie = { ...scan, flags: 0x0808, local: { crc: 0, packedBytes: 0 } }
    const set = await opened(craftZip([{ ...member, descriptor: descriptor(data, signed, long) }, guard]))
    expect(names(set)).toEqual(['VIRSCAN1.DAT', 'v.grd'])
  })

  it('takes unknown extra fields, and a Unicode path that says the same', async () => {
    const extra = Buffer.concat([craftExtra(0x5455, Buffer.alloc(5)), unicodePath('v.grd', 'v.grd')])
    expect(names(await opened(craftZip([{ ...guard, extra }])))).toEqual(['v.grd'])
  })

  it.each<[string, ErrorCode, readonly Lie[], Shape?]>([
    ['a name that escapes', 'ARCHIVE_NAME_ESCAPES', [guard, { name: '../evil.dat' }]],
    ['a name twice', 'ARCHIVE_DUPLICATE', [guard, scan, guard]],
    ['names that differ in case', 'ARCHIVE_COLLISION', [guard, { name: 'V.GRD' }]],
    ['names that differ in Unicode form', 'ARCHIVE_COLLISION', [{ name: '\u00e9' }, { name: 'e\u0301' }]],
    ['a file above a file', 'ARCHIVE_COLLISION', [{ name: 'a' }, { name: 'a/b' }]],
    [
      'a name of bytes that are no UTF-8',
      'ARCHIVE_NAME_INVALID',
      [{ name: '', rawName: Buffer.from([0x61, 0xff]) }],
    ],
    ['a link', 'ARCHIVE_LINK', [{ name: 'a', data: '/etc/passwd', mode: 0o120777 }]],
    ['a pipe', 'ARCHIVE_SPECIAL', [{ name: 'a', mode: 0o010644 }]],
    ['a device', 'ARCHIVE_SPECIAL', [{ name: 'a', mode: 0o060644 }]],
    ['a folder by mode, a file by name', 'ARCHIVE_CORRUPT', [{ name: 'a', mode: 0o040755 }]],
    ['a folder by name, a file by mode', 'ARCHIVE_CORRUPT', [{ name: 'a/', mode: 0o100644 }]],
    ['a folder with content', 'ARCHIVE_HIDDEN', [{ name: 'a/', data: 'x' }]],
    ['classic encryption', 'ARCHIVE_ENCRYPTED', [{ ...scan, flags: 0x0801 }]],
    ['strong encryption', 'ARCHIVE_ENCRYPTED', [{ ...scan, flags: 0x0840 }]],
    ['hidden names', 'ARCHIVE_ENCRYPTED', [{ ...scan, flags: 0x2800 }]],
    ['an unknown method', 'ARCHIVE_UNSUPPORTED', [{ ...scan, method: 12 }]],
    ['a patch', 'ARCHIVE_UNSUPPORTED', [{ ...scan, flags: 0x0820 }]],
    ['several disks', 'ARCHIVE_UNSUPPORTED', [guard], { disk: 1 }],
    ['a comment of a member', 'ARCHIVE_HIDDEN', [{ ...guard, comment: 'x' }]],
    ['a comment that is no text', 'ARCHIVE_HIDDEN', [guard], { comment: '\x00\x01' }],
    ['a long comment', 'ARCHIVE_HIDDEN', [guard], { comment: 'x'.repeat(1025) }],
    ['a comment that is an archive', 'ARCHIVE_HIDDEN', [guard], { comment: 'PK\x05\x06' }],
    ['a comment that was cut off', 'ARCHIVE_TRUNCATED', [guard], { commentBytes: 3 }],
    ['bytes after the archive', 'ARCHIVE_TRAILING', [guard], { trailing: Buffer.from('x') }],
    ['many bytes after the archive', 'ARCHIVE_TRAILING', [guard], { trailing: Buffer.alloc(200_000) }],
    ['an archive after the archive', 'ARCHIVE_HIDDEN', [guard], { trailing: craftZip([scan]) }],
    ['bytes between members', 'ARCHIVE_HIDDEN', [{ ...guard, after: Buffer.from('hidden') }, scan]],
    [
      'a member that the directory leaves out',
      'ARCHIVE_HIDDEN',
      [{ ...guard, after: craftZip([scan]).subarray(0, 60) }],
    ],
    ['bytes before the directory', 'ARCHIVE_HIDDEN', [guard, { ...scan, after: Buffer.from('hidden') }]],
    ['bytes in the directory', 'ARCHIVE_HIDDEN', [guard], { inDirectory: Buffer.alloc(3) }],
    ['a line that the directory does not count', 'ARCHIVE_HIDDEN', [guard, scan], { entries: 1 }],
    ['bytes after the directory', 'ARCHIVE_HIDDEN', [guard], { beforeEnd: Buffer.from('hidden') }],
    [
      'bytes after the packed data',
      'ARCHIVE_HIDDEN',
      [{ ...scan, packed: Buffer.concat([deflateRawSync(String(scan.data)), Buffer.alloc(9)]) }],
    ],
    [
      'a descriptor that lies',
      'ARCHIVE_HIDDEN',
      [{ ...scan, flags: 0x0808, descriptor: descriptor(String(scan.data), true, false, 1) }],
    ],
    [
      'another checksum in the header than in the descriptor',
      'ARCHIVE_CORRUPT',
      [
        {
          ...scan,
          flags: 0x0808,
          local: { crc: 1 },
          descriptor: descriptor(String(scan.data), true, false),
        },
      ],
    ],
    [
      'another size in the header than in the descriptor',
      'ARCHIVE_CORRUPT',
      [
        {
          ...scan,
          flags: 0x0808,
          local: { crc: 0, packedBytes: 1 },
          descriptor: descriptor(String(scan.data), true, false),
        },
      ],
    ],
    ['no descriptor where one is announced', 'ARCHIVE_HIDDEN', [{ ...scan, flags: 0x0808 }]],
    [
      'two members on the same bytes',
      'ARCHIVE_OVERLAP',
      [guard, { ...scan, offset: 0, name: 'v.grd', data: guard.data ?? '' }],
    ],
    [
      'a member that reaches into the next',
      'ARCHIVE_OVERLAP',
      [{ ...other, data: 'ab', packedBytes: 40, unpackedBytes: 40 }, guard],
    ],
    ['another name in the header', 'ARCHIVE_CORRUPT', [{ ...guard, local: { name: 'v.sig' } }]],
    ['another method in the header', 'ARCHIVE_CORRUPT', [{ ...guard, local: { method: 0 } }]],
    ['other flags in the header', 'ARCHIVE_CORRUPT', [{ ...guard, local: { flags: 0 } }]],
    ['another size in the header', 'ARCHIVE_CORRUPT', [{ ...guard, local: { packedBytes: 1 } }]],
    ['another checksum in the header', 'ARCHIVE_CORRUPT', [{ ...guard, local: { crc: 0 } }]],
    ['a second name in a field', 'ARCHIVE_CORRUPT', [{ ...guard, extra: unicodePath('v.grd', 'evil.dat') }]],
    [
      'a second name for another name',
      'ARCHIVE_CORRUPT',
      [{ ...guard, extra: unicodePath('v.sig', 'v.grd') }],
    ],
    ['a broken extra field', 'ARCHIVE_CORRUPT', [{ ...guard, extra: Buffer.from([1, 2, 99, 0]) }]],
    ['an offset into another member', 'ARCHIVE_OVERLAP', [guard, { ...scan, offset: 7 }]],
    ['an offset past the end', 'ARCHIVE_HIDDEN', [guard, { ...scan, offset: 1 << 20 }]],
    ['a wrong checksum', 'ARCHIVE_CORRUPT', [{ ...scan, crc: 1 }]],
    ['a wrong checksum of stored data', 'ARCHIVE_CORRUPT', [{ ...other, crc: 1 }]],
    ['damaged packed data', 'ARCHIVE_CORRUPT', [{ ...scan, packed: Buffer.alloc(50, 0xff) }]],
    [
      'packed data that ends early',
      'ARCHIVE_TRUNCATED',
      [{ ...scan, packed: deflateRawSync(String(scan.data)).subarray(0, 20) }],
    ],
    ['a size that says too little', 'ARCHIVE_CORRUPT', [{ ...scan, unpackedBytes: 5999 }]],
    ['a size that says too much', 'ARCHIVE_CORRUPT', [{ ...scan, unpackedBytes: 6001 }]],
    ['stored sizes that differ', 'ARCHIVE_CORRUPT', [{ ...other, unpackedBytes: 4999 }]],
    ['bytes before the archive', 'ARCHIVE_HIDDEN', [guard], { stub: craftZip([scan]) }],
    [
      'counted bytes before the archive',
      'ARCHIVE_HIDDEN',
      [guard],
      { stub: craftZip([scan]), corrected: true },
    ],
  ])('refuses %s', async (_, code, members, shape) => {
    await expectCode(opened(craftZip(members, shape)), code)
  })

  // Above limits.smallFile a member is inflated by another thread, below it at once: the rules are the same.
  const large: Lie = { name: 'LARGE.DAT', data: 'virus '.repeat(50_000) }
  const packed = deflateRawSync(String(large.data))
  it.each<[string, ErrorCode, Partial<Lie>]>([
    ['bytes after the packed data', 'ARCHIVE_HIDDEN', { packed: Buffer.concat([packed, Buffer.alloc(9)]) }],
    ['a wrong checksum', 'ARCHIVE_CORRUPT', { crc: 1 }],
    ['damaged packed data', 'ARCHIVE_CORRUPT', { packed: Buffer.alloc(50, 0xff) }],
    ['packed data that ends early', 'ARCHIVE_TRUNCATED', { packed: packed.subarray(0, 20) }],
    ['a size that says too little', 'ARCHIVE_CORRUPT', { unpackedBytes: 299_999 }],
    ['a size that says too much', 'ARCHIVE_CORRUPT', { unpackedBytes: 300_001 }],
  ])('refuses %s in a large member', async (_, code, lie) => {
    expect(names(await opened(craftZip([large])))).toEqual(['LARGE.DAT'])
    await expectCode(opened(craftZip([{ ...large, ...lie }])), code)
  })

  it('reads members of any size in the same archive', async () => {
    const sizes = [0, 1, 64, limits.smallFile, limits.smallFile + 1, 700_000]
    const members = sizes.map((bytes) => ({ name: `${bytes}.dat`, data: noise(bytes) }))
    const { files } = await opened(craftZip(members))
    for (const { name, data } of members)
      expect(files.find((file) => file.name === name)).toMatchObject({
        bytes: data.length,
        sha256: sha256(data),
      })
  })

  it.each([1, 10, 22, 60, 2000])('refuses an archive that lost its last %i bytes', async (lost) => {
    const whole = craftZip([guard, other])
    await expectCode(opened(whole.subarray(0, whole.length - lost)), 'ARCHIVE_TRUNCATED')
  })

  it('refuses a bomb by ratio, and lets small files pass', async () => {
    const zeros = Buffer.alloc(8 << 20)
    await expectCode(opened(craftZip([{ name: 'a', data: zeros }])), 'ARCHIVE_BOMB_RATIO')
    expect(names(await opened(craftZip([{ name: 'a', data: zeros }]), { ratio: 1100 }))).toEqual(['a'])
    expect(names(await opened(craftZip([{ name: 'a', data: Buffer.alloc(1 << 20) }])))).toEqual(['a'])
  })

  it('writes no more of a member than was announced', async () => {
    const bomb: Lie = { name: 'a', data: Buffer.alloc(8 << 20), unpackedBytes: 10 }
    await expectCode(opened(craftZip([bomb])), 'ARCHIVE_CORRUPT')
  })

  it('refuses too many entries, folders counted', async () => {
    const members: Lie[] = [{ name: 'a/', method: 0 }, { name: 'a/1' }, { name: 'a/2' }]
    await expectCode(opened(craftZip(members), { entries: 2 }), 'ARCHIVE_TOO_MANY')
    expect(names(await opened(craftZip(members), { entries: 3 }))).toHaveLength(2)
  })
})

function folderOfFiles(): string {
  const base = room()
  const set = join(base, 'in')
  mkdirSync(join(set, 'sub'), { recursive: true })
  writeFileSync(join(set, 'v.grd'), 'guard')
  writeFileSync(join(set, 'v.sig'), 'signature')
  writeFileSync(join(set, 'VIRSCAN.DAT'), 'virus '.repeat(50_000))
  writeFileSync(join(set, 'RANDOM.DAT'), noise(70_000))
  writeFileSync(join(set, 'EMPTY.DAT'), '')
  writeFileSync(join(set, 'sub', 'd\u00e9f.dat'), 'x')
  return set
}

const all = ['EMPTY.DAT', 'RANDOM.DAT', 'VIRSCAN.DAT', 'sub/d\u00e9f.dat', 'v.grd', 'v.sig']

function runs(program: string, ...argv: string[]): boolean {
  try {
    execFileSync(program, argv, { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

function shell(script: string, cwd: string): void {
  execFileSync('sh', ['-c', script], {
    cwd,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, LC_ALL: 'C.UTF-8' },
  })
}

describe.skipIf(!runs('zip', '-v'))('archive/zip of Info-ZIP', () => {
  it.each([
    ['to a file', 'zip -qr ../p .'],
    ['without extra fields', 'zip -qrX ../p .'],
    ['without folders', 'zip -qrD ../p.zip .'],
    ['stored', 'zip -qr0 ../p .'],
    ['to a pipe', 'zip -qr - . | cat > ../p.zip'],
    ['as zip64', 'zip -qr -fz ../p .'],
  ])('reads what it writes %s', async (_, script) => {
    const set = folderOfFiles()
    shell(script, set)
    expect(names(await opened(join(set, '..', 'p.zip')))).toEqual(all)
  })

  it('refuses its links, its encryption and a comment that could be an archive', async () => {
    const set = folderOfFiles()
    symlinkSync('/etc/passwd', join(set, 'link'))
    shell(
      'zip -qry ../links.zip .; zip -qr -P secret ../secret.zip v.grd; zip -q ../said.zip v.grd; printf "PK" | zip -qz ../said.zip',
      set,
    )
    await expectCode(opened(join(set, '..', 'links.zip')), 'ARCHIVE_LINK')
    await expectCode(opened(join(set, '..', 'secret.zip')), 'ARCHIVE_ENCRYPTED')
    await expectCode(opened(join(set, '..', 'said.zip')), 'ARCHIVE_HIDDEN')
  })
})

describe.skipIf(!runs('zip', '-v'))('archive/zip with the end records of zip64', () => {
  function zip64(spoil: (whole: Buffer) => void): Buffer {
    const set = folderOfFiles()
    shell('zip -qr -fz ../p.zip .', set)
    const whole = readFileSync(join(set, '..', 'p.zip'))
    expect(whole.indexOf('PK\x06\x07', 0, 'latin1')).toBe(whole.length - 42)
    spoil(whole)
    return whole
  }

  it('refuses a count that differs between them', async () => {
    const whole = zip64((bytes) => bytes.write('\x01\0\x01\0', bytes.length - 14, 'latin1'))
    await expectCode(opened(whole), 'ARCHIVE_CORRUPT')
  })

  it('refuses a locator that points elsewhere', async () => {
    const whole = zip64((bytes) =>
      bytes.writeUInt32LE(bytes.readUInt32LE(bytes.length - 34) - 1, bytes.length - 34),
    )
    await expectCode(opened(whole), 'ARCHIVE_CORRUPT')
  })

  it('refuses a locator that points to a record inside a member', async () => {
    const decoy = Buffer.alloc(56)
    decoy.writeUInt32LE(0x06064b50, 0)
    decoy.writeUInt32LE(44, 4)
    const set = folderOfFiles()
    writeFileSync(join(set, 'decoy'), decoy)
    shell('zip -qr0 -fz ../p.zip .', set)
    const whole = readFileSync(join(set, '..', 'p.zip'))
    whole.writeUInt32LE(whole.indexOf(decoy), whole.length - 34)
    await expectCode(opened(whole), 'ARCHIVE_CORRUPT')
  })

  it('refuses room for data in them', async () => {
    const whole = zip64((bytes) => bytes.writeUInt32LE(45, bytes.length - 42 - 52))
    await expectCode(opened(whole), 'ARCHIVE_HIDDEN')
  })
})

describe.skipIf(!runs('7z', 'i'))('archive/zip of 7-Zip', () => {
  it('reads what it writes, and refuses its encryption', async () => {
    const set = folderOfFiles()
    shell('7z a -tzip -bso0 ../p.zip .; 7z a -tzip -bso0 -psecret -mem=AES256 ../secret.zip v.grd', set)
    expect(names(await opened(join(set, '..', 'p.zip')))).toEqual(all)
    await expectCode(opened(join(set, '..', 'secret.zip')), 'ARCHIVE_ENCRYPTED')
  })
})

const python = `
import os, sys, zipfile
class Pipe:
    def __init__(self, raw): self.raw = raw
    def write(self, data): return self.raw.write(data)
    def flush(self): self.raw.flush()
how, target = sys.argv[1:]
with open(target, 'wb') as raw:
    with zipfile.ZipFile(Pipe(raw) if how == 'pipe' else raw, 'w', zipfile.ZIP_DEFLATED) as z:
        for top, _, files in os.walk('.'):
            for name in files:
                path = os.path.join(top, name)
                if how == 'zip64':
                    with z.open(zipfile.ZipInfo.from_file(path), 'w', force_zip64=True) as out: out.write(open(path, 'rb').read())
                else: z.write(path)
`

describe.skipIf(!runs('python3', '--version'))('archive/zip of Python', () => {
  it.each(['file', 'pipe', 'zip64'])('reads what it writes to a %s', async (how) => {
    const set = folderOfFiles()
    const target = join(set, '..', 'p.zip')
    execFileSync('python3', ['-c', python, how, target], {
      cwd: set,
      env: { ...process.env, LC_ALL: 'C.UTF-8' },
    })
    expect(names(await opened(target))).toEqual(all)
  })
})
