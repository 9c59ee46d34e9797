import { createHash } from 'node:crypto'
import { DefsError, isDefsError } from '../error.ts'
import { limits } from '../limits.ts'
import type { DatabaseContents, DatabaseMember, DatabasePatch, OpenedDatabase } from './database.ts'
import { type DatabaseHeader, readHeaderLine } from './header.ts'
import type {
  ClamavClaim,
  ClamavTrust,
  ContentsProof,
  DatabaseProof,
  PatchProof,
  PublicNumbers,
  SignProof,
} from './keys.ts'
import { proveSign } from './prove-sign.ts'
import { isPssSignature, openSignature } from './signature.ts'

const md5Bytes = 16

/**
 * Proves a CVD or CLD: its `.sign` by policy, its legacy signature (CVD), its header against the signed `.info`,
 * and every member.
 * @param sign the bytes of its `.sign`, null when there is none
 * @throws those of {@link proveSign} and {@link proveContents}; TRUST_DIGEST for a payload or header that is not
 *   the signed one; TRUST_SIGNATURE, TRUST_SIGNATURE_MISSING for the legacy signature
 */
export function proveDatabase(
  opened: OpenedDatabase,
  claim: ClamavClaim,
  sign: Uint8Array | null,
  trust: ClamavTrust,
): DatabaseProof {
  const proved = proveSign(claim.name, opened.sha256, sign, trust)
  if (opened.kind === 'cvd') checkLegacy(opened, claim, proved, trust)
  const contents = proveContents(opened, claim, trust)
  checkHeader(opened.header, readHeaderLine(contents.line), claim)
  return { ...contents, ...proved }
}

function checkLegacy(
  { header, md5 }: OpenedDatabase,
  { name }: ClamavClaim,
  { method }: SignProof,
  { keys }: ClamavTrust,
): void {
  // Rule: the payload is the one the header states. Stops: damage on the way, said as what it is.
  if (header.md5 !== md5 && (header.md5 !== null || header.signature !== null)) {
    throw new DefsError('TRUST_DIGEST', `${name} does not have the MD5 of its header: fetch it again`)
  }
  if (header.signature === null) {
    if (method === 'pkcs7') return
    // Rule: a CVD is signed in one way at least. Stops: a header with its signature wiped out.
    throw new DefsError('TRUST_SIGNATURE_MISSING', `${name} carries no signature: use another mirror`)
  }
  const stated = openSignature(header.signature, keys.database, md5Bytes)
  if (stated?.toString('hex') === md5) return
  throw new DefsError('TRUST_SIGNATURE', `the signature of ${name} does not match: fetch it again`)
}

/**
 * Rule: the header says what the signed `.info` says. Stops: a version or time changed in the header, which the
 * legacy signature does not cover, to freeze a site or to make it skip what comes.
 */
function checkHeader(header: DatabaseHeader, signed: DatabaseHeader, { name }: ClamavClaim): void {
  const same =
    header.version === signed.version &&
    header.signatures === signed.signatures &&
    header.functionalityLevel === signed.functionalityLevel &&
    header.builtAt.getTime() === signed.builtAt.getTime() &&
    header.builtText === signed.builtText &&
    header.builder === signed.builder
  if (same) return
  throw new DefsError('TRUST_DIGEST', `the header of ${name} is not the one that was signed: fetch it again`)
}

const suffix = '.info'
// Each has its own contents; a site that gets one for another misses what it asked for.
const official = new Set(['main', 'daily', 'bytecode'])

/**
 * Proves what is in a database, unpacked or patched: the `.info` is signed, every member is what it says, and
 * name and version are those that were offered.
 * @throws TRUST_GUARD_MISSING without `.info`; TRUST_SIGNATURE_MISSING, TRUST_SIGNATURE, TRUST_GUARD_INVALID for
 *   a bad one; TRUST_DIGEST, TRUST_FILE_MISSING, TRUST_FILE_UNLISTED; TRUST_SET_NAME for another name or version
 */
