import { basename } from 'node:path'
import type { ClamavConfig } from '../../config/config.ts'
import {
  customOf,
  customOnce,
  type FreshclamConf,
  freshclamDirectory,
  type ReadCustom,
  readFreshclamConf,
} from './freshclam-conf.ts'

/** What `config init --from-freshclam` writes, and what it tells. */
export interface FreshclamStarter {
  /** Tables of the configuration. */
  readonly tables: Readonly<Record<string, unknown>>
  /** Options that have no place in it, with what does their work here. */
  readonly notTaken: readonly { readonly option: string; readonly instead: string }[]
  /** What is to be done about the freshclam of before, for people. */
  readonly warnings: readonly string[]
}

const logs = 'events.sinks (syslog, journald); the journal of defs is always kept'
const command = (event: string) => `events.sinks: [{ kind: command, argv: [...], events: [${event}] }]`

/** What here does the work of an option that is not taken over. */
const counterparts: Readonly<Record<string, string>> = {
  AllowSupplementaryGroups: 'SupplementaryGroups= of the unit',
  CompressLocalDatabase: 'nothing: databases stay as they are signed',
  DatabaseDirectory: 'store.root; clamd reads <store.root>/VirusDefs/current',
  DatabaseOwner: 'User= of the unit, and store.group',
  Debug: '--verbose',
  Foreground: 'defs daemon stays in the foreground',
  LocalIPAddress: 'nothing: the system chooses the address',
  MaxAttempts: 'network.tries',
  NotifyClamd: 'scanner: clamd is told, and asked what it uses',
  OnErrorExecute: command('update.failed'),
  OnOutdatedExecute:
    'nothing: it tells of a newer version of ClamAV, not of old databases (event definitions.outdated)',
  OnUpdateExecute: command('definitions.updated'),
  PidFile: 'the unit of systemd',
  TestDatabases: 'gate.engine: on by itself with clamd',
  Checks: 'schedule',
}

/**
 * A configuration that does what a freshclam.conf does.
 * @param clamdConf text of clamd.conf, which names the socket; null when there is none
 * @param listens where systemd listens for clamd, which goes first
 * @param local paths of the databases in the directory of before that a source can have below custom
 * @throws CONFIG_INVALID
 */
export function freshclamStarter(
  text: string,
  path: string,
  usual: readonly string[],
  {
    clamdConf,
    listens,
    local,
    readCustom,
  }: {
    readonly clamdConf: string | null
    readonly listens: readonly string[]
    readonly local: readonly string[]
    readonly readCustom: ReadCustom
  },
): FreshclamStarter {
  const conf = readFreshclamConf(text, path, usual)
  const lists = customOnce(conf.custom, readCustom)
  // What freshclam fetched lies there as well, under the name of its address.
  const fetched = new Set(lists.taken.map(({ database }) => database.file.toLowerCase()))
  const own = local
    .filter((file) => !fetched.has(basename(file).toLowerCase()))
    .map((file) => `file://${file}`)
  const custom = [...lists.taken.map(({ address }) => address), ...own]
  const sameDatabases = conf.databases.join() === usual.join()
  const source = {
    kind: 'clamav',
    hosts: conf.hosts,
    ...(conf.dns === null ? {} : { dns: conf.dns }),
    ...(sameDatabases ? {} : { databases: conf.databases }),
    ...(custom.length > 0 ? { custom, allowUnsigned: true } : {}),
    ...(conf.fips ? { sign: 'require' } : {}),
    ...(conf.certificates === null ? {} : { certificates: [conf.certificates] }),
    ...(conf.patches ? {} : { patches: false }),
  }
  const tables = {
    store: { root: storeRoot, group: 'clamav' },
    sources: { clamav: source },
    scanner: { kind: 'clamd', socket: listens[0] ?? socketOf(clamdConf) },
    schedule: [{ source: 'clamav', every: intervalOf(conf.checks), jitter: '10m' }],
    ...networkOf(conf),
  }
  const notTaken = conf.ignored
    // Checks has become the schedule.
    .filter((option) => option !== 'Checks' && option !== 'NotifyClamd')
    .map((option) => ({ option, instead: insteadOf(option) }))
  const refused = lists.refused.map((why) => ({
    option: 'DatabaseCustomURL',
    instead: `nothing, since ${why}`,
  }))
  const secret = {
    option: 'HTTPProxyPassword',
    instead: 'network.proxyPasswordFile: a file whose first line it is',
  }
  const all = [...notTaken, ...refused, ...(conf.proxy?.password ? [secret] : [])]
  return { tables, notTaken: all, warnings: warningsOf(directoryOf(text, path)) }
}

