import { generateKeyPairSync } from 'node:crypto'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { openPackage } from '../../src/archive/open.ts'
import { applyPatch as applyCdiff, readPatch } from '../../src/clamav/cdiff.ts'
import { isDefsError } from '../../src/error.ts'
import { readLicences } from '../../src/licence/licence.ts'
import { readMinisignKeys, verifyMinisign } from '../../src/rules/minisign.ts'
import { readOwnRecord, readVersionRecord } from '../../src/source/clamav/dns.ts'
import { freshclamDirectory, readFreshclamConf } from '../../src/source/clamav/freshclam-conf.ts'
import { readTri } from '../../src/source/liveupdate/tri.ts'
import { readIni } from '../../src/text/ini.ts'
import { parseFtpListing, plainEntries } from '../../src/transport/ftp-listing.ts'
import { readListing } from '../../src/transport/http-listing.ts'
import { readGuard } from '../../src/trust/guard.ts'
import { makeCertificate } from '../../src/trust/issue/make-certificate.ts'
import { signGuard } from '../../src/trust/issue/sign-guard.ts'
import { verifySignature } from '../../src/trust/signature.ts'
import { applyPatch } from '../../src/vcdiff/apply-patch.ts'
import { makePatch } from '../../src/vcdiff/make-patch.ts'
import { zipOf } from '../support/archive.ts'
import { quickContext } from '../support/fetching.ts'
import { makeMinisignPair, minisign } from '../support/minisign.ts'

/** One of our own readers of what strangers send. */
export interface Target {
  readonly name: string
  /** What honest input looks like, and what was found before. */
  readonly seeds: (folder: string) => Promise<readonly Buffer[]> | readonly Buffer[]
  /** Words of the format. */
  readonly words: readonly string[]
  /**
   * Reads an input in a folder of its own, and throws what is no answer to it: anything but an error of ours with one of
   * {@link codes}, or a result that breaks a promise.
   */
  readonly read: (input: Buffer, folder: string) => Promise<void> | void
  readonly codes: RegExp
}

const signal = new AbortController().signal
const bounds = { entries: 64, unpacked: 2 * 1024 * 1024, ratio: 200 }

/** Fails when a promise of a reader is broken. */
export function hold(promise: boolean, what: string): void {
  if (!promise) throw new Error(`broken promise: ${what}`)
}

async function openInto(input: Buffer, folder: string, file: string): Promise<void> {
  const path = join(folder, file)
  writeFileSync(path, input)
  const set = join(folder, 'set')
  mkdirSync(set)
  const options = { limits: bounds, algorithms: [], context: quickContext(), signal }
  const { files } = await openPackage(path, set, options)
  const found = readdirSync(set, { recursive: true, withFileTypes: true }).filter(
    (entry) => !entry.isDirectory(),
  )
  hold(
    found.every((entry) => entry.isFile()),
    'nothing but files',
  )
  hold(found.length === files.length, 'as many files as are told of')
  hold(files.reduce((sum, { bytes }) => sum + bytes, 0) <= bounds.unpacked, 'within limits.unpacked')
  hold(readdirSync(folder).length === 2, 'nothing beside the set')
}

function tarOf(members: readonly (readonly [name: string, type: string, content: string])[]): Buffer {
  const blocks = members.flatMap(([name, type, content]) => {
    const header = Buffer.alloc(512)
    const size = Buffer.byteLength(content).toString(8).padStart(11, '0')
    header.write(name, 0)
    header.write('0000644\x000000000\x000000000\x00', 100)
    header.write(`${size}\x0000000000000\x00        ${type}`, 124)
    header.write('ustar\x0000', 257)
    const sum = header.reduce((all, byte) => all + byte, 0)
    header.write(`${sum.toString(8).padStart(6, '0')}\x00 `, 148)
    return [header, Buffer.from(content), Buffer.alloc((512 - (Buffer.byteLength(content) % 512)) % 512)]
  })
  return Buffer.concat([...blocks, Buffer.alloc(1024)])
}

const pack = new Map([
  ['v.grd', Buffer.from('[GuardHeader]\r\n')],
  ['DEFS.DAT', Buffer.alloc(3000, 'definitions ')],
  ['sub/NAMES.TXT', Buffer.from('names\n')],
])

