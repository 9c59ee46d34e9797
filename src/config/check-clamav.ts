import { isIP } from 'node:net'
import type { clamavOptions } from './clamav-options.ts'
import type { ClamavConfig, CustomDatabase } from './config.ts'
import { readCustomDatabase } from './custom-database.ts'
import type { Settings } from './option.ts'
import { report, type Sheet } from './sheet.ts'

type Own = Settings<typeof clamavOptions>

/** The part of a ClamAV source that no other kind has, checked. */
export function checkClamav(
  sheet: Sheet,
  name: string,
  own: Own,
): Omit<ClamavConfig, 'name' | 'kind' | 'hosts' | 'username' | 'password' | 'tls'> {
  const complain = (key: keyof Own, message: string) => report(sheet, ['sources', name, key], message)
  if (own.hosts.length === 0 && own.freshclamConf === null)
    report(sheet, ['sources', name], 'needs one of hosts, freshclamConf')
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
  const { allowUnsigned, dns, resolver, sign, patches, certificates, freshclamConf } = own
  const custom = checkCustom(own, (message) => complain('custom', message))
  const databases = own.databases
  return { databases, custom, allowUnsigned, dns, resolver, sign, patches, certificates, freshclamConf }
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
