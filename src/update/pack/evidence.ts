import type { RulesConfig } from '../../config/config.ts'
import { DefsError } from '../../error.ts'
import { type SignatureKind, signatureSuffixes } from '../../source/pack/proof-files.ts'
import { readStatedDigest } from '../../source/pack/side-files.ts'
import type { RulesOffer } from '../../source/source.ts'
import type { Run } from '../run.ts'

/** What lies beside a pack to prove it; nothing of it is checked yet. */
export interface Evidence {
  readonly signatures: ReadonlyMap<SignatureKind, Uint8Array>
  /** The file that is signed instead of the pack, and the SHA-256 it states; null when the pack itself is. */
  readonly digest: { readonly bytes: Uint8Array; readonly sha256: string } | null
}

/**
 * Reads every signature that a pack must have, and the digest they are over.
 * @throws TRUST_SIGNATURE_MISSING, SOURCE_*, INDEX_*
 */
export async function gatherEvidence(
  config: RulesConfig,
  pack: string,
  beside: RulesOffer['beside'],
  { signal }: Run,
): Promise<Evidence> {
  const signatures = new Map<SignatureKind, Uint8Array>()
  for (const [kind, suffixes] of signatureSuffixes(config)) {
    const found = await firstOf(suffixes, (suffix) => beside(suffix, signal))
    // Rule: every signature asked for. Stops: leaving it out to get around it.
    if (!found) {
      const text = `there is no ${suffixes.map((suffix) => pack + suffix).join(' or ')}: nobody vouches for the pack`
      throw new DefsError('TRUST_SIGNATURE_MISSING', text, { path: `${pack}${suffixes[0]}` })
    }
    signatures.set(kind, found)
  }
  if (!config.signedDigest) return { signatures, digest: null }
  const name = `${pack}.sha256`
  const bytes = await beside('.sha256', signal)
  if (bytes) return { signatures, digest: { bytes, sha256: readStatedDigest(bytes, 64, name) } }
  throw new DefsError('SOURCE_NOT_FOUND', `there is no ${name}, which is what should be signed`, {
    path: name,
  })
}

async function firstOf(
  suffixes: readonly string[],
  read: (suffix: string) => Promise<Uint8Array | null>,
): Promise<Uint8Array | null> {
  for (const suffix of suffixes) {
    const bytes = await read(suffix)
    if (bytes) return bytes
  }
  return null
}
