import type { ClamavConfig, CustomDatabase } from '../../config/config.ts'
import { DefsError } from '../../error.ts'
import type { ConnectionOptions } from '../../transport/transport.ts'

/** What a freshclam.conf says that concerns us, defaults filled in as freshclam has them. */
export interface FreshclamConf {
  /** `PrivateMirror` when there is one, else `DatabaseMirror`. */
  readonly hosts: readonly string[]
  /** `DNSDatabaseInfo`; null when DNS is not to be asked, as always with private mirrors. */
  readonly dns: string | null
  /** The usual databases with `ExtraDatabase`, without `ExcludeDatabase`. */
  readonly databases: readonly string[]
  /** `DatabaseCustomURL`. */
  readonly custom: readonly string[]
  /** `ScriptedUpdates`; never with private mirrors. */
  readonly patches: boolean
  readonly proxy: FreshclamProxy | null
  /** Milliseconds. */
  readonly connectTimeout: number | null
  readonly receiveTimeout: number | null
  readonly userAgent: string | null
  /** `CVDCertsDirectory`. */
  readonly certificates: string | null
  /** `Checks`: how often a day; null when it is not there. Only a new configuration takes it over. */
  readonly checks: number | null
  /** `FIPSCryptoHashLimits`: no digest of the legacy signatures is believed, so `.sign` is needed. */
  readonly fips: boolean
  /** Options that are there and are not taken over. */
  readonly ignored: readonly string[]
}

export interface FreshclamProxy {
  readonly url: string
  readonly username: string | null
  readonly password: string | null
}

const taken = new Set([
  ...['DatabaseMirror', 'PrivateMirror', 'DNSDatabaseInfo', 'ExtraDatabase', 'ExcludeDatabase', 'Bytecode'],
  ...['DatabaseCustomURL', 'ScriptedUpdates', 'HTTPProxyServer', 'HTTPProxyPort', 'HTTPProxyUsername'],
  ...[
    'HTTPProxyPassword',
    'HTTPUserAgent',
    'ConnectTimeout',
    'ReceiveTimeout',
    'CVDCertsDirectory',
    'FIPSCryptoHashLimits',
  ],
])
const vendorMirror = 'database.clamav.net'
const vendorRecord = 'current.cvd.clamav.net'
const usualProxyPort = 8080

/**
 * Reads a freshclam.conf. Options we do not know are listed, not refused: versions differ.
 * @param usual the databases that are fetched without being named
 * @throws CONFIG_INVALID for the line `Example`, and for values that mean nothing
 */
export function readFreshclamConf(text: string, path: string, usual: readonly string[]): FreshclamConf {
  const options = readFreshclamOptions(text, path)
  const wrong = (what: string) => new DefsError('CONFIG_INVALID', `${path}: ${what}`, { path })
  if (options.has('Example'))
    throw wrong("the line 'Example' says that nobody has looked it through: remove it")
  const databases = databasesOf(options, usual)
  if (databases.some((name) => !/^[A-Za-z0-9_]{1,64}$/.test(name)))
    throw wrong(`${databases.join(', ')}: not every one is the name of a database`)
  const privately = options.has('PrivateMirror')
  const record = options.text('DNSDatabaseInfo')
  return {
    hosts: hostsOf(options, wrong),
    dns: privately || isNo(record) ? null : (record ?? vendorRecord),
    databases,
    custom: options.all('DatabaseCustomURL'),
    patches: options.on('ScriptedUpdates') && !privately,
    proxy: proxyOf(options, wrong),
    connectTimeout: milliseconds(options.number('ConnectTimeout')),
    receiveTimeout: milliseconds(options.number('ReceiveTimeout')),
    userAgent: options.text('HTTPUserAgent'),
    certificates: options.text('CVDCertsDirectory'),
    checks: options.number('Checks'),
    fips: options.has('FIPSCryptoHashLimits') && options.on('FIPSCryptoHashLimits'),
    ignored: options.names.filter((name) => !taken.has(name)),
  }
}

/** The directory that freshclam fills; null when the file names none. */
export function freshclamDirectory(text: string, path: string): string | null {
  return readFreshclamOptions(text, path).text('DatabaseDirectory')
}

function databasesOf(options: FreshclamOptions, usual: readonly string[]): string[] {
  const excluded = [...options.all('ExcludeDatabase'), ...(options.on('Bytecode') ? [] : ['bytecode'])]
  const wanted = new Set([...usual, ...options.all('ExtraDatabase')])
  return [...wanted].filter((name) => !excluded.includes(name))
}

type Wrong = (what: string) => DefsError

function hostsOf(options: FreshclamOptions, wrong: Wrong): string[] {
  const own = options.all('PrivateMirror')
  const [mirrors, scheme] = own.length > 0 ? [own, 'http'] : [options.all('DatabaseMirror'), 'https']
  return (mirrors.length > 0 ? mirrors : [vendorMirror]).map((mirror) => {
    const address = mirror.includes('://') ? mirror : `${scheme}://${mirror}`
    if (URL.canParse(address) && /^(https?|file):/.test(address)) return address
    throw wrong(`the mirror '${mirror}' is no http, https or file address`)
  })
}

function proxyOf(options: FreshclamOptions, wrong: Wrong): FreshclamProxy | null {
  const server = options.text('HTTPProxyServer')
  if (server === null) return null
  const address = server.includes('://') ? server : `http://${server}`
  if (!URL.canParse(address) || !/^https?:/.test(address))
    throw wrong(`HTTPProxyServer '${server}' is no HTTP proxy; others are not supported`)
  const url = new URL(address)
  if (url.port === '') url.port = String(options.number('HTTPProxyPort') ?? usualProxyPort)
  const [username, password] = [options.text('HTTPProxyUsername'), options.text('HTTPProxyPassword')]
  return { url: url.href, username, password }
}

