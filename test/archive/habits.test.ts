import { execFileSync } from 'node:child_process'
import { appendFileSync, copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openssl } from '../support/authority.ts'
import { isInstalled, tools } from '../support/real-servers.ts'
import { craftZip } from './craft-zip.ts'
import { names, opened, room } from './workshop.ts'

let work: string
beforeAll(() => {
  work = room()
  mkdirSync(join(work, 'set'))
  writeFileSync(join(work, 'set', 'v.grd'), '[GuardHeader]\r\n')
  writeFileSync(join(work, 'set', 'VIRSCAN.DAT'), 'virus '.repeat(4000))
})

function run(program: string, ...argv: string[]): Buffer {
  return execFileSync(program, argv, { cwd: work, stdio: ['ignore', 'pipe', 'pipe'], timeout: 30_000 })
}

/** What opening says: the names, or code and message. */
async function look(file: string): Promise<string> {
  return opened(join(work, file)).then(
    (set) => names(set).sort().join(),
    (error: unknown) =>
      error instanceof Error && 'code' in error ? `${error.code} ${error.message}` : `${error}`,
  )
}

const whole = 'VIRSCAN.DAT,v.grd'

describe('tars of other habits', () => {
  it.each([
    ['a label', ['-V', 'weekly'], 'tar -V'],
    ['a sparse file', ['-S', '--hole-detection=raw'], 'tar -S'],
    ['an incremental backup', ['-g', 'snapshot'], 'tar -g'],
  ])('%s is named, with what to leave out', async (name, options, advice) => {
    if (name === 'a sparse file') run('truncate', '-s', '200K', 'set/VIRSCAN.DAT')
    run('tar', '--format=gnu', '-c', ...options, '-f', 'odd.tar', '-C', 'set', '.')
    expect(await look('odd.tar')).toMatch(/^ARCHIVE_SPECIAL /)
    expect(await look('odd.tar')).toContain(advice)
  })
})

describe.skipIf(!isInstalled('git'))('what git makes of a commit', () => {
  it('is read: its zip has the id of the commit as a comment, its tar a global header', async () => {
    run('cp', '-r', 'set', 'commit')
    const git = (...argv: string[]) => run('git', '-C', 'commit', ...argv)
    git('init', '-q')
    git('add', '.')
    git('-c', 'user.name=x', '-c', 'user.email=x@example.org', 'commit', '-q', '-m', 'x')
    for (const format of ['zip', 'tar.gz']) {
      git('archive', `--format=${format}`, '-o', `../pack.${format}`, 'HEAD')
      expect(await look(`pack.${format}`)).toBe(whole)
    }
  })

  it.each([
    ['another archive in it', craftZip([{ name: 'other' }]).toString('latin1')],
    ['bytes that are no text', '\x01\x02\x03'],
    ['the letters of an archive', 'see PK\x05\x06'],
  ])('a comment with %s is refused', async (_, comment) => {
    const zip = craftZip([{ name: 'v.grd', data: 'x' }])
    const text = Buffer.from(comment, 'latin1')
    zip.writeUInt16LE(text.length, zip.length - 2)
    writeFileSync(join(work, 'commented.zip'), Buffer.concat([zip, text]))
    expect(await look('commented.zip')).toMatch(/^ARCHIVE_(HIDDEN|TRAILING|CORRUPT|UNKNOWN)/)
  })
})

it('a zip that bsdtar wrote into a pipe is named, with what to do', async () => {
  const zip = craftZip([{ name: 'v.grd', data: 'x' }])
  writeFileSync(join(work, 'piped.zip'), Buffer.concat([zip, Buffer.alloc(10_240 - zip.length)]))
  expect(await look('piped.zip')).toMatch(/^ARCHIVE_TRAILING zeros follow .* written to a file$/)
})

const makeself = join(tools, 'usr', 'bin', 'makeself')
const header = join(tools, 'usr', 'share', 'makeself', 'makeself-header.sh')

describe.skipIf(!existsSync(makeself))('scripts of makeself', () => {
  it.each([
    ['--gzip', whole],
    ['--bzip2', 'with bzip2: have it packed with gzip (makeself --gzip)'],
    ['--xz', 'with xz: have it packed with gzip (makeself --gzip)'],
    ['--nocomp', 'without gzip: have it packed with gzip (makeself --gzip)'],
    ['--base64', 'without gzip: have it packed with gzip (makeself --gzip)'],
  ])('%s', async (how, expected) => {
    run('sh', makeself, '--header', header, '--nox11', '--quiet', how, 'set', 'pack.run', 'x', 'true')
    const seen = await look('pack.run')
    if (expected === whole) expect(seen).toBe(whole)
    else expect(seen).toMatch(/^ARCHIVE_UNSUPPORTED /)
    expect(seen).toContain(expected)
  })
})

