import { isIP } from 'node:net'
import type { CustomDatabase } from '../config.ts'
import { readCustomDatabase } from '../custom-database.ts'
import type { Settings } from '../options/option.ts'
import type { clamavOptions, packOptions } from '../options/source.ts'
import { type CheckContext, report } from './context.ts'

type Own = Settings<typeof clamavOptions>

/** Checks the keys of a ClamAV source. @returns its custom databases */
export function checkClamav(context: CheckContext, name: string, own: Own): readonly CustomDatabase[] {
  const complain = (key: keyof Own, message: string) => report(context, ['sources', name, key], message)
  if (own.hosts.length === 0 && own.freshclamConf === null)
    report(context, ['sources', name], 'needs one of hosts, freshclamConf')
  for (const database of own.databases ?? []) {
    if (!/^[A-Za-z0-9_]{1,64}$/.test(database))
      complain('databases', `'${database}' is no name of a database: letters, digits and underscore only`)
  }
  if (own.databases?.length === 0) complain('databases', 'must not be empty')
  if (own.databases && new Set(own.databases).size < own.databases.length)
    complain('databases', 'names a database twice')
  if (own.dns !== null && !/^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)+$/.test(own.dns))
    complain('dns', 'is no name of a record, as current.cvd.clamav.net')
  if (own.resolver !== null && !isResolver(own.resolver))
    complain('resolver', 'must be the address of a name server, as 127.0.0.1:53')
  return checkCustom(own, (message) => complain('custom', message))
}

function checkCustom(
  { custom, allowUnsigned }: Own,
  complain: (message: string) => void,
): readonly CustomDatabase[] {
  const read: CustomDatabase[] = []
  for (const [index, text] of custom.entries()) {
    const element = `element ${index + 1}`
    const database = readCustomDatabase(text)
    if (typeof database === 'string') complain(`${element} ${database}`)
    // Nothing vouches for such a file but its digest, and nobody is to take that risk without knowing it.
    else if (database.sha256 === null && !allowUnsigned)
      complain(`${element} is not pinned: add 'sha256:<hex>', or set allowUnsigned: true`)
    else if (read.some(({ file }) => file.toLowerCase() === database.file.toLowerCase()))
      complain(`${element} names ${database.file} once more`)
    else read.push(database)
  }
  return read
}

function isResolver(text: string): boolean {
  if (isIP(text) !== 0) return true
  const [, address = '', port = ''] = /^\[?([0-9A-Fa-f.:]+?)\]?:(\d{1,5})$/.exec(text) ?? []
  return isIP(address) !== 0 && Number(port) > 0 && Number(port) < 65_536
}

type PackSettings = Omit<Settings<typeof packOptions>, 'url' | 'urls'>

/**
 * Checks how a pack of rules is to be proved: something must vouch for where it comes from, and that nothing does
 * has to be said in so many words.
 * @param report takes a problem with one key; null for the source as a whole
 * @returns the pinned digest in lower case
 */
export function checkPack(
  own: PackSettings,
  report: (key: string | null, message: string) => void,
): { readonly sha256: string | null } {
  const { md5, allowUnsigned, minisign, pkcs7, signedDigest, rules, version } = own
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
  return { sha256 }
}
