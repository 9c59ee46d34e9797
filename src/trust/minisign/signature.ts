import { DefsError } from '../../error.ts'
import { decodeBase64, keyId } from './public-key.ts'

/** A signature of minisign, read and not yet verified. */
export interface MinisignSignature {
  /** Whether the BLAKE2b-512 of the content is signed (`ED`), or the content itself (`Ed`, the older form). */
  readonly hashed: boolean
  /** Of the key that is said to have made it. */
  readonly keyId: string
  readonly signature: Uint8Array
  /** What stands behind `trusted comment: `. */
  readonly comment: string
  /** Over signature and comment. */
  readonly globalSignature: Uint8Array
}

const head = 'untrusted comment: '
const trusted = 'trusted comment: '

/**
 * Reads a `.minisig`: four lines and nothing else.
 * @throws TRUST_SIGNATURE when it is none, TRUST_ALGORITHM for one of another kind
 */
export function readMinisignSignature(bytes: Uint8Array): MinisignSignature {
  const lines = decode(bytes)
    .replace(/\r?\n$/, '')
    .split(/\r?\n/)
  const [untrusted = '', first = '', comment = '', second = ''] = lines
  // Rule: these four lines, whole. Stops: a second signature or comment that another reader takes for the first.
  if (lines.length !== 4 || !untrusted.startsWith(head) || !comment.startsWith(trusted)) throw refuseSignature()
  const body = decodeBase64(first)
  const globalSignature = decodeBase64(second)
  if (body?.length !== 74 || globalSignature?.length !== 64) throw refuseSignature()
  const algorithm = body.toString('latin1', 0, 2)
  if (algorithm !== 'Ed' && algorithm !== 'ED') {
    const text = 'the minisign signature is of an unknown algorithm: ask the publisher for Ed25519'
    throw new DefsError('TRUST_ALGORITHM', text)
  }
  return {
    hashed: algorithm === 'ED',
    keyId: keyId(body.subarray(2, 10)),
    signature: body.subarray(10),
    comment: comment.slice(trusted.length),
    globalSignature,
  }
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (cause) {
    throw refuseSignature(cause)
  }
}

function refuseSignature(cause?: unknown): DefsError {
  return new DefsError('TRUST_SIGNATURE', 'the file is no signature of minisign: it was damaged or changed', {
    cause,
  })
}