describe('programs for Unix that unpack themselves', () => {
  it.skipIf(!isInstalled('unzipsfx') || !isInstalled('zip'))('unzipsfx is refused as such', async () => {
    run('zip', '-qrX', 'inner.zip', 'set')
    writeFileSync(
      join(work, 'pack'),
      Buffer.concat([readFileSync('/usr/bin/unzipsfx'), readFileSync(join(work, 'inner.zip'))]),
    )
    expect(await look('pack')).toMatch(/^ARCHIVE_UNSUPPORTED .*self-extracting ELF.*zip or tar\.gz/)
  })

  it.skipIf(!isInstalled('7z'))('so is that of 7z', async () => {
    run('7z', 'a', '-sfx', 'pack.exe', 'set')
    expect(await look('pack.exe')).toMatch(/^ARCHIVE_UNSUPPORTED .*self-extracting/)
  })
})

const stubs = '/usr/share/nsis/Stubs'
const ready = isInstalled('osslsigncode') && isInstalled('zip') && existsSync(stubs)

describe.skipIf(!ready)('programs for Windows, signed after they were made', () => {
  let certificates: string
  beforeAll(() => {
    certificates = room()
    writeFileSync(join(certificates, 'c.cnf'), '[req]\ndistinguished_name=dn\n[dn]\n')
    openssl([
      ...[
        'req',
        '-config',
        join(certificates, 'c.cnf'),
        '-x509',
        '-newkey',
        'rsa:2048',
        '-nodes',
        '-days',
        '9',
      ],
      ...['-subj', '/CN=Root', '-keyout', join(certificates, 'k.pem'), '-out', join(certificates, 'c.pem')],
    ])
  })
  afterAll(() => undefined)

  /** A self-extractor of this stub, signed. */
  function make(stub: string, adjusted: boolean, ...more: string[]): void {
    run('sh', '-c', 'rm -f p.zip sfx.exe signed.exe; cd set && zip -qX ../p.zip v.grd VIRSCAN.DAT')
    run('sh', '-c', `cat ${stubs}/${stub} p.zip > sfx.exe`)
    if (adjusted) run('zip', '-qA', 'sfx.exe')
    run(
      'osslsigncode',
      ...['sign', '-certs', join(certificates, 'c.pem'), '-key', join(certificates, 'k.pem'), ...more],
      ...['-in', 'sfx.exe', '-out', 'signed.exe'],
    )
  }

  it.each([
    ['zlib-x86-unicode', true],
    ['zlib-x86-unicode', false],
    ['zlib-amd64-unicode', true],
  ])('%s (offsets adjusted: %s) is read', async (stub, adjusted) => {
    make(stub, adjusted)
    expect(await look('signed.exe')).toBe(whole)
  })

  it('signed twice is read', async () => {
    make('zlib-x86-unicode', true)
    copyFileSync(join(work, 'signed.exe'), join(work, 'once.exe'))
    run(
      'osslsigncode',
      ...['sign', '-nest', '-certs', join(certificates, 'c.pem'), '-key', join(certificates, 'k.pem')],
      ...['-in', 'once.exe', '-out', 'twice.exe'],
    )
    expect(await look('twice.exe')).toBe(whole)
  })

  it('bytes behind the certificates are refused, and so is an archive inside them', async () => {
    make('zlib-x86-unicode', true)
    const good = readFileSync(join(work, 'signed.exe'))
    appendFileSync(join(work, 'signed.exe'), 'x')
    expect(await look('signed.exe')).toMatch(/^ARCHIVE_TRAILING /)
    const other = craftZip([{ name: 'other' }])
    const stuffed = Buffer.concat([good, other, Buffer.alloc((8 - (other.length % 8)) % 8)])
    const directory = stuffed.readUInt32LE(0x3c) + 24 + 96 + 32
    stuffed.writeUInt32LE(stuffed.readUInt32LE(directory + 4) + stuffed.length - good.length, directory + 4)
    writeFileSync(join(work, 'signed.exe'), stuffed)
    expect(await look('signed.exe')).toMatch(/^ARCHIVE_(HIDDEN|TRAILING) /)
  })
})
