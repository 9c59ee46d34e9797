import type { RulesConfig } from './config.ts'
import type { Settings } from './option.ts'
import type { packOptions } from './pack-options.ts'

type PackSettings = Settings<typeof packOptions>

/** What of a pack's keys goes into its configuration as it stands. */
type Pack = Omit<RulesConfig, 'name' | 'kind' | 'urls' | 'username' | 'password' | 'tls'>

/**
 * Checks how a pack of rules is to be proved: something must vouch for where it comes from, and that nothing does
 * has to be said in so many words.
 * @param report takes a problem with one key; null for the source as a whole
 */
export function checkPack(own: PackSettings, report: (key: string | null, message: string) => void): Pack {
  const { md5, allowUnsigned, minisign, pkcs7, signedDigest, rules, style, least, version } = own
  const sha256 = own.sha256?.toLowerCase() ?? null
  const signed = minisign !== null || pkcs7
  if (sha256 !== null && !/^[0-9a-f]{64}$/.test(sha256)) report('sha256', 'must have 64 hexadecimal digits')
  if (!signed && sha256 === null && !md5)
    report(null, 'needs a proof of its packs: minisign, pkcs7 or sha256 (md5 alone only with allowUnsigned)')
  if (!signed && sha256 === null && md5 && !allowUnsigned)
    report(
      'md5',
      'proves nothing of where a pack comes from: name minisign, pkcs7 or sha256, or allowUnsigned',
    )
  if (allowUnsigned && (signed || sha256 !== null))
    report('allowUnsigned', 'stands beside a proof: leave it out, or the proof')
  if (signedDigest && !signed) report('signedDigest', 'needs minisign or pkcs7: somebody has to sign')
  if (version === 'signature' && !signed) report('version', 'is signature, and nothing is signed')
  if (rules.length === 0) report('rules', 'must name a pattern')
  return { md5, allowUnsigned, minisign, pkcs7, sha256, signedDigest, rules, style, least, version }
}
