import type { SourceConfig } from '../config.ts'
import type { Address, OptionRows, Settings } from '../options/option.ts'
import type { SourceKind } from '../options/source.ts'
import { sourceOptions } from '../options/source.ts'
import { didYouMean } from '../problem.ts'
import { readSettings } from '../settings.ts'
import { checkClamav, checkPack } from './clamav.ts'
import {
  type CheckContext,
  findInFile,
  keysOf,
  report,
  reportUnknown,
  type Table,
  tableAt,
} from './context.ts'

/** Reads `sources`, no password yet. A source with problems is left out; its name still counts as known. */
export function checkSources(context: CheckContext, value: unknown): Map<string, SourceConfig> {
  const sources = new Map<string, SourceConfig>()
  for (const [name, entry] of Object.entries(tableAt(context, ['sources'], value))) {
    if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(name)) {
      report(
        context,
        ['sources', name],
        'is no name for a source: use letters, digits, dot, dash and underscore',
      )
      continue
    }
    const checked = checkSource(context, name, tableAt(context, ['sources', name], entry))
    if (checked) sources.set(name, checked)
  }
  return sources
}

function checkSource(context: CheckContext, name: string, table: Table): SourceConfig | null {
  const { kind } = table
  const kinds = Object.keys(sourceOptions)
  if (!isKind(kind)) {
    const hint = typeof kind === 'string' ? didYouMean(kind, kinds) : ''
    report(context, ['sources', name, 'kind'], `must be one of ${kinds.join(', ')}${hint}`)
    return null
  }
  context.shown.set(`sources.${name}.kind`, {
    value: kind,
    type: 'choice',
    origin: findInFile(context, table, ['sources', name], 'kind')?.origin ?? 'default',
  })
  const before = context.problems.length
  const config = makers[kind](context, name, table)
  return context.problems.length === before ? config : null
}

function isKind(kind: unknown): kind is SourceKind {
  return typeof kind === 'string' && Object.hasOwn(sourceOptions, kind)
}

const makers = {
  liveupdate: (context, name, table) => {
    const { hosts, ...own } = readOwn(context, name, table, sourceOptions.liveupdate)
    const { urls, ...login } = loginOf(context, name, own, hosts ?? [])
    return { ...own, ...login, name, kind: 'liveupdate', hosts: urls }
  },
  internal: (context, name, table) => {
    const { hosts, ...own } = readOwn(context, name, table, sourceOptions.internal)
    const { urls, ...login } = loginOf(context, name, own, hosts ?? [])
    return { ...own, ...login, name, kind: 'internal', hosts: urls }
  },
  'rapid-release': (context, name, table) => {
    const { url, urls, ...own } = readOwn(context, name, table, sourceOptions['rapid-release'])
    requireOne(context, name, table, ['url', 'urls'])
    return { ...own, ...loginOf(context, name, own, url ? [url] : urls), name, kind: 'rapid-release' }
  },
  'intelligent-updater': (context, name, table) => {
    const { url, urls, ...own } = readOwn(context, name, table, sourceOptions['intelligent-updater'])
    requireOne(context, name, table, ['url', 'urls', 'path'])
    return { ...own, ...loginOf(context, name, own, url ? [url] : urls), name, kind: 'intelligent-updater' }
  },
  rules: (context, name, table) => {
    const { url, urls, ...own } = readOwn(context, name, table, sourceOptions.rules)
    requireOne(context, name, table, ['url', 'urls'])
    const pack = checkPack(own, (key, message) =>
      report(context, ['sources', name, ...(key === null ? [] : [key])], message),
    )
    return { ...own, ...pack, ...loginOf(context, name, own, url ? [url] : urls), name, kind: 'rules' }
  },
  'shared-sep': (context, name, table) => {
    const own = readOwn(context, name, table, sourceOptions['shared-sep'])
    const none = { username: null, password: null, passwordFile: null, passwordVariable: null, tls: null }
    return { ...own, ...none, name, kind: 'shared-sep', bits: own.bits === '64' ? 64 : 32 }
  },
  clamav: (context, name, table) => {
    const { hosts, ...own } = readOwn(context, name, table, sourceOptions.clamav)
    const { urls, ...login } = loginOf(context, name, { ...own, tls: null }, hosts)
    const custom = checkClamav(context, name, { ...own, hosts })
    return { ...own, ...login, name, kind: 'clamav', hosts: urls, custom }
  },
} satisfies Record<SourceKind, (context: CheckContext, name: string, table: Table) => SourceConfig>

function readOwn<Rows extends OptionRows>(
  context: CheckContext,
  name: string,
  table: Table,
  rows: Rows,
): Settings<Rows> {
  const place = ['sources', name]
  const { password, ...others } = table
  if (password !== undefined) {
    report(
      context,
      [...place, 'password'],
      'does not belong in this file: use passwordFile or passwordVariable',
    )
  }
  reportUnknown(context, others, place, ['kind', ...keysOf(rows)])
  return readSettings({
    rows,
    find: (key) => findInFile(context, table, place, key),
    report: (key, message) => report(context, [...place, key], message),
    note: (key, value, origin, type) => context.shown.set(`sources.${name}.${key}`, { value, type, origin }),
  })
}

function requireOne(context: CheckContext, name: string, table: Table, keys: readonly string[]): void {
  const place = ['sources', name]
  const [first, second] = keys.filter((key) => findInFile(context, table, place, key) !== null)
  if (first === undefined) report(context, place, `needs one of ${keys.join(', ')}`)
  if (second !== undefined)
    report(context, [...place, second], `stands beside ${first}: use one of ${keys.join(', ')}`)
}

/** The addresses without their login, and the login, which may stand beside them or in them. */
function loginOf(
  context: CheckContext,
  name: string,
  own: Pick<SourceConfig, 'username' | 'tls'>,
  addresses: readonly Address[],
): { urls: readonly string[]; username: string | null; password: string | null; tls: SourceConfig['tls'] } {
  const urls = addresses.map((address) => address.url)
  const logins = new Map(
    addresses
      .filter((address) => address.username !== null || address.password !== null)
      .map((address) => [JSON.stringify([address.username, address.password]), address]),
  )
  if (logins.size > 1) {
    report(
      context,
      ['sources', name],
      'has addresses with different logins: make a source of each, with fallback',
    )
  }
  const login = [...logins.values()][0]
  return {
    urls,
    username: own.username ?? login?.username ?? null,
    password: login?.password ?? null,
    tls: own.tls,
  }
}
