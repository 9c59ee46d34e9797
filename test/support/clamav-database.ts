import { createHash, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import type { ClamavKeys } from '../../src/clamav/keys.ts'
import { craftTar, type TarLie } from '../archive/craft-tar.ts'
import type { Authority, SignOptions } from './authority.ts'

/** Bits of the vendor's own keys for `.info` and patches, one less than a whole block. */
const vendorBits = 2047

interface PrivateNumbers {
  readonly modulus: bigint
  readonly exponent: bigint
  readonly secret: bigint
}

export interface PssLies {
  /** Sign until bit 6 of the first byte of the masked block (as ClamAV has it) comes out so. */
  readonly bit6?: boolean
  /** Another last byte than 0xbc. */
  readonly trailer?: number
  /** Bytes of salt; 32 is right. */
  readonly saltBytes?: number
  /** What stands where zeros must be; honest signers have 0. */
  readonly padding?: number
}

/** Own keys in the places of the vendor's. */
export interface ClamavSigner {
  /** What a trust is given. */
  readonly keys: ClamavKeys
  /** The legacy signature over the MD5 (hexadecimal) of a payload. */
  readonly signMd5: (md5: string) => string
  readonly signInfo: (content: Uint8Array, lies?: PssLies) => string
  readonly signPatch: (content: Uint8Array, lies?: PssLies) => string
}

/** Makes three keys; the vendor's have 1024, 2047 and 2047 bits. Takes half a second. */
export function makeClamavSigner(bits: number = vendorBits): ClamavSigner {
  const [database, info, patch] = [makeKey(1024), makeKey(bits), makeKey(bits)]
  return {
    keys: { database: open(database), info: open(info), patch: open(patch) },
    signMd5: (md5) => encode(power(BigInt(`0x${md5}`), database.secret, database.modulus)),
    signInfo: (content, lies) => signPss(content, info, lies),
    signPatch: (content, lies) => signPss(content, patch, lies),
  }
}

/** What a database is made of; everything but name and files has a default. */
export interface DatabaseRecipe {
  readonly name: string
  readonly version?: number
  readonly files: Readonly<Record<string, Buffer | string>>
  readonly builtAt?: Date
  readonly signatures?: number
  readonly functionalityLevel?: number
  readonly builder?: string
  /** Changes the `.info` before it is signed. */
  readonly info?: (text: string) => string
  /** Changes the `.info` after it was signed. */
  readonly signedInfo?: (text: string) => string
  readonly pss?: PssLies
  /** Changes the members before they are packed: COPYING, the .info, then the files. */
  readonly members?: (members: readonly TarLie[]) => readonly TarLie[]
  /** Changes the tar before it is packed. */
  readonly tar?: (tar: Buffer) => Buffer
  /** Changes the fields of the header, after its signature was made. */
  readonly header?: (fields: string[]) => string[]
}

/** The signed `.info` of a database. */
function makeInfo(recipe: DatabaseRecipe, signer: ClamavSigner): Buffer {
  const lines = Object.entries(recipe.files).map(
    ([name, data]) => `${name}:${Buffer.byteLength(data)}:${createHash('sha256').update(data).digest('hex')}`,
  )
  const plain = `${[headerFields(recipe, 'X', 'X').join(':'), ...lines].join('\n')}\n`
  const text = recipe.info?.(plain) ?? plain
  const signed = `${text}DSIG:${signer.signInfo(Buffer.from(text, 'latin1'), recipe.pss)}`
  return Buffer.from(recipe.signedInfo?.(signed) ?? signed, 'latin1')
}

/** A CVD: packed, signed in its header and by its `.info`. */
export function makeCvd(recipe: DatabaseRecipe, signer: ClamavSigner): Buffer {
  const payload = gzipSync(makeTar(recipe, signer))
  const md5 = createHash('md5').update(payload).digest('hex')
  return Buffer.concat([makeHeader(recipe, md5, signer.signMd5(md5)), payload])
}

/** A CLD: plain, signed by its `.info` alone. */
export function makeCld(recipe: DatabaseRecipe, signer: ClamavSigner): Buffer {
  return Buffer.concat([makeHeader(recipe, 'X', 'X'), makeTar(recipe, signer)])
}

/** What a patch may say that is not so. */
export interface PatchLies {
  readonly scriptBytes?: number
  readonly packed?: Buffer
  readonly pss?: PssLies
}

/** A patch to `version` with this script. */
export function makeCdiff(
  version: number,
  script: Buffer | string,
  signer: ClamavSigner,
  lies: PatchLies = {},
): Buffer {
  const packed = lies.packed ?? gzipSync(script)
  const size = lies.scriptBytes ?? Buffer.byteLength(script)
  const signed = Buffer.concat([Buffer.from(`ClamAV-Diff:${version}:${size}:`), packed])
  return Buffer.concat([signed, Buffer.from(`:${signer.signPatch(signed, lies.pss)}`)])
}

/** The `.sign` of a file, by an authority of the tests. */
export function makeSign(
  content: Uint8Array,
  authority: Authority,
  range = '230:',
  options?: SignOptions,
): Buffer {
  const der = authority.sign(content, options)
  return Buffer.from(`#clamsign-1.0\n${range}:pkcs7-pem:${der.toString('base64')}\n`)
}

function makeTar(recipe: DatabaseRecipe, signer: ClamavSigner): Buffer {
  const info = makeInfo(recipe, signer)
  const honest: TarLie[] = [
    { name: 'COPYING', data: 'made by a test\n' },
    { name: `${recipe.name}.info`, data: info },
    ...Object.entries(recipe.files).map(([name, data]) => ({ name, data: Buffer.from(data) })),
  ]
  // As ClamAV's own writer: no end marker.
  const tar = craftTar(recipe.members?.(honest) ?? honest, Buffer.alloc(0))
  return recipe.tar?.(tar) ?? tar
}

function makeHeader(recipe: DatabaseRecipe, md5: string, signature: string): Buffer {
  const fields = headerFields(recipe, md5, signature)
  return Buffer.from((recipe.header?.(fields) ?? fields).join(':').padEnd(512), 'latin1')
}

function headerFields(recipe: DatabaseRecipe, md5: string, signature: string): string[] {
  const { version = 1, signatures = 1, functionalityLevel = 81, builder = 'tester' } = recipe
  const { builtAt = new Date('2026-11-01T12:00:00Z') } = recipe
  const [, day, month, year, clock] = builtAt.toUTCString().split(' ')
  const built = `${day} ${month} ${year} ${clock?.slice(0, 5).replace(':', '-')} +0000`
  const numbers = [version, signatures, functionalityLevel].map(String)
  const seconds = String(Math.floor(builtAt.getTime() / 1000))
  return ['ClamAV-VDB', built, ...numbers, md5, signature, builder, seconds]
}

function makeKey(bits: number): PrivateNumbers {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: bits })
  return numbersOf(privateKey)
}

