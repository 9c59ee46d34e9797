import { mkdir } from 'node:fs/promises'
import { type Bytes, withFileBytes } from '../archive/bytes.ts'
import { type OpenOptions, openPackage } from '../archive/open.ts'
import type { Opened, OpenedFile } from '../archive/opened.ts'
import { planSet, rebuild } from '../archive/rebuild.ts'
import { readTarHeader, tarBlock } from '../archive/tar-header.ts'
import { DefsError, isDefsError, storeError } from '../error.ts'
import { limits } from '../limits.ts'
import type { Trust } from '../trust/authentic.ts'
import { readGuard } from '../trust/guard.ts'
import { verifySignature } from '../trust/signature.ts'
import {
  type BundleStatement,
  readStatement,
  type StatedMember,
  statementName,
  statementSignature,
} from './statement.ts'

/** The beginning of a bundle. */
export interface Bundle {
  readonly file: string
  readonly statement: BundleStatement
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
    const first = bytes.size < tarBlock ? null : await leafAt(bytes, 0, limits.bundleStatement)
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

/** Where a bundle is opened. */
export interface BundlePlace {
  /** An empty private folder for the set. */
  readonly directory: string
  /** A folder that is not there yet, on the same file system, for what is in the bundle. */
  readonly aside: string
}

/** The set of a bundle, not proved yet. */
export interface OpenedBundle {
  readonly opened: Opened
  /** Files that were copied or patched from the base. */
  readonly reused: number
}

const apart = new Set([statementName, statementSignature])

/**
 * Makes the set of a bundle, from its base where it has one. Nothing in it is believed: the guard judges the result.
 * @throws ARCHIVE_TRUNCATED for a copy that was cut short, ARCHIVE_CORRUPT for one that went wrong, other ARCHIVE_*;
 *   TRUST_GUARD_*, TRUST_FILE_*; STORE_*; INTERRUPTED
 */
export async function openBundle(
  { file, statement }: Bundle,
  base: Pick<Opened, 'directory' | 'files'> | null,
  { directory, aside }: BundlePlace,
  options: OpenOptions,
): Promise<OpenedBundle> {
  await mkdir(aside, { mode: 0o700 }).catch((error: unknown) => {
    throw storeError(error, `making ${aside}`)
  })
  const { files, guard, signature } = await openPackage(file, aside, options)
  const given = files.filter(({ name }) => !apart.has(name))
  assertAsStated(given, statement.members)
  if (!guard) throw new DefsError('TRUST_GUARD_MISSING', `${file} holds no v.grd`, { path: 'v.grd' })
  const names = [...readGuard(guard).files.keys()]
  const steps = planSet({ names, given, base: base?.files ?? [] })
  const folders = { base: base?.directory ?? aside, given: aside, to: directory }
  const made = await rebuild(steps, folders, options)
  const reused = steps.filter(({ how }) => how !== 'given').length
  return { opened: { directory, files: made, guard, signature }, reused }
}

// A copy onto a bad stick and a forged set are different alarms.
function assertAsStated(given: readonly OpenedFile[], members: readonly StatedMember[]): void {
  const stated = new Map(members.map((member) => [member.name, member]))
  const wrong = given
    .filter(({ name, sha256 }) => stated.get(name)?.sha256 !== sha256)
    .map(({ name }) => name)
  const there = new Set(given.map(({ name }) => name))
  const missing = [...stated.keys()].filter((name) => !there.has(name))
  if (wrong.length + missing.length === 0) return
  throw new DefsError('ARCHIVE_CORRUPT', 'the bundle is not as it was written: copy it again', {
    problems: [...wrong.map((name) => `${name} differs`), ...missing.map((name) => `${name} is missing`)],
  })
}
