import { readdir, readFile, readlink, realpath, stat } from 'node:fs/promises'
import { isAbsolute, resolve } from 'node:path'
import { readNamed } from '../disk/foreign-file.ts'
import { limits } from '../limits.ts'
import { socketUnitListens } from './socket-unit.ts'

/** What the configuration of a clamd says, as far as it matters to whoever hands definitions over. */
export interface ClamdConf {
  readonly path: string
  /** Null where it says nothing: then it is the one that was built in. */
  readonly databaseDirectory: string | null
  /** Whom it becomes; null for whoever starts it. */
  readonly user: string | null
  /** Only databases from ClamAV are loaded: no canary, no list of the site. */
  readonly officialOnly: boolean
  /** Lists of possibly unwanted programs are loaded. */
  readonly detectPua: boolean
  readonly reloadCommand: boolean
  readonly versionCommand: boolean
  /** A load beside the engine that is in use needs the memory of two. */
  readonly concurrentReload: boolean
  readonly logFile: string | null
}

const usualPlaces = [
  '/etc/clamav/clamd.conf',
  '/etc/clamd.d/scan.conf',
  '/etc/clamd.conf',
  '/usr/local/etc/clamav/clamd.conf',
  '/usr/local/etc/clamd.conf',
  '/opt/homebrew/etc/clamav/clamd.conf',
]

/**
 * The configuration of the clamd behind a socket: the file that is named, else that of the clamd which runs with
 * this socket, else one in a usual place. A file counts only when it names the socket. Never throws; null when there
 * is none that can be read.
 */
export async function findClamdConf(socket: string, named: string | null): Promise<ClamdConf | null> {
  if (named !== null) return readConf(named)
  // Where systemd listens, Debian's clamd looks at no socket of its own file.
  const [debian] = usualPlaces
  const handed = await isOneOf(socket, await socketUnitListens())
  for (const path of [...(await runningConfs(socket)), ...usualPlaces]) {
    const text = await readText(path)
    if (text === null || !((handed && path === debian) || (await isOfSocket(text, socket)))) continue
    return describeConf(path, text)
  }
  return null
}

async function readConf(path: string): Promise<ClamdConf | null> {
  const text = await readText(path)
  return text === null ? null : describeConf(path, text)
}

function describeConf(path: string, text: string): ClamdConf {
  const yes = (key: string, otherwise: boolean) => {
    const value = settingOf(text, key)?.toLowerCase()
    return value === undefined ? otherwise : ['yes', 'true', '1'].includes(value)
  }
  return {
    path,
    databaseDirectory: settingOf(text, 'DatabaseDirectory') ?? null,
    user: settingOf(text, 'User') ?? null,
    officialOnly: yes('OfficialDatabaseOnly', false),
    detectPua: yes('DetectPUA', false),
    reloadCommand: yes('EnableReloadCommand', true),
    versionCommand: yes('EnableVersionCommand', true),
    concurrentReload: yes('ConcurrentDatabaseReload', true),
    logFile: settingOf(text, 'LogFile') ?? null,
  }
}

/** The value of a key, which counts in any case; the last one when it stands there twice. */
function settingOf(text: string, key: string): string | undefined {
  const lines = text.split(/\r?\n/).map((line) => line.trim())
  const found = lines.flatMap((line) => {
    const [, name, value] = /^(\S+)\s+"?([^"#]*?)"?\s*(?:#.*)?$/.exec(line) ?? []
    return name?.toLowerCase() === key.toLowerCase() && value ? [value] : []
  })
  return found.at(-1)
}

async function isOfSocket(text: string, socket: string): Promise<boolean> {
  const tcp = /:(\d{1,5})$/.exec(socket)
  if (tcp && !isAbsolute(socket)) return settingOf(text, 'TCPSocket') === tcp[1]
  const own = settingOf(text, 'LocalSocket')
  if (own === undefined) return false
  return own === socket || (await same(own, socket))
}

async function isOneOf(socket: string, others: readonly string[]): Promise<boolean> {
  const found = await Promise.all(others.map(async (one) => one === socket || (await same(one, socket))))
  return found.includes(true)
}

async function same(one: string, other: string): Promise<boolean> {
  const [a, b] = await Promise.all([one, other].map((path) => realpath(path).catch(() => resolve(path))))
  return a === b
}

/**
 * Files that running clamds were started with. One that a stranger started proves nothing: the process must be root's,
 * or of whoever owns the socket.
 */
async function runningConfs(socket: string): Promise<string[]> {
  if (process.platform !== 'linux') return []
  const owner = (await stat(socket).catch(() => null))?.uid
  const pids = (await readdir('/proc').catch((): string[] => [])).filter((name) => /^\d+$/.test(name))
  const found: string[] = []
  for (const pid of pids.slice(0, limits.processes)) {
    const argv = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0')
    if (!/(^|\/)clamd$/.test(argv[0] ?? '')) continue
    const uid = (await stat(`/proc/${pid}`).catch(() => null))?.uid
    if (uid !== 0 && uid !== owner) continue
    const path = namedIn(argv)
    if (path === null) continue
    const folder = isAbsolute(path) ? '/' : await readlink(`/proc/${pid}/cwd`).catch(() => null)
    if (folder !== null) found.push(resolve(folder, path))
  }
  return found
}

function namedIn(argv: readonly string[]): string | null {
  for (const [index, argument] of argv.entries()) {
    if (argument === '-c' || argument === '--config-file') return argv[index + 1] ?? null
    const joined = /^(?:--config-file=|-c(?=.))(.+)$/.exec(argument)?.[1]
    if (joined !== undefined) return joined
  }
  return null
}

async function readText(path: string): Promise<string | null> {
  try {
    return (await readNamed(path, limits.config)).toString()
  } catch {
    return null
  }
}