const sums = `SHA1=${'0'.repeat(40)}\r\nSHA256=${'a'.repeat(64)}\r\n`
const guard = `[GuardHeader]\r\nSetName=20261121.003\r\nSequence=28209\r\nGrade=certified\r\nLastModifiedUtcSeconds=1795240800\r\n[File-defs.dat]\r\n${sums}[File-sub/names.txt]\r\n${sums}`
const subject = { product: 'SMSMSE Virus Definitions', version: '6.5', language: 'symalllanguages' }
const tri = `[LiveUpdate]\r\nCountry=US\r\n[ExItem1]\r\nProduct=${subject.product}\r\nVersion=6.5\r\nLanguage=symalllanguages\r\nItemSeqName=CurDefs\r\nItemSeqData=261121003\r\nFileName=a.zip\r\nSize=1000\r\nFullSize=3000\r\nIncrementalPackage=FALSE\r\nSequence=28209\r\nGrade=certified\r\n[ExItem2]\r\nItemSeqName=CurDefs\r\nItemSeqData=261121003\r\nBaseSeqData=261120003\r\nFileName=b.zip\r\nSize=10\r\nIncrementalPackage=TRUE\r\n`
const licence = `<?xml version="1.0" encoding="UTF-8"?><a><!-- c --><licence><name>N</name><version>1</version><start_date>2026-01-01</start_date><end_date>2027-01-01</end_date><count>5</count><warn_policy>30</warn_policy><grace_policy>14</grace_policy></licence><b>&amp;&#65;<![CDATA[x]]></b></a>`
const script =
  'OPEN main.db\nADD three:3\nDEL 1 one\nXCHG 2 two zwei\nCLOSE\nMOVE main.db other.db 1 o 2 z\nUNLINK gone.db\n'
const cdiff = (text: string) =>
  Buffer.concat([
    Buffer.from(`ClamAV-Diff:2:${Buffer.byteLength(text, 'latin1')}:`),
    gzipSync(Buffer.from(text, 'latin1')),
    Buffer.from(':c2ln'),
  ])
const pair = makeMinisignPair()
const content = Buffer.from('a pack of rules')
const listings = [
  '-rw-r--r-- 1 ftp ftp 1234 Nov 21 10:00 symcdefs.zip\r\ndrwxr-xr-x 2 ftp ftp 4096 Nov 20 2025 sequence\r\n',
  '11-21-26  10:00AM  1,234 a.zip\r\n11-21-26  10:00AM  <DIR> sequence\r\n',
  'type=file;size=1234;modify=20261121100000; a.zip\r\ntype=dir;modify=20261121100000; sequence\r\n',
]
const page =
  '<html><h1>Index of /</h1><pre><a href="../">../</a>\n<a href="a%20b.zip">a b.zip</a> 21-Nov-2026 10:00 1234\n<a href="sequence/">sequence/</a> - \n</pre></html>'
const json =
  '[{"name":"a.zip","type":"file","mtime":"Sat, 21 Nov 2026 10:00:00 GMT","size":1234},{"name":"d","type":"directory"}]'
const archive = /^(ARCHIVE_|FETCH_HTML$)/
const now = new Date('2026-11-21T12:00:00Z')

