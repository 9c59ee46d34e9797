import { createHash } from 'node:crypto'
import type { DatabasePatch } from '../../archive/clamav/database.ts'
import { DefsError } from '../../error.ts'
import type { ClamavClaim, ClamavTrust, PatchProof } from './clamav-trust.ts'
import { proveSign } from './prove-sign.ts'
import { isPssSignature } from './pss.ts'

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
