import { DefsError } from '../../error.ts'
import { limits } from '../../limits.ts'

const firstLine = '#clamsign-1.0'
const entry = /^(\d{1,9}):(\d{0,9}):([a-z0-9-]+):([A-Za-z0-9+/]+={0,2})$/

/**
 * The PKCS#7 signatures (DER) in a `.sign` file that are meant for engines of `level`.
 * @throws TRUST_SIGNATURE for a file that cannot be read, TRUST_SIGNATURE_MISSING when none is for this level
 */
export function readSignFile(bytes: Uint8Array, level: number): Uint8Array[] {
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