// freshclam writes seconds, and 0 for no bound; without one ours stays in force.
function milliseconds(seconds: number | null): number | null {
  return seconds === null || seconds === 0 ? null : seconds * 1000
}

/** The options of a freshclam.conf, as freshclam.conf(5) has their types. */
export interface FreshclamOptions {
  readonly names: readonly string[]
  has(name: string): boolean
  /** Every value of an option that may stand several times. */
  all(name: string): readonly string[]
  /** The last value; null when the option is not there. */
  text(name: string): string | null
  /** Whether the option is not switched off; what is not there counts as on. */
  on(name: string): boolean
  /** @throws CONFIG_INVALID */
  number(name: string): number | null
}

/** Reads the lines `Option value`; a hash begins a comment, quotes around a value are taken off. */
function readFreshclamOptions(text: string, path: string): FreshclamOptions {
  const options = new Map<string, string[]>()
  for (const line of text.split(/\r?\n/)) {
    const [, name, value = ''] = /^\s*([A-Za-z][A-Za-z0-9]*)(?:\s+(.*?))?\s*$/.exec(line) ?? []
    if (name !== undefined) options.set(name, [...(options.get(name) ?? []), value.replace(/^"(.*)"$/, '$1')])
  }
  const last = (name: string) => options.get(name)?.at(-1) ?? null
  return {
    names: [...options.keys()],
    has: (name) => options.has(name),
    all: (name) => options.get(name) ?? [],
    text: last,
    on: (name) => !isNo(last(name)),
    number(name) {
      const value = last(name)
      if (value === null || /^\d{1,6}$/.test(value)) return value === null ? null : Number(value)
      throw new DefsError('CONFIG_INVALID', `${path}: ${name} must be a number`, { path })
    },
  }
}

/** Whether a value is one of those that switch an option off. */
function isNo(value: string | null): boolean {
  return value !== null && /^(no|false|0)$/i.test(value)
}

/** A source as it is asked, and how it is reached. */
export interface TakenOver {
  readonly config: ClamavConfig
  readonly reach: ConnectionOptions
  /** What was not taken over, for people. */
  readonly notes: readonly string[]
}

/** Fills in from a freshclam.conf what the source itself does not say. */
export function takeOver(
  config: ClamavConfig,
  reach: ConnectionOptions,
  conf: FreshclamConf,
  readCustom: ReadCustom,
): TakenOver {
  const { proxy } = conf
  const { custom, refused } = customOf(config, conf, readCustom)
  const notes = [
    ...(conf.ignored.length > 0
      ? [`not taken over from ${config.freshclamConf}: ${conf.ignored.join(', ')}`]
      : []),
    ...refused,
  ]
  return {
    config: {
      ...config,
      hosts: config.hosts.length > 0 ? config.hosts : conf.hosts,
      databases: config.databases ?? conf.databases,
      custom,
      dns: config.dns ?? (config.hosts.length > 0 ? null : conf.dns),
      patches: config.patches && conf.patches,
      sign: conf.fips ? 'require' : config.sign,
      certificates: config.certificates ?? (conf.certificates === null ? null : [conf.certificates]),
    },
    reach: {
      ...reach,
      ...(proxy === null ? {} : { proxy }),
      connectTimeout: conf.connectTimeout ?? reach.connectTimeout,
      stallTimeout: conf.receiveTimeout ?? reach.stallTimeout,
      userAgent: conf.userAgent ?? reach.userAgent,
    },
    notes,
  }
}

/** Reads an address as an element of `custom`; text when it is none. */
export type ReadCustom = (address: string) => CustomDatabase | string

/** Addresses that can stand below `custom` together, and what is wrong with the others. */
export function customOnce(addresses: readonly string[], readCustom: ReadCustom) {
  const taken: { readonly address: string; readonly database: CustomDatabase }[] = []
  const refused: string[] = []
  for (const address of new Set(addresses)) {
    const database = readCustom(address)
    if (typeof database === 'string') refused.push(`it ${database}`)
    // freshclam takes both and keeps one of them, by their times.
    else if (taken.some((one) => one.database.file.toLowerCase() === database.file.toLowerCase()))
      refused.push(
        `it names ${database.file} once more: '#other-name' behind an address of custom tells them apart`,
      )
    else taken.push({ address, database })
  }
  return { taken, refused }
}

/**
 * What of the DatabaseCustomURLs a source takes beside its own. freshclam pins no digests, so what it names is taken only
 * by whoever says that this is all right.
 */
export function customOf(
  { custom, allowUnsigned }: Pick<ClamavConfig, 'custom' | 'allowUnsigned'>,
  conf: Pick<FreshclamConf, 'custom'>,
  readCustom: ReadCustom,
): { custom: readonly CustomDatabase[]; refused: readonly string[] } {
  const isOwn = (address: string) => {
    const read = readCustom(address)
    return typeof read !== 'string' && custom.some(({ file, url }) => url === read.url || file === read.file)
  }
  const more = customOnce(
    conf.custom.filter((address) => !isOwn(address)),
    readCustom,
  )
  const databases = more.taken.map(({ database }) => database)
  const unpinned = allowUnsigned ? [] : databases
  return {
    custom: allowUnsigned ? [...custom, ...databases] : custom,
    refused: [
      ...more.refused.map((why) => `DatabaseCustomURL was not taken over: ${why}`),
      ...unpinned.map(
        ({ file }) =>
          `DatabaseCustomURL ${file} was not taken over: pin it below custom, or set allowUnsigned`,
      ),
    ],
  }
}
