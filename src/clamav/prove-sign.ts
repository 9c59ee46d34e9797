import { DefsError, isDefsError } from '../error.ts'
import { limits } from '../limits.ts'
import type { Signer } from '../trust/authentic.ts'
import { verifySignature } from '../trust/signature.ts'
import type { ClamavTrust, SignProof } from './keys.ts'

/** The functionality level we read `.sign` files with: that of ClamAV 1.5, which brought them. */
const level = 230

/**
 * Judges the `.sign` of a file by policy. One that is there and can be judged must be good: there is no way back
 * to the legacy keys, or anybody could force it by spoiling the `.sign`.
 * @param file for messages
 * @param sha256 of the whole file, lower-case hexadecimal
 * @param sign the bytes of its `.sign`; null when there is none
 * @throws TRUST_ANCHORS, TRUST_SIGNATURE_MISSING by policy; TRUST_SIGNATURE, TRUST_CHAIN, TRUST_EXPIRED,
 *   TRUST_ALGORITHM for a bad one
 */
export function proveSign(
  file: string,
  sha256: string,
  sign: Uint8Array | null,
  trust: ClamavTrust,
): SignProof {
  if (trust.roots.length === 0 && trust.sign === 'require') {
    throw new DefsError(
      'TRUST_ANCHORS',
      `.sign files are required, but no root to judge them by is pinned (for ${file}): name ClamAV's root certificate`,
    )
  }
  if (sign === null) {
    if (trust.sign === 'prefer') return { method: 'legacy', unjudged: false, signer: null }
    // Rule: required is required. Stops: taking the .sign away to be judged by the old keys alone.
    throw new DefsError(
      'TRUST_SIGNATURE_MISSING',
      `${file} has no .sign file: use a mirror that carries them`,
    )
  }
  if (trust.roots.length === 0) return { method: 'legacy', unjudged: true, signer: null }
  const signer = firstGood(readSignFile(sign, level), sha256, trust)
  return { method: 'pkcs7', unjudged: false, signer }
}

/** One good signature is enough: while roots change, a file carries one of each. */
function firstGood(signatures: readonly Uint8Array[], sha256: string, { roots, now }: ClamavTrust): Signer {
  let refusal: DefsError | null = null
  for (const signature of signatures) {
    try {
      const policy = {
        now,
        expired: 'refuse',
        allowSha1: false,
        purpose: 'mail',
        advice: 'new-signature',
      } as const
      return verifySignature({ sha256 }, signature, roots, policy)
    } catch (error) {
      if (!isDefsError(error)) throw error
      refusal ??= error
    }
  }
  throw refusal ?? new DefsError('BUG', 'neither proved nor refused')
}

const firstLine = '#clamsign-1.0'
const entry = /^(\d{1,9}):(\d{0,9}):([a-z0-9-]+):([A-Za-z0-9+/]+={0,2})$/

/**
 * The PKCS#7 signatures (DER) in a `.sign` file that are meant for engines of `level`.
 * @throws TRUST_SIGNATURE for a file that cannot be read, TRUST_SIGNATURE_MISSING when none is for this level
 */
function readSignFile(bytes: Uint8Array, level: number): Uint8Array[] {
  if (bytes.length > limits.signature) throw unreadable(`it is over ${limits.signature} bytes`)
  const [first = '', ...lines] = Buffer.from(bytes).toString('latin1').split(/\r?\n/)
  // Rule: the version that is understood, and every line of it. Stops: fields of a later version taken for these.
  if (first.trimEnd() !== firstLine) throw unreadable(`it does not begin with ${firstLine}`)
  const entries = lines.filter((line) => line !== '' && !line.startsWith('#')).map(readEntry)
  if (entries.length > limits.signers) throw unreadable(`it holds more than ${limits.signers} signatures`)
  const meant = entries.filter(({ from, to }) => from <= level && level <= to)
  if (meant.length > 0) return meant.map(({ der }) => der)
  throw new DefsError(
    'TRUST_SIGNATURE_MISSING',
    `the .sign file holds no signature for engines of level ${level}: ask its publisher for a newer one`,
  )
}

function readEntry(line: string): { from: number; to: number; der: Uint8Array } {
  const [, from, to, format, text = ''] = entry.exec(line) ?? []
  if (format !== 'pkcs7-pem') throw unreadable('a line is broken, or of another format than pkcs7-pem')
  return { from: Number(from), to: to === '' ? Infinity : Number(to), der: Buffer.from(text, 'base64') }
}

function unreadable(what: string): DefsError {
  return new DefsError('TRUST_SIGNATURE', `the .sign file cannot be read, ${what}: fetch it again`)
}
