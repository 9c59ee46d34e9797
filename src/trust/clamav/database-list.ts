import { type DatabaseHeader, readHeaderLine } from '../../database-header.ts'
import { DefsError, isDefsError } from '../../error.ts'
import { limits } from '../../limits.ts'
import type { PublicNumbers } from './keys.ts'
import { isPssSignature } from './pss.ts'

/** What a signed `.info` says. */
export interface DatabaseList {
  readonly header: DatabaseHeader
  /** Size and SHA-256 of each file by its name. */
  readonly files: ReadonlyMap<string, { readonly bytes: number; readonly sha256: string }>
}

const lastLine = /^DSIG:([A-Za-z0-9+/]+)\r?\n?$/

/**
 * Verifies the signature of an `.info` and then reads it.
 * @throws TRUST_SIGNATURE_MISSING, TRUST_SIGNATURE, TRUST_GUARD_INVALID
 */
export function readDatabaseList(bytes: Uint8Array, file: string, key: PublicNumbers): DatabaseList {
  const content = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const at = content.lastIndexOf('\nDSIG:') + 1
  // Rule: no signature, no trust. Stops: a list that anybody can write.
  if (at === 0)
    throw new DefsError('TRUST_SIGNATURE_MISSING', `'${file}' is not signed: fetch it again`, { path: file })
  const [, signature = ''] = lastLine.exec(content.toString('latin1', at)) ?? []
  const signed = content.subarray(0, at)
  // Rule: nothing behind the signature. Stops: lines that one reader of the list counts and another one skips.
  if (!isPssSignature(signature, signed, key)) {
    throw new DefsError('TRUST_SIGNATURE', `the signature of '${file}' does not match: fetch it again`, {
      path: file,
    })
  }
  try {
    return readLines(signed.toString('latin1').slice(0, -1).split('\n'), file)
  } catch (cause) {
    if (!isDefsError(cause, 'ARCHIVE_CORRUPT')) throw cause
    throw invalid(file, 'its first line is no header', cause)
  }
}

function readLines(lines: readonly string[], file: string): DatabaseList {
  const [first = '', ...rest] = lines
  const files = new Map<string, { bytes: number; sha256: string }>()
  if (rest.length > limits.entries) throw invalid(file, 'it lists too many files')
  for (const line of rest) {
    const [, name = '', bytes, sha256 = ''] = /^([^:]+):(\d{1,15}):([0-9a-f]{64})$/.exec(line) ?? []
    // Rule: each line is understood, each name stands once. Stops: two sizes for one file, each for another reader.
    if (name === '' || files.has(name)) throw invalid(file, `a line is broken: ${JSON.stringify(line)}`)
    files.set(name, { bytes: Number(bytes), sha256 })
  }
  return { header: readHeaderLine(first), files }
}

function invalid(file: string, what: string, cause?: unknown): DefsError {
  return new DefsError('TRUST_GUARD_INVALID', `'${file}' cannot be used, ${what}: fetch it again`, {
    path: file,
    cause,
  })
}