function numbersOf(key: KeyObject): PrivateNumbers {
  const { n = '', e = '', d = '' } = key.export({ format: 'jwk' })
  const number = (text: string) => BigInt(`0x${Buffer.from(text, 'base64url').toString('hex')}`)
  return { modulus: number(n), exponent: number(e), secret: number(d) }
}

function open({ modulus, exponent }: PrivateNumbers) {
  return { modulus, exponent }
}

/** RSA-PSS with SHA-256 in a block of 2047 bits, whatever the key has. */
function signPss(content: Uint8Array, key: PrivateNumbers, lies: PssLies = {}): string {
  for (;;) {
    const block = pssBlock(content, lies)
    const number = BigInt(`0x${block.toString('hex')}`)
    const bit6 = ((block[0] ?? 0) & 0x40) !== 0
    // A block above the modulus cannot be signed; another salt makes another block.
    if (number >= key.modulus || (lies.bit6 ?? bit6) !== bit6) continue
    return encode(power(number, key.secret, key.modulus))
  }
}

function pssBlock(content: Uint8Array, { trailer = 0xbc, saltBytes = 32, padding = 0 }: PssLies): Buffer {
  const sha256 = (...parts: Uint8Array[]) => createHash('sha256').update(Buffer.concat(parts)).digest()
  const salt = randomBytes(saltBytes)
  const hash = sha256(Buffer.alloc(8), sha256(content), salt)
  const data = Buffer.concat([Buffer.alloc(222 - saltBytes, padding), Buffer.from([1]), salt])
  const counters = [0, 1, 2, 3, 4, 5, 6].map((count) => Buffer.from([0, 0, 0, count]))
  const mask = Buffer.concat(counters.map((count) => sha256(hash, count)))
  const masked = Buffer.from(data.map((byte, index) => byte ^ (mask[index] ?? 0)))
  masked[0] = (masked[0] ?? 0) & 0x7f
  return Buffer.concat([masked, hash, Buffer.from([trailer])])
}

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n
  let square = base % modulus
  for (let left = exponent; left > 0n; left >>= 1n) {
    if ((left & 1n) === 1n) result = (result * square) % modulus
    square = (square * square) % modulus
  }
  return result
}

const alphabet = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/'

/** A number in ClamAV's alphabet, the least digit first. */
function encode(number: bigint): string {
  let text = ''
  for (let left = number; left > 0n; left >>= 6n) text += alphabet[Number(left & 63n)]
  return text
}
