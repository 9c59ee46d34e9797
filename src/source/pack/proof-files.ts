import type { RulesConfig } from '../../config/config.ts'

/** The means by which a pack is signed. */
export type SignatureKind = 'minisign' | 'pkcs7'

/** What stands behind the name of a pack for each signature it must have; the first one that is there counts. */
export function signatureSuffixes(
  config: Pick<RulesConfig, 'minisign' | 'pkcs7' | 'signedDigest'>,
): ReadonlyMap<SignatureKind, readonly string[]> {
  const signed = config.signedDigest ? '.sha256' : ''
  const suffixes = new Map<SignatureKind, readonly string[]>()
  if (config.minisign !== null) suffixes.set('minisign', [`${signed}.minisig`])
  if (config.pkcs7) suffixes.set('pkcs7', [`${signed}.p7s`, `${signed}.sig`])
  return suffixes
}