export function proveContents(
  contents: DatabaseContents,
  claim: ClamavClaim,
  { keys }: Pick<ClamavTrust, 'keys'>,
): ContentsProof {
  const { info } = contents
  // Rule: no list, no trust. Stops: dropping the list to get around it.
  if (!info) {
    throw new DefsError('TRUST_GUARD_MISSING', `${claim.name} has no .info: nothing says what belongs to it`)
  }
  const list = readDatabaseList(info.bytes, info.file, keys.info)
  checkMembers(list, contents.members, info.file)
  const name = info.file.slice(0, -suffix.length)
  checkClaim(name, list, claim)
  const { version, signatures, functionalityLevel, builtAt, line } = list.header
  return { name, version, signatures, functionalityLevel, builtAt, line }
}

function checkMembers(list: DatabaseList, members: readonly DatabaseMember[], info: string): void {
  const seen = new Set<string>()
  for (const { name, bytes, sha256 } of members) {
    if (name === info || name === 'COPYING') continue
    const entry = list.files.get(name)
    // Rule: what the list does not name does not belong. Stops: signatures slipped in beside the signed ones.
    if (!entry)
      throw new DefsError('TRUST_FILE_UNLISTED', `'${name}' is not listed in ${info}`, { path: name })
    if (entry.bytes !== bytes || entry.sha256 !== sha256) {
      throw new DefsError('TRUST_DIGEST', `'${name}' is not what ${info} says: fetch it again`, {
        path: name,
      })
    }
    seen.add(name)
  }
  for (const name of list.files.keys()) {
    // Rule: what the list names is there. Stops: leaving out the file that knows the new threat.
    if (seen.has(name)) continue
    throw new DefsError('TRUST_FILE_MISSING', `'${name}' is listed in ${info}, but missing`, { path: name })
  }
}

function checkClaim(name: string, { header }: DatabaseList, claim: ClamavClaim): void {
  // Rule: a renamed database is fine (sites do that), an official one under another name is not. Stops: main
  // served as daily, all of it honestly signed.
  if (name !== claim.name && official.has(name)) {
    throw new DefsError('TRUST_SET_NAME', `offered as ${claim.name}, but it is ${name}`)
  }
  // Rule: the signed version is the one advertised. Stops: an old database served under a new number.
  if (claim.version !== null && claim.version !== header.version) {
    const message = `${claim.name} was offered as version ${claim.version}, but it is ${header.version}`
    throw new DefsError('TRUST_SET_NAME', message)
  }
}

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
function readDatabaseList(bytes: Uint8Array, file: string, key: PublicNumbers): DatabaseList {
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

/**
 * Proves a patch: its `.sign` by policy, its own signature, and that it leads to the version asked for. Which
 * database it is for nothing in it says; the `.info` that it makes is proved afterwards.
 * @param sign the bytes of its `.sign`, null when there is none
 * @throws those of {@link proveSign}; TRUST_SIGNATURE, TRUST_SET_NAME
 */
export function provePatch(
  patch: DatabasePatch,
  claim: ClamavClaim,
  sign: Uint8Array | null,
  trust: ClamavTrust,
): PatchProof {
  const name = `the patch of ${claim.name}`
  const proved = proveSign(name, createHash('sha256').update(patch.bytes).digest('hex'), sign, trust)
  if (!isPssSignature(patch.signature, patch.signed, trust.keys.patch)) {
    throw new DefsError('TRUST_SIGNATURE', `the signature of ${name} does not match: take the whole database`)
  }
  // Rule: the signed version is the one asked for. Stops: an older patch under a newer name.
  if (claim.version !== null && claim.version !== patch.version) {
    const message = `${name} was offered for version ${claim.version}, but leads to ${patch.version}`
    throw new DefsError('TRUST_SET_NAME', message)
  }
  return { ...proved, version: patch.version }
}
