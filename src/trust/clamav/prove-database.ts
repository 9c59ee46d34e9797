import type { DatabaseContents, OpenedDatabase } from '../../archive/clamav/database.ts'
import { DefsError } from '../../error.ts'
import type { ClamavClaim, ClamavTrust, ContentsProof, DatabaseProof } from './clamav-trust.ts'

/**
 * Proves a CVD or CLD: its `.sign` by policy, its legacy signature (CVD), its `.info` and every member.
 * @param sign the bytes of its `.sign`, null when there is none
 * @throws TRUST_*
 */
export function proveDatabase(
  opened: OpenedDatabase,
  claim: ClamavClaim,
  sign: Uint8Array | null,
  trust: ClamavTrust,
): DatabaseProof {
  throw new DefsError('BUG', `not built yet: ${opened.sha256} ${claim.name} ${sign} ${trust.sign}`)
}

/**
 * Proves what lies unpacked, as after patches: the `.info` is signed and every member is what it says.
 * @throws TRUST_*
 */
export function proveContents(
  contents: DatabaseContents,
  claim: ClamavClaim,
  trust: Pick<ClamavTrust, 'keys'>,
): ContentsProof {
  throw new DefsError('BUG', `not built yet: ${contents.info} ${claim.name} ${trust}`)
}
