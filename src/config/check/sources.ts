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

/** A source, but for its password, which only the commands that go out are given. */
export interface CheckedSource {
  readonly config: SourceConfig
  readonly passwordFile: string | null
  readonly passwordVariable: string | null
}

type SettingsOf<Kind extends SourceKind> = Settings<(typeof sourceOptions)[Kind]>

/** Reads `sources`. A source with problems is left out; its name still counts as known. */
export function checkSources(context: CheckContext, value: unknown): Map<string, CheckedSource> {
  const sources = new Map<string, CheckedSource>()
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

function checkSource(context: CheckContext, name: string, table: Table): CheckedSource | null {
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
    const own = readOwn(context, name, table, sourceOptions.liveupdate)
    const { product, version, language } = own
    const { urls, ...login } = loginOf(context, name, own, own.hosts ?? [])
    return withSecret(own, { name, kind: 'liveupdate', hosts: urls, product, version, language, ...login })
  },
  internal: (context, name, table) => {
    const own = readOwn(context, name, table, sourceOptions.internal)
    const { product, version, language, channel } = own
    const { urls, ...login } = loginOf(context, name, own, own.hosts ?? [])
    return withSecret(own, {
      name,
      kind: 'internal',
      hosts: urls,
      channel,
      product,
      version,
      language,
      ...login,
    })
  },
  'rapid-release': (context, name, table) => {
    const own = readOwn(context, name, table, sourceOptions['rapid-release'])
    requireOne(context, name, table, ['url', 'urls'])
    const { urls, ...login } = loginOf(context, name, own, own.url ? [own.url] : own.urls)
    return withSecret(own, { name, kind: 'rapid-release', urls, platform: own.platform, ...login })
  },
  'intelligent-updater': (context, name, table) => {
    const own = readOwn(context, name, table, sourceOptions['intelligent-updater'])
    requireOne(context, name, table, ['url', 'urls', 'path'])
    const { platform, path, thirdPartyContent } = own
    const { urls, ...login } = loginOf(context, name, own, own.url ? [own.url] : own.urls)
    return withSecret(own, {
      name,
      kind: 'intelligent-updater',
      urls,
      path,
      platform,
      thirdPartyContent,
      ...login,
    })
  },
  rules: (context, name, table) => {
    const own = readOwn(context, name, table, sourceOptions.rules)
    requireOne(context, name, table, ['url', 'urls'])
    const pack = checkPack(own, (key, message) =>
      report(context, ['sources', name, ...(key === null ? [] : [key])], message),
    )
    const { urls, ...login } = loginOf(context, name, own, own.url ? [own.url] : own.urls)
    return withSecret(own, { name, kind: 'rules', urls, ...pack, ...login })
  },
  'shared-sep': (context, name, table) => {
    const own = readOwn(context, name, table, sourceOptions['shared-sep'])
    const { path, sepVersion, sharing64, register } = own
    const bits = own.bits === '64' ? 64 : 32
    const none = { username: null, password: null, tls: null }
    return withSecret(
      { passwordFile: null, passwordVariable: null },
      { name, kind: 'shared-sep', path, sepVersion, bits, sharing64, register, ...none },
    )
  },
  clamav: (context, name, table) => {
    const own = readOwn(context, name, table, sourceOptions.clamav)
    const { urls, ...login } = loginOf(context, name, { ...own, tls: null }, own.hosts)
    const checked = checkClamav(context, name, own)
    return withSecret(own, { name, kind: 'clamav', hosts: urls, ...checked, ...login })
  },
} satisfies Record<SourceKind, (context: CheckContext, name: string, table: Table) => CheckedSource>

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
  own: Pick<SettingsOf<'liveupdate'>, 'username' | 'tls'>,
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

function withSecret(
  own: Pick<SettingsOf<'liveupdate'>, 'passwordFile' | 'passwordVariable'>,
  config: SourceConfig,
): CheckedSource {
  const { passwordFile, passwordVariable } = own
  return { config, passwordFile, passwordVariable }
}