/** Every one of them, in the order in which strangers are met. */
export const targets: readonly Target[] = [
  {
    name: 'dns',
    seeds: () => [
      Buffer.from('0.103.12:62:27810:1795240800:1:90:49192:335'),
      Buffer.from('27810:1795240800'),
    ],
    words: [':', '1795240800', '0'],
    codes: /^$/,
    read(input) {
      const numbers = [...(readVersionRecord(input.toString('latin1'), now)?.values() ?? [])]
      const own = readOwnRecord(input.toString('latin1'), now)
      hold(
        [...numbers, own ?? 1].every((number) => Number.isSafeInteger(number) && number > 0),
        'versions count from 1',
      )
    },
  },
  {
    name: 'ftp-listing',
    seeds: () => listings.map((text) => Buffer.from(text)),
    words: ['../', '/etc/passwd', '<DIR>', 'type=cdir;', '->', '\r\n', 'total 0'],
    codes: /^(SOURCE_PROTOCOL|INDEX_TOO_LARGE)$/,
    read(input) {
      const names = plainEntries(parseFtpListing(input.toString(), 'ftp://host/')).map(({ name }) => name)
      hold(!names.some((name) => name === '..' || /[/\\\0]/.test(name)), 'plain names')
    },
  },
  {
    name: 'http-listing',
    seeds: () => [Buffer.from(page), Buffer.from(json)],
    words: ['href="', '%2e%2e%2f', '//other/', 'javascript:', '&amp;', '</a>'],
    codes: /^(SOURCE_PROTOCOL|INDEX_TOO_LARGE)$/,
    read(input) {
      for (const type of ['text/html', 'application/json']) {
        const listed = readListing(input.toString(), type, new URL('http://host/folder/')) ?? []
        hold(!listed.some(({ name }) => name === '..' || /[/\\\0]/.test(name)), 'plain names')
      }
    },
  },
  {
    name: 'ini',
    seeds: () => [Buffer.from(guard), Buffer.from(tri), Buffer.from('; c\n[a]\nb = c\n')],
    words: ['[', ']', '=', ';', '#', '\r', '\n', '[File-'],
    codes: /^$/,
    read(input) {
      const { sections } = readIni(input.toString('latin1'))
      hold(
        sections.every(({ name }) => !/[\r\n]/.test(name)),
        'a section is of one line',
      )
    },
  },
  {
    name: 'tri',
    seeds: () => [Buffer.from(tri)],
    words: ['[ExItem3]', 'FileName=', '../', 'Size=', 'ItemSeqData=', 'TRUE', 'URL=', '='],
    codes: /^INDEX_INVALID$/,
    read(input) {
      const { full, incremental } = readTri(input.toString('latin1'), subject)
      const files = [...full, ...incremental].map(({ file }) => file)
      hold(!files.some((file) => file === '..' || /[/\\\0]/.test(file)), 'packages of plain names')
    },
  },
  {
    name: 'guard',
    seeds: () => [Buffer.from(guard), Buffer.from(guard.replaceAll('\r\n', '\n'))],
    words: ['[File-', '[GuardHeader]', 'SHA256=', 'SHA1=', '..', '/', '\\', 'İ', '\u2028', '\ufeff'],
    codes: /^TRUST_/,
    read(input) {
      const { files } = readGuard(input)
      hold(files.size > 0, 'it guards something')
      for (const [name, { sha256, sha1 }] of files) {
        hold(!/[A-Z]/.test(name), 'names are folded')
        hold((sha256 ?? sha1 ?? '').length >= 40, 'each file has a digest')
      }
    },
  },
  {
    name: 'cms',
    async seeds() {
      const { privateKey: key } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
      const from = new Date('2020-01-01T00:00:00Z')
      const request = { commonName: 'a signer', key, issuer: null, authority: true, from, days: 3650 }
      const certificate = await makeCertificate(request)
      return [Buffer.from(await signGuard(Buffer.from(guard), { key, certificate }))]
    },
    words: ['\x30\x84\x7f\xff\xff\xff', '\x06\x09*\x86H\x86\xf7\r\x01\x07\x02', '\xa0\x80', '\x31\x00'],
    codes: /^TRUST_/,
    read(input) {
      const policy = { allowSha1: false, expired: 'accept', now } as const
      // Nobody is pinned, so every answer is a refusal.
      verifySignature(Buffer.from(guard), input, [], policy)
      hold(false, 'nobody is trusted')
    },
  },
  {
    name: 'minisign',
    seeds: () => [
      minisign(content, pair),
      minisign(content, pair, { legacy: true }),
      Buffer.from(pair.publicKey),
    ],
    words: ['untrusted comment: ', 'trusted comment: ', 'timestamp:1', '\n', '\r\n', 'RUQ', '='],
    codes: /^TRUST_/,
    read(input) {
      const keys = readMinisignKeys(pair.publicKey, 'pinned')
      try {
        readMinisignKeys(input.toString('latin1'), 'keys')
      } catch (error) {
        if (!isDefsError(error, 'TRUST_ANCHORS')) throw error
      }
      verifyMinisign(content, input, keys)
      // What is not signed is the first line alone.
      const signed = (text: Buffer) => text.toString('latin1').split('\n').slice(1).join('\n').trim()
      const genuine = [minisign(content, pair), minisign(content, pair, { legacy: true })].map(signed)
      hold(genuine.includes(signed(input).replaceAll('\r', '')), 'what verifies is what was signed')
    },
  },
  {
    name: 'licence',
    seeds: () => [Buffer.from(licence)],
    words: [
      '<licence>',
      '</licence>',
      '<a>',
      '</a>',
      '&lt;',
      '&#x41;',
      '<!DOCTYPE',
      '<!ENTITY',
      '<![CDATA[',
      '<?xml',
    ],
    codes: /^LICENCE_MISSING$/,
    read(input) {
      const { good } = readLicences(input.toString())
      hold(
        good.every(({ name }) => typeof name === 'string'),
        'a licence has a name',
      )
    },
  },
  {
    name: 'freshclam-conf',
    seeds: () => [
      Buffer.from(
        '# c\nDatabaseDirectory /var/lib/clamav\nDatabaseMirror database.clamav.net\nDNSDatabaseInfo current.cvd.clamav.net\nChecks 24\nHTTPProxyServer proxy\nHTTPProxyPort 8080\nDatabaseCustomURL http://host/a.ndb\nPrivateMirror host\nScriptedUpdates yes\nReceiveTimeout 60\n',
      ),
    ],
    words: ['Example', 'DatabaseMirror ', 'http://', 'file://', ' yes', ' no', '#', '"', '\n'],
    codes: /^CONFIG_INVALID$/,
    read(input) {
      freshclamDirectory(input.toString(), 'freshclam.conf')
      readFreshclamConf(input.toString(), 'freshclam.conf', ['main', 'daily', 'bytecode'])
    },
  },
  {
    name: 'zip',
    seeds: () => [zipOf(pack), zipOf(pack, ['-0']), Buffer.concat([Buffer.from('MZ stub'), zipOf(pack)])],
    words: [
      'PK\x01\x02',
      'PK\x03\x04',
      'PK\x05\x06',
      'PK\x06\x06',
      '../',
      '/etc/passwd',
      'con',
      '\xff\xff\xff\xff',
    ],
    codes: archive,
    read: (input, folder) => openInto(input, folder, 'package.zip'),
  },
  {
    name: 'tar',
    seeds() {
      const tar = tarOf([
        ['v.grd', '0', '[GuardHeader]\r\n'],
        ['sub/', '5', ''],
        ['sub/NAMES.TXT', '0', 'names\n'],
        ['long', 'x', '25 path=sub/OTHER_NAME.D\n'],
        ['short', '0', 'other'],
      ])
      return [tar, gzipSync(tar), Buffer.concat([Buffer.from('#!/bin/sh\nexit 0\n'), gzipSync(tar)])]
    },
    words: ['ustar\x0000', 'ustar  \0', '../', '20 linkpath=/etc\n', '18 size=99999999\n', 'GNU.sparse'],
    codes: archive,
    read: (input, folder) => openInto(input, folder, 'package.tar'),
  },
  {
    name: 'vcdiff',
    async seeds(folder) {
      const [base, target, patch] = ['base', 'target', 'patch'].map((name) => join(folder, name))
      if (!base || !target || !patch) return []
      writeFileSync(base, vcdiffBase)
      writeFileSync(target, Buffer.concat([vcdiffBase.subarray(100), Buffer.from('new'), vcdiffBase]))
      await makePatch({ base, target, patch, signal })
      const { readFileSync } = await import('node:fs')
      return [readFileSync(patch)]
    },
    words: ['\xd6\xc3\xc4\x00', '\x00\x05', '\xff\xff\xff\xff\x7f', '\x01\x13'],
    codes: archive,
    async read(input, folder) {
      const [base, patch, output] = [join(folder, 'base'), join(folder, 'patch'), join(folder, 'output')]
      writeFileSync(base, vcdiffBase)
      writeFileSync(patch, input)
      const maxBytes = 1024 * 1024
      try {
        const { bytes } = await applyPatch({ base, patch, output, maxBytes, algorithms: ['sha256'], signal })
        hold(bytes <= maxBytes, 'no more than is allowed')
      } catch (error) {
        hold(!readdirSync(folder).includes('output'), 'no output of a patch that failed')
        throw error
      }
    },
  },
  {
    name: 'cdiff',
    // Most changes break the packing: so the script is changed by itself as well, and packed then.
    seeds: () => [Buffer.from(script), Buffer.from('OPEN main.db\nADD x\nCLOSE\n'), cdiff(script)],
    words: ['ClamAV-Diff:', 'OPEN ', 'CLOSE\n', 'DEL 1 ', 'XCHG ', 'MOVE ', 'UNLINK ', '../', ':'],
    codes: archive,
    async read(input, folder) {
      const set = join(folder, 'set')
      mkdirSync(set)
      writeFileSync(join(set, 'main.db'), 'one\ntwo\nthree\n')
      writeFileSync(join(set, 'gone.db'), 'gone\n')
      const patch = readPatch(
        input.subarray(0, 4).toString() === 'Clam' ? input : cdiff(input.toString('latin1')),
      )
      if (patch) await applyCdiff(patch, set, { limits: bounds, signal })
      hold(readdirSync(folder).length === 1, 'nothing beside the database')
    },
  },
]

const vcdiffBase = Buffer.from(Array.from({ length: 600 }, (_, at) => `line ${at * 7919}\n`).join(''))
