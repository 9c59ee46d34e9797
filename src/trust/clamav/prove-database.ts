import type { OpenedDatabase } from '../../archive/clamav/database.ts'
import { type DatabaseHeader, readHeaderLine } from '../../database-header.ts'
import { DefsError } from '../../error.ts'
import type { ClamavClaim, ClamavTrust, DatabaseProof, SignProof } from './clamav-trust.ts'
import { proveContents } from './prove-contents.ts'
import { proveSign } from './prove-sign.ts'
import { openSignature } from './rsa.ts'

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
