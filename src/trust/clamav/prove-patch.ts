import type { DatabasePatch } from '../../archive/clamav/database.ts'
import { DefsError } from '../../error.ts'
import type { ClamavClaim, ClamavTrust, PatchProof } from './clamav-trust.ts'

/**
 * Proves a patch: its `.sign` by policy, its own signature, and that it leads to the version asked for.
 * @param sign the bytes of its `.sign`, null when there is none
 * @throws TRUST_*
 */
export function provePatch(
  patch: DatabasePatch,
  claim: ClamavClaim,
  sign: Uint8Array | null,
  trust: ClamavTrust,
): PatchProof {
  throw new DefsError('BUG', `not built yet: ${patch.version} ${claim.name} ${sign} ${trust.sign}`)
}
