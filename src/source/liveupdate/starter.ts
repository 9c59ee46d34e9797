import { DefsError } from '../../error.ts'

/** What `config init --from-liveupdate` writes, and what it tells. */
export interface LiveUpdateStarter {
  /** Tables of the configuration. */
  readonly tables: Readonly<Record<string, unknown>>
  /** Keys that have no place in it, with what does their work here. */
  readonly notTaken: readonly { readonly option: string; readonly instead: string }[]
}

/** A line `key=value`; keys of Windows have backslashes, here slashes in lower case. */
interface Line {
  /** As it is written. */
  readonly written: string
  readonly key: string
  readonly value: string
}

/**
 * A configuration that asks the hosts of a `liveupdate.conf` (Java LiveUpdate: `hosts/0/url=...`) or of a
 * `Settings.LiveUpdate` (Windows: `HOSTS\0\ACCESS=...`), in the order of their numbers, through their proxy.
 * @throws CONFIG_INVALID without any host, and for an address that is none
 */
export function liveUpdateStarter(text: string, path: string): LiveUpdateStarter {
  const lines = linesOf(text)
  const hosts = hostsOf(lines, path)
  if (hosts.length === 0) {
    throw new DefsError('CONFIG_INVALID', `${path} names no host: hosts/0/url=http://... is looked for`, {
      path,
    })
  }
  const logins = [...new Set(hosts.flatMap(({ login }) => login ?? []))]
  const [username, ...others] = logins
  const proxy = proxyOf(lines, path)
  const source = {
    kind: 'liveupdate',
    hosts: [...new Set(hosts.map(({ address }) => address))],
    ...(username === undefined || others.length > 0 ? {} : { username }),
  }
  const network = {
    ...(proxy.address === null ? {} : { proxy: proxy.address }),
    ...(proxy.username === null ? {} : { proxyUsername: proxy.username }),
  }
  const used = new Set([...hosts.flatMap(({ keys }) => keys), ...proxy.keys])
  if (others.length > 0) for (const { loginKey } of hosts) if (loginKey !== null) used.delete(loginKey)
  return {
    tables: {
      sources: { liveupdate: source },
      ...(Object.keys(network).length > 0 ? { network } : {}),
    },
    notTaken: lines
      .filter(({ written }) => !used.has(written))
      .map(({ written, key }) => ({ option: written, instead: insteadOf(key) })),
  }
}

