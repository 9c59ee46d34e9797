import { createHash } from 'node:crypto'
import { DefsError } from '../error.ts'
import type { SignedArchive } from '../source/signed-archive.ts'
import type { Trust } from './authentic.ts'
import { checkFile, checkStrength } from './authenticate.ts'
import { foldName, readGuard } from './guard.ts'
import { verifySignature } from './signature.ts'

const guardName = 'v.grd'
const signatureName = 'v.sig'

/**
 * Proves an index archive: its guard is signed by a pinned anchor, and every other member is in the guard and
 * hashes to what it says. Entries without a member are the packages beside the archive; they stay in `guarded`.
 * @throws TRUST_*
 */
export function authenticateIndex(members: ReadonlyMap<string, Uint8Array>, trust: Trust): SignedArchive {
  const files = foldMembers(members)
  const guardBytes = files.get(guardName)
  const signature = files.get(signatureName)
  // Rule: no guard or no signature, no trust. Stops: dropping them to get around them.
  if (!guardBytes) throw new DefsError('TRUST_GUARD_MISSING', 'the index has no v.grd', { path: guardName })
  if (!signature)
    throw new DefsError('TRUST_SIGNATURE_MISSING', 'the index has no v.sig', { path: signatureName })
  files.delete(guardName)
  files.delete(signatureName)
  const signer = verifySignature(guardBytes, signature, trust.anchors, { ...trust.policy, now: trust.now })
  const guard = readGuard(guardBytes)
  for (const [name, entry] of guard.files) {
    const weak = checkStrength(name, entry, trust.policy.allowSha1)
    if (weak) throw weak
  }
  for (const [name, bytes] of files) {
    const entry = guard.files.get(name)
    // Rule: only guarded members. Stops: an index of the attacker's beside the signed one.
    if (!entry)
      throw new DefsError('TRUST_FILE_UNLISTED', `'${name}' is not in the guard of the index`, { path: name })
    const refused = checkFile(name, entry, digestsOf(bytes), trust.policy.allowSha1)
    if (refused) throw refused
  }
  const guarded = new Map(
    [...guard.files].map(([name, { sha256, sha1 }]) => [name, sha256 === null ? { sha1 } : { sha256, sha1 }]),
  )
  return { files, guarded, signedBy: signer.name }
}

function foldMembers(members: ReadonlyMap<string, Uint8Array>): Map<string, Uint8Array> {
  const files = new Map<string, Uint8Array>()
  for (const [written, bytes] of members) {
    const name = foldName(written)
    // Rule: one member a name. Stops: two indexes, one proved and the other one read.
    if (files.has(name))
      throw new DefsError('TRUST_FILE_UNLISTED', `'${written}' is in the index twice`, { path: written })
    files.set(name, bytes)
  }
  return files
}

function digestsOf(bytes: Uint8Array): { sha256: string; sha1: string } {
  const hex = (algorithm: string) => createHash(algorithm).update(bytes).digest('hex')
  return { sha256: hex('sha256'), sha1: hex('sha1') }
}
