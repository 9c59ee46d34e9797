import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { noise } from './noise.ts'

/** A key pair of minisign, made by hand from its published format. */
export interface MinisignPair {
  readonly id: Buffer
  readonly privateKey: KeyObject
  /** Base64 of `Ed`, id and key: the second line of a `.pub` file. */
  readonly publicKey: string
}

export function makeMinisignPair(): MinisignPair {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const id = noise(8)
  const raw = Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url')
  return { id, privateKey, publicKey: Buffer.concat([Buffer.from('Ed'), id, raw]).toString('base64') }
}

export interface MinisignOptions {
  /** The older form, over the content itself. */
  readonly legacy?: boolean
  /** Default `timestamp:1795240800\tfile:pack\thashed`. */
  readonly comment?: string
}

/** A `.minisig` over the content. */
export function minisign(
  content: Uint8Array,
  { id, privateKey }: MinisignPair,
  options: MinisignOptions = {},
): Buffer {
  const { legacy = false, comment = 'timestamp:1795240800\tfile:pack\thashed' } = options
  const signed = legacy ? content : createHash('blake2b512').update(content).digest()
  const signature = sign(null, signed, privateKey)
  const global = sign(null, Buffer.concat([signature, Buffer.from(comment)]), privateKey)
  const body = Buffer.concat([Buffer.from(legacy ? 'Ed' : 'ED'), id, signature]).toString('base64')
  return Buffer.from(
    `untrusted comment: signature from a test\n${body}\ntrusted comment: ${comment}\n${global.toString('base64')}\n`,
  )
}