function linesOf(text: string): readonly Line[] {
  const lines: Line[] = []
  for (const line of text.replace(/^\uFEFF/, '').split(/\r?\n/)) {
    const [, written, value = ''] = /^\s*([^#;=\s][^=]*?)\s*=\s*(.*?)\s*$/.exec(line) ?? []
    if (written === undefined) continue
    const key = written.replaceAll('\\', '/').toLowerCase()
    lines.push({ written, key, value: value.replace(/^"(.*)"$/, '$1') })
  }
  return lines
}

interface Host {
  readonly address: string
  readonly login: string | null
  readonly loginKey: string | null
  /** The keys that went into it, as written. */
  readonly keys: readonly string[]
}

// Older files name one host without a number.
const hostKey =
  /^(?:hosts\/(\d{1,4})\/)?(url|access2|access|host|type|protocol|port|http_port|login|username|directory)$/
const schemes: Readonly<Record<string, string>> = {
  http: 'http',
  https: 'https',
  ftp: 'ftp',
  lan: 'file',
  file: 'file',
}

function hostsOf(lines: readonly Line[], path: string): readonly Host[] {
  const byNumber = new Map<number, Map<string, Line>>()
  for (const line of lines) {
    const [, number = '0', field] = hostKey.exec(line.key) ?? []
    if (field === undefined || line.value === '') continue
    const host = byNumber.get(Number(number)) ?? new Map<string, Line>()
    host.set(field, line)
    byNumber.set(Number(number), host)
  }
  return [...byNumber].sort(([a], [b]) => a - b).flatMap(([, host]) => hostOf(host, path) ?? [])
}

function hostOf(fields: ReadonlyMap<string, Line>, path: string): Host | null {
  const place = ['url', 'access2', 'access', 'host'].flatMap((name) => fields.get(name) ?? [])[0]
  if (place === undefined) return null
  const value = (name: string) => fields.get(name)?.value ?? null
  const login = value('login') ?? value('username')
  const loginKey = fields.get('login')?.written ?? fields.get('username')?.written ?? null
  const keys = [...fields.values()].map(({ written }) => written)
  const kind = schemes[(value('type') ?? value('protocol') ?? 'http').toLowerCase()] ?? 'http'
  // A folder, of this machine or of a server: `\\server\share`.
  if (
    /^(\/(?!\/)|[a-z]:[\\/]|\\\\)/i.test(place.value) ||
    (kind === 'file' && !place.value.includes('://'))
  ) {
    return { address: place.value, login, loginKey, keys }
  }
  const address = place.value.includes('://') ? place.value : `${kind}://${place.value}`
  if (!URL.canParse(address) || !/^(https?|ftps?|file):/i.test(address)) {
    throw new DefsError('CONFIG_INVALID', `${path}: '${place.written}' is no http, ftp or file address`, {
      path,
    })
  }
  const url = new URL(address)
  const port = value('port') ?? value('http_port')
  if (port !== null && /^\d{1,5}$/.test(port) && url.port === '' && url.protocol !== 'file:') url.port = port
  const folder = value('directory')
  if (folder !== null && url.pathname === '/') url.pathname = folder
  return { address: url.href, login, loginKey, keys }
}

interface Proxy {
  readonly address: string | null
  readonly username: string | null
  readonly keys: readonly string[]
}

function proxyOf(lines: readonly Line[], path: string): Proxy {
  const about = lines.filter(({ key, value }) => key.includes('proxy') && value !== '')
  const last = (pattern: RegExp) => about.findLast(({ key }) => pattern.test(key))
  const place = last(/(proxy|(server|host|address|url|access|(?<!user)name))$/)
  const port = last(/port$/)
  const user = last(/(user|username|login)$/)
  if (place === undefined) return { address: null, username: null, keys: [] }
  const text = place.value.includes('://') ? place.value : `http://${place.value}`
  if (!URL.canParse(text) || !/^https?:/i.test(text)) {
    throw new DefsError('CONFIG_INVALID', `${path}: '${place.written}' is no proxy for HTTP`, { path })
  }
  const url = new URL(text)
  if (port !== undefined && url.port === '' && /^\d{1,5}$/.test(port.value)) url.port = port.value
  const keys = [place, port, user].flatMap((line) => line?.written ?? [])
  return { address: url.href, username: user?.value ?? null, keys }
}

/** What here does the work of a key that is not taken over, by what its name says. */
const counterparts: readonly (readonly [RegExp, string])[] = [
  [
    /^hosts\/\d+\/(password|login|username)/,
    'username, and passwordFile: a file whose first line is the password',
  ],
  [/proxy.*(password|:enc)/, 'network.proxyPasswordFile: a file whose first line is the password'],
  [/proxy/, 'network.proxy and network.noProxy'],
  [/^(password|login|username)/, 'username and passwordFile of the source'],
  [/log/, 'events.sinks (syslog, journald); the journal of defs is always kept'],
  [/(work|temp|tmp).*(dir|path)?$/, 'state/partial below store.root'],
  [/jar|java|class/, 'nothing: no Java is run'],
  [/cache/, 'nothing: interrupted downloads are kept and resumed by themselves'],
  [/^hosts\/\d+\/(name|is_symantec|description)/, 'the name of the source'],
  [/^hosts\/\d+\/(subnet|mask)/, 'nothing: one configuration for each network, or fallback'],
  [/(timeout|retries|retry)/, 'network.connectTimeout, network.stallTimeout, network.tries'],
  [/(schedule|auto|frequency|interval)/, 'schedule'],
  [/(product|language|version)/, 'product, version and language of the source'],
]

function insteadOf(key: string): string {
  return counterparts.find(([pattern]) => pattern.test(key))?.[1] ?? 'nothing here does the same'
}
