import { type Bytes, withFileBytes } from '../archive/bytes.ts'
import { readTarHeader, tarBlock } from '../archive/tar-header.ts'
import { DefsError, isDefsError } from '../error.ts'
import { limits } from '../limits.ts'
import { verifySignature } from '../trust/signature.ts'
import type { Trust } from '../trust/trust.ts'
import { readStatement, type Statement, statementName, statementSignature } from './statement.ts'

/** The beginning of a bundle. */
export interface Bundle {
  readonly file: string
  readonly statement: Statement
  /** Who signed the statement; null when nobody did. */
  readonly signedBy: string | null
}

/**
 * Reads what a bundle says of itself and proves it when it is signed. Nothing else of the bundle is read.
 * @param signed refuse a statement that nobody signed
 * @throws ARCHIVE_UNKNOWN for what is no bundle, ARCHIVE_*; TRUST_SIGNATURE_MISSING, TRUST_*; STORE_*
 */
export function readBundle(file: string, trust: Trust, signed: boolean): Promise<Bundle> {
  return withFileBytes(file, async (bytes) => {
    const first = await leafAt(bytes, 0, limits.bundleStatement)
    if (first?.name !== statementName) {
      throw new DefsError('ARCHIVE_UNKNOWN', `${file} is no bundle of 'defs export'`, { path: file })
    }
    const second = await leafAt(bytes, first.next, limits.signature)
    const signature = second?.name === statementSignature ? second.content : null
    // Rule: a signature that is there is checked. Stops: a changed expiry under somebody's good name.
    const signer =
      signature &&
      verifySignature(first.content, signature, trust.anchors, { ...trust.policy, now: trust.now })
    if (!signer && signed) {
      const text = `nobody signed ${statementName} of ${file}: export it with --sign, or import it without --signed`
      throw new DefsError('TRUST_SIGNATURE_MISSING', text, { path: file })
    }
    return { file, statement: readStatement(first.content), signedBy: signer?.name ?? null }
  })
}

interface Leaf {
  readonly name: string
  readonly content: Buffer
  /** Where the next header is. */
  readonly next: number
}

/** A small member; null for anything else that may stand there. @throws ARCHIVE_TRUNCATED */
async function leafAt(bytes: Bytes, position: number, most: number): Promise<Leaf | null> {
  const header = headerOf(await bytes.read(position, tarBlock))
  if (header?.kind !== 'file' || header.bytes > most) return null
  const content = await bytes.read(position + tarBlock, header.bytes)
  const next = position + tarBlock + Math.ceil(header.bytes / tarBlock) * tarBlock
  return { name: header.name, content, next }
}

function headerOf(block: Buffer) {
  try {
    return readTarHeader(block)
  } catch (error) {
    if (isDefsError(error, 'ARCHIVE_CORRUPT')) return null
    throw error
  }
}