const storeRoot = '/var/lib/defs'

/** What goes wrong when freshclam goes on beside. */
function warningsOf(directory: string): string[] {
  const stop = 'systemctl mask --now clamav-freshclam'
  if (directory !== storeRoot && !directory.startsWith(`${storeRoot}/`))
    return [`two updaters: ${stop} once a set is there`]
  return [
    `DatabaseDirectory of freshclam is ${directory}, in the store: it deletes there what it does not know; ${stop} before defs update`,
  ]
}

function insteadOf(option: string): string {
  return counterparts[option] ?? (/^Log|LogFile/.test(option) ? logs : 'nothing here does the same')
}

/** What a source that reads a freshclam.conf asks by it. */
export interface FreshclamForce {
  readonly hosts: readonly string[]
  readonly databases: readonly string[]
  /** What is not taken over, and what does it here. */
  readonly notes: readonly string[]
}

/** What is in force of a freshclam.conf, and what is not. @throws CONFIG_INVALID */
export function freshclamInForce(
  text: string,
  path: string,
  usual: readonly string[],
  source: Pick<ClamavConfig, 'custom' | 'allowUnsigned'>,
  readCustom: ReadCustom,
): FreshclamForce {
  const conf = readFreshclamConf(text, path, usual)
  const options = conf.ignored.map((option) => `${option} is not taken over; here: ${insteadOf(option)}`)
  const notes = [...options, ...customOf(source, conf, readCustom).refused].map((note) => `${path}: ${note}`)
  return { hosts: conf.hosts, databases: conf.databases, notes }
}

/** The directory that a freshclam.conf fills. */
export function directoryOf(text: string, path: string): string {
  return freshclamDirectory(text, path) ?? '/var/lib/clamav'
}

function networkOf({ proxy, userAgent, connectTimeout, receiveTimeout }: FreshclamConf) {
  const seconds = (milliseconds: number) => `${milliseconds / 1000}s`
  const network = {
    ...(proxy === null ? {} : { proxy: proxy.url }),
    ...(proxy?.username ? { proxyUsername: proxy.username } : {}),
    ...(userAgent === null ? {} : { userAgent }),
    ...(connectTimeout === null ? {} : { connectTimeout: seconds(connectTimeout) }),
    ...(receiveTimeout === null ? {} : { stallTimeout: seconds(receiveTimeout) }),
  }
  return Object.keys(network).length > 0 ? { network } : {}
}

function socketOf(clamdConf: string | null): string {
  const socket = /^[ \t]*LocalSocket[ \t]+"?([^"\r\n]+?)"?[ \t]*$/m.exec(clamdConf ?? '')?.[1]
  const port = /^[ \t]*TCPSocket[ \t]+(\d+)/m.exec(clamdConf ?? '')?.[1]
  if (socket !== undefined) return socket
  return port === undefined ? '/run/clamav/clamd.ctl' : `127.0.0.1:${port}`
}

// freshclam writes how often a day.
function intervalOf(checks: number | null): string {
  const minutes = Math.floor((24 * 60) / Math.min(Math.max(checks ?? 12, 1), 50))
  return minutes % 60 === 0 ? `${minutes / 60}h` : `${minutes}m`
}
