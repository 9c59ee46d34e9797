import { mkdirSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import type { ClamavTrust } from '../../src/clamav/keys.ts'
import { vendorKeys } from '../../src/clamav/keys.ts'
import { proveDatabase } from '../../src/clamav/prove.ts'
import { isPssSignature } from '../../src/clamav/signature.ts'
import { limits } from '../../src/limits.ts'
import { readAnchors } from '../../src/trust/anchors.ts'
import type { TarLie } from '../archive/craft-tar.ts'
import { room } from '../archive/workshop.ts'
import { type Authority, makeAuthority, signerExtensions } from '../support/authority.ts'
import {
  type ClamavSigner,
  type DatabaseRecipe,
  makeClamavSigner,
  makeCld,
  makeCvd,
  makeSign,
} from '../support/clamav-database.ts'
import { openBytes, options, verdict } from '../trust/clamav/world.ts'

let signer: ClamavSigner
let authority: Authority

beforeAll(() => {
  signer = makeClamavSigner()
  authority = makeAuthority(join(room(), 'authority'))
})

const honest: DatabaseRecipe = {
  name: 'mine',
  version: 7,
  files: { 'mine.ndb': 'Name:0:*:616263\n', 'mine.hdb': '00000000000000000000000000000000:1:X\n' },
}

const trustOf = (changes: Partial<ClamavTrust> = {}): ClamavTrust => ({
  keys: signer.keys,
  roots: readAnchors([{ text: authority.rootPem, path: authority.rootPath }]),
  sign: 'prefer',
  now: new Date(Date.now() + 3_600_000),
  ...changes,
})

type Make = (recipe: DatabaseRecipe, signer: ClamavSigner) => Buffer

async function judge(recipe: DatabaseRecipe, make: Make, name = 'mine'): Promise<string> {
  return verdict(async () => {
    const opened = await openBytes(make(recipe, signer))
    return proveDatabase(opened, { name, version: 7 }, null, trustOf())
  })
}

const without = (name: string) => (members: readonly TarLie[]) =>
  members.filter((member) => member.name !== name)
const plus = (extra: TarLie) => (members: readonly TarLie[]) => [...members, extra]
const zeros = (count: number) => (tar: Buffer) => Buffer.concat([tar, Buffer.alloc(count)])

/** Signed in every way, but not as it should be. */
const recipes: readonly [what: string, changes: Partial<DatabaseRecipe>, code: string][] = [
  ['nothing wrong', {}, 'accepted'],
  [
    'another COPYING',
    { members: (m) => m.map((one) => (one.name === 'COPYING' ? { ...one, data: 'x' } : one)) },
    'accepted',
  ],
  ['an end marker', { tar: zeros(1024) }, 'accepted'],
  ['a PSS block with bit 6 set', { pss: { bit6: true } }, 'accepted'],
  ['a PSS block with bit 6 clear', { pss: { bit6: false } }, 'accepted'],
  ['a PSS block that ends otherwise', { pss: { trailer: 0xbd } }, 'TRUST_SIGNATURE'],
  ['a PSS block with something in its padding', { pss: { padding: 1 } }, 'TRUST_SIGNATURE'],
  ['a short salt', { pss: { saltBytes: 20 } }, 'TRUST_SIGNATURE'],
  ['no .info', { members: without('mine.info') }, 'TRUST_GUARD_MISSING'],
  [
    'an .info without signature',
    { signedInfo: (text) => text.replace(/DSIG:.*/, '') },
    'TRUST_SIGNATURE_MISSING',
  ],
  [
    'an .info with an empty signature',
    { signedInfo: (text) => text.replace(/DSIG:.*/, 'DSIG:') },
    'TRUST_SIGNATURE',
  ],
  [
    'an .info changed after it was signed',
    { signedInfo: (text) => text.replace('mine.ndb:16', 'mine.ndb:17') },
    'TRUST_SIGNATURE',
  ],
  ['a line behind the signature', { signedInfo: (text) => `${text}\nmine.ldb:0:00` }, 'TRUST_SIGNATURE'],
  ['a signature with a letter that is none', { signedInfo: (text) => `${text}=` }, 'TRUST_SIGNATURE'],
  ['a signature of endless length', { signedInfo: (text) => `${text}${'a'.repeat(500)}` }, 'TRUST_SIGNATURE'],
  ['a second signature', { signedInfo: (text) => `${text}\n${text.split('\n').at(-1)}` }, 'TRUST_SIGNATURE'],
  ['a broken line in the .info', { info: (text) => `${text}mine.ldb:1:12\n` }, 'TRUST_GUARD_INVALID'],
  ['an empty line in the .info', { info: (text) => `${text}\n` }, 'TRUST_GUARD_INVALID'],
  ['a file listed twice', { info: (text) => `${text}${text.split('\n')[1]}\n` }, 'TRUST_GUARD_INVALID'],
  ['no header in the .info', { info: (text) => text.slice(text.indexOf('\n') + 1) }, 'TRUST_GUARD_INVALID'],
  ['another version in the .info', { info: (text) => text.replace(':7:', ':8:') }, 'TRUST_SET_NAME'],
  ['another time in the .info', { info: (text) => text.replace(/\d(?=\n)/, '9') }, 'TRUST_DIGEST'],
  ['a listed member that is missing', { members: without('mine.ndb') }, 'TRUST_FILE_MISSING'],
  ['a member that is not listed', { members: plus({ name: 'mine.ldb', data: 'x' }) }, 'TRUST_FILE_UNLISTED'],
  [
    'a member of another size',
    { info: (text) => text.replace('mine.ndb:16', 'mine.ndb:17') },
    'TRUST_DIGEST',
  ],
  [
    'a member of the same size with other bytes',
    {
      members: (m) => m.map((one) => (one.name === 'mine.ndb' ? { ...one, data: 'Name:0:*:616264\n' } : one)),
    },
    'TRUST_DIGEST',
  ],
  ['a member twice', { members: plus({ name: 'mine.ndb', data: 'Name:0:*:616263\n' }) }, 'ARCHIVE_DUPLICATE'],
  [
    'a member twice, in different case',
    { members: plus({ name: 'MINE.ndb', data: 'x' }) },
    'ARCHIVE_COLLISION',
  ],
  ['a second .info', { members: plus({ name: 'other.info', data: 'x' }) }, 'ARCHIVE_DUPLICATE'],
  ['a folder', { members: plus({ name: 'folder/', type: '5' }) }, 'ARCHIVE_SPECIAL'],
  ['a member in a folder', { members: plus({ name: 'folder/x', data: 'x' }) }, 'ARCHIVE_NAME_INVALID'],
  ['a symbolic link', { members: plus({ name: 'x', type: '2', link: '/etc/passwd' }) }, 'ARCHIVE_LINK'],
  ['a hard link', { members: plus({ name: 'x', type: '1', link: 'mine.ndb' }) }, 'ARCHIVE_LINK'],
  ['a device', { members: plus({ name: 'x', type: '3' }) }, 'ARCHIVE_SPECIAL'],
  ['a pax header', { members: plus({ name: 'x', type: 'x', data: '11 path=ab\n' }) }, 'ARCHIVE_SPECIAL'],
  ['a long name', { members: plus({ name: 'x', type: 'L', data: 'y' }) }, 'ARCHIVE_SPECIAL'],
  ['a path that climbs', { members: plus({ name: '../x', data: 'x' }) }, 'ARCHIVE_NAME_ESCAPES'],
  ['an absolute path', { members: plus({ name: '/tmp/x', data: 'x' }) }, 'ARCHIVE_NAME_ABSOLUTE'],
  ['a device of Windows', { members: plus({ name: 'con.ndb', data: 'x' }) }, 'ARCHIVE_NAME_DEVICE'],
  ['a name with a space', { members: plus({ name: 'a b', data: 'x' }) }, 'ARCHIVE_NAME_INVALID'],
  ['a name of our own files', { members: plus({ name: 'mine.ndb+new', data: 'x' }) }, 'ARCHIVE_NAME_INVALID'],
  ['a size that lies', { members: plus({ name: 'x', data: 'x', bytes: 100_000 }) }, 'ARCHIVE_TRUNCATED'],
  [
    'a damaged header of a member',
    { members: plus({ name: 'x', data: 'x', damaged: true }) },
    'ARCHIVE_CORRUPT',
  ],
  ['data between members', { members: plus({ name: 'x', data: 'x', padding: 1 }) }, 'ARCHIVE_HIDDEN'],
  [
    'data behind the end',
    { tar: (tar) => Buffer.concat([tar, Buffer.alloc(512), Buffer.from('x'.repeat(512))]) },
    'ARCHIVE_TRAILING',
  ],
]

describe('a database signed by its own maker, with', () => {
  it.each(recipes)('%s', async (_what, changes, code) => {
    expect(await judge({ ...honest, ...changes }, makeCvd)).toBe(code)
    expect(await judge({ ...honest, ...changes }, makeCld)).toBe(code)
  })

  it('a payload of neither kind', async () => {
    const members = (all: readonly TarLie[]) => all.slice(1)
    expect(await judge({ ...honest, members }, makeCld)).toBe('ARCHIVE_UNKNOWN')
  })

  it.each(['main', 'daily', 'bytecode'])('the name %s, offered as another', async (name) => {
    expect(await judge({ ...honest, name }, makeCvd, 'mine')).toBe('TRUST_SET_NAME')
    expect(await judge({ ...honest, name }, makeCvd, name)).toBe('accepted')
    expect(await judge(honest, makeCvd, name)).toBe('accepted')
  })

  it('a header without MD5 and signature: by its .sign alone', async () => {
    const header = (fields: string[]) => fields.map((text, at) => (at === 5 || at === 6 ? 'X' : text))
    const bytes = makeCvd({ ...honest, header }, signer)
    const sign = makeSign(bytes, authority)
    const opened = await openBytes(bytes)
    const judged = (file: Buffer | null) =>
      verdict(() => proveDatabase(opened, { name: 'mine', version: 7 }, file, trustOf()))
    expect(await judged(sign)).toBe('accepted')
    expect(await judged(null)).toBe('TRUST_SIGNATURE_MISSING')
  })

  it('keys of somebody else', async () => {
    const opened = await openBytes(makeCvd(honest, signer))
    const claim = { name: 'mine', version: 7 }
    const judged = (keys: ClamavTrust['keys']) =>
      verdict(() => proveDatabase(opened, claim, null, trustOf({ keys })))
    expect(await judged(signer.keys)).toBe('accepted')
    expect(await judged({ ...signer.keys, database: vendorKeys.database })).toBe('TRUST_SIGNATURE')
    expect(await judged({ ...signer.keys, info: vendorKeys.info })).toBe('TRUST_SIGNATURE')
  })

  it('a .sign by a certificate that is not for mail or files', async () => {
    const bytes = makeCvd(honest, signer)
    const opened = await openBytes(bytes)
    const judged = (purpose: string) => {
      const extensions = [...signerExtensions, `extendedKeyUsage=${purpose}`]
      const by = authority.issue(purpose, { extensions })
      const der = authority.sign(bytes, {}, by).toString('base64')
      const sign = Buffer.from(`#clamsign-1.0\n230::pkcs7-pem:${der}\n`)
      return verdict(() => proveDatabase(opened, { name: 'mine', version: 7 }, sign, trustOf()))
    }
    expect(await judged('codeSigning,emailProtection')).toBe('accepted')
    expect(await judged('serverAuth')).toBe('TRUST_CHAIN')
  })

  it('a .sign that carries the content, or has no attributes', async () => {
    const bytes = makeCvd(honest, signer)
    const opened = await openBytes(bytes)
    const judged = (...how: string[]) => {
      const sign = makeSign(bytes, authority, '230:', { options: how })
      return verdict(() => proveDatabase(opened, { name: 'mine', version: 7 }, sign, trustOf()))
    }
    expect(await judged()).toBe('accepted')
    expect(await judged('-nodetach')).toBe('TRUST_SIGNATURE')
    expect(await judged('-noattr')).toBe('TRUST_SIGNATURE')
  })

  it('a .sign over SHA-512, which one pass over the file does not take', async () => {
    const bytes = makeCvd(honest, signer)
    const opened = await openBytes(bytes)
    const sign = makeSign(bytes, authority, '230:', { digest: 'sha512' })
    const outcome = await verdict(() => proveDatabase(opened, { name: 'mine', version: 7 }, sign, trustOf()))
    expect(outcome).toBe('TRUST_ALGORITHM')
  })
})

describe('bounds of a database', () => {
  const bombOf = (bytes: number): DatabaseRecipe => ({
    ...honest,
    files: { ...honest.files, 'mine.ldb': Buffer.alloc(bytes) },
  })
  const bounded = (recipe: DatabaseRecipe, changes: Partial<typeof limits>) =>
    verdict(() => openBytes(makeCvd(recipe, signer), null, { ...options, limits: { ...limits, ...changes } }))

  it.each([
    ['members', honest, { entries: 3 }, 'ARCHIVE_TOO_MANY'],
    ['members, just so many', honest, { entries: 4 }, 'accepted'],
    ['bytes', bombOf(100_000), { unpacked: 100_000 }, 'ARCHIVE_BOMB_TOTAL'],
    ['bytes, few enough', bombOf(100_000), { unpacked: 102_000 }, 'accepted'],
    ['the ratio', bombOf(8_000_000), {}, 'ARCHIVE_BOMB_RATIO'],
    ['the ratio of a small one', bombOf(2_000_000), {}, 'accepted'],
  ] as const)('%s', async (_what, recipe, changes, code) => {
    expect(await bounded(recipe, changes as Partial<typeof limits>)).toBe(code)
  })

  it('the .info', async () => {
    const info = (text: string) => text + 'x'.repeat(limits.databaseInfo)
    expect(await judge({ ...honest, info }, makeCld)).toBe('ARCHIVE_BOMB_TOTAL')
  })

  it('the signal', async () => {
    const signal = AbortSignal.abort()
    const bytes = makeCvd(honest, signer)
    expect(await verdict(() => openBytes(bytes, null, { ...options, signal }))).toBe('INTERRUPTED')
  })
})

describe('unpacking', () => {
  it('writes every member, readable whatever mode the archive gives', async () => {
    const directory = join(room(), 'in')
    mkdirSync(directory)
    const opened = await openBytes(makeCvd(honest, signer), directory)
    expect(opened.members.map(({ name }) => name)).toEqual(['COPYING', 'mine.info', 'mine.ndb', 'mine.hdb'])
    expect(readdirSync(directory).sort()).toEqual(['COPYING', 'mine.hdb', 'mine.info', 'mine.ndb'])
    if (process.platform !== 'win32') expect(statSync(join(directory, 'mine.ndb')).mode & 0o777).toBe(0o600)
  })
})

describe('the PSS check', () => {
  const content = Buffer.from('signed')

  it('takes bit 6 set and clear, with keys of 2047 and of 2048 bits', () => {
    for (const made of [signer, makeClamavSigner(2048)]) {
      for (const bit6 of [true, false]) {
        const text = made.signInfo(content, { bit6 })
        expect(isPssSignature(text, content, made.keys.info)).toBe(true)
        expect(isPssSignature(text, Buffer.from('signet'), made.keys.info)).toBe(false)
        expect(isPssSignature(text, content, made.keys.patch)).toBe(false)
      }
    }
  })

  it('takes no second text for a signature', () => {
    const text = signer.signInfo(content)
    const alphabet = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/'
    const decode = (letters: string) =>
      [...letters].reduceRight((sum, letter) => sum * 64n + BigInt(alphabet.indexOf(letter)), 0n)
    let raised = decode(text) + signer.keys.info.modulus
    let other = ''
    for (; raised > 0n; raised >>= 6n) other += alphabet[Number(raised & 63n)]
    expect(isPssSignature(other, content, signer.keys.info)).toBe(false)
  })

  it.each(['', '-', 'a', 'aaaa', 'b'.repeat(351), 'é'])('refuses %j', (text) => {
    expect(isPssSignature(text, content, signer.keys.info)).toBe(false)
  })
})
