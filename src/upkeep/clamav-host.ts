import { constants } from 'node:fs'
import { access, readdir, readlink, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import type { Config } from '../config/config.ts'
import { readNamed } from '../disk/foreign-file.ts'
import { limits } from '../limits.ts'
import { unreadableFor } from '../scanner/may-read.ts'
import { socketUnitListens } from '../scanner/socket-unit.ts'
import type { DoctorFinding } from './surroundings.ts'

/** Where clamd finds its databases in a store: a link to the current set. */
const currentOf = (virusDefs: string) => join(virusDefs, 'current')

/**
 * What on a host with Debian's clamd keeps it from using the sets of a store: freshclam that goes on, another
 * directory, the conditions of the units, AppArmor, missing roots. Nothing where the configured clamd is not the
 * one of `/etc/clamav/clamd.conf`.
 * @param system folder that stands for `/`
 */
export async function clamavHostFlaws(
  config: Config,
  virusDefs: string,
  system = '/',
): Promise<DoctorFinding[]> {
  const at = (path: string) => join(system, path)
  const conf = await read(at('/etc/clamav/clamd.conf'))
  const { scanner } = config
  const found = await freshclamFlaws(config, virusDefs, at)
  if (scanner.kind !== 'clamd' || conf === null) return found
  const socket = lastValue(conf, 'LocalSocket')
  const listens = (await socketUnitListens(system)).map(plain)
  const own = socket !== null && plain(socket) === plain(scanner.socket)
  if (!own && !listens.includes(plain(scanner.socket))) return found
  const add = (code: DoctorFinding['code'], path: string, message: string) =>
    found.push({ code, path, message, repaired: false })

  const current = currentOf(virusDefs)
  const directory = lastValue(conf, 'DatabaseDirectory') ?? '/var/lib/clamav'
  if (directory !== current && (await real(at(directory))) !== (await real(current))) {
    add(
      'clamd-directory',
      at('/etc/clamav/clamd.conf'),
      `clamd reads ${directory}: set DatabaseDirectory ${current}`,
    )
  }
  const unit = at('/etc/systemd/system/clamav-freshclam.service')
  const masked = await isMasked(unit)
  const wanted = await exists(at('/etc/systemd/system/multi-user.target.wants/clamav-freshclam.service'))
  // Debian's unit writes no PID file; masked and not stopped, it goes on until the machine is started anew.
  if ((!masked && wanted) || (await commandLines('freshclam', at)).length > 0) {
    const cure = 'systemctl mask --now clamav-freshclam (leave it installed: its removal deletes definitions)'
    add('freshclam-active', unit, `clamav-freshclam goes on filling another directory: ${cure}`)
  }
  if (listens.length > 0 && !listens.includes(plain(scanner.socket))) {
    const path = at('/etc/systemd/system/sockets.target.wants/clamav-daemon.socket')
    const cure = `set scanner.socket: ${listens[0]}, or systemctl disable --now clamav-daemon.socket`
    add('clamd-socket', path, `systemd listens for clamd, which then opens no socket of its own: ${cure}`)
  }
  const twice = await twoForms(await real(at(directory)))
  if (twice.length > 0) {
    const which = twice.map((name) => `${name}.cvd and ${name}.cld`).join(', ')
    add('clamd-two-forms', at(directory), `clamd loads both of ${which}: remove the older one of each`)
  }
  for (const kind of ['service', 'socket']) {
    if (await conditionFails(kind, at)) {
      const path = at(`/etc/systemd/system/clamav-daemon.${kind}.d/defs.conf`)
      const cure = `put /usr/share/defs/clamav/clamav-daemon.conf to ${path}, then systemctl daemon-reload`
      add('clamd-condition', path, `systemd starts clamd only when databases lie in /var/lib/clamav: ${cure}`)
    }
  }
  const profile = at('/etc/apparmor.d/usr.sbin.clamd')
  const local = at('/etc/apparmor.d/local/usr.sbin.clamd')
  const rules = `${(await read(profile)) ?? ''}\n${(await read(local)) ?? ''}`
  if (
    (await exists(profile)) &&
    !virusDefs.startsWith('/var/lib/clamav/') &&
    !rules.includes(`${virusDefs}/**`)
  ) {
    const cure = `add '${virusDefs}/ r,' and '${virusDefs}/** r,' to ${local}, then apparmor_parser -r ${profile}`
    add('clamd-apparmor', local, `AppArmor does not let clamd read ${virusDefs}: ${cure}`)
  }
  const user = lastValue(conf, 'User') ?? 'root'
  const closed = await unreadableFor(user, await real(current)).catch(() => null)
  if (closed !== null) {
    const { group } = config.store
    const cure =
      group === null
        ? `set store.group: ${user}, and let whoever runs defs be in that group (usermod -aG ${user} defs)`
        : `see its owner and mode, and whether ${user} is in the group ${group} of store.group`
    add('clamd-unreadable', closed, `clamd runs as ${user}, who may not read ${closed}: ${cure}`)
  }
  return [...found, ...(await missingRoots(config, at))]
}

/** Databases that lie there in both forms; of `daily` alone the engine takes the newer one by itself. */
async function twoForms(directory: string): Promise<string[]> {
  const names = new Set(await readdir(directory).catch((): string[] => []))
  const bases = [...names].flatMap((name) => /^(\w+)\.cvd$/.exec(name)?.[1] ?? [])
  return bases.filter((name) => name !== 'daily' && names.has(`${name}.cld`))
}

async function missingRoots(config: Config, at: (path: string) => string): Promise<DoctorFinding[]> {
  const usual = at('/etc/clamav/certs')
  const without = [...config.sources.values()].filter(
    (source) => source.kind === 'clamav' && source.sign === 'require' && source.certificates === null,
  )
  if (without.length === 0 || (await exists(usual))) return []
  const names = without.map(({ name }) => name).join(', ')
  const message = `${usual} is not there, which came with ClamAV 1.5: name the root for .sign in sources.${names}.certificates`
  return [{ code: 'sign-roots', path: usual, message, repaired: false }]
}

/** Whether the unit has Debian's conditions on /var/lib/clamav, no drop-in clears them, and they are not met. */
async function conditionFails(kind: string, at: (path: string) => string): Promise<boolean> {
  const name = `clamav-daemon.${kind}`
  const texts = await Promise.all(
    ['/usr/lib/systemd/system', '/lib/systemd/system'].map((folder) => read(at(`${folder}/${name}`))),
  )
  if (!texts.some((text) => text?.includes('ConditionPathExistsGlob=/var/lib/clamav/'))) return false
  const dropIns = ['/etc/systemd/system', '/usr/lib/systemd/system'].map((folder) =>
    read(at(`${folder}/${name}.d/defs.conf`)),
  )
  if ((await Promise.all(dropIns)).some((text) => /^ConditionPathExistsGlob=$/m.test(text ?? '')))
    return false
  const there = async (database: string) =>
    (
      await Promise.all(['cvd', 'cld'].map((ending) => exists(at(`/var/lib/clamav/${database}.${ending}`))))
    ).includes(true)
  return !((await there('main')) && (await there('daily')))
}

const usual = '/etc/clamav/freshclam.conf'
const cure =
  'systemctl mask --now clamav-freshclam (leave it installed), and give it a DatabaseDirectory of its own'

/**
 * freshclam that fills the store, or would at its next run: before it asks a mirror it deletes every .cvd and .cld of its
 * directory that its configuration does not name, also when its update then fails.
 * @param at where a path of the host lies
 */
async function freshclamFlaws(config: Config, virusDefs: string, at: At): Promise<DoctorFinding[]> {
  const store = [config.store.root, virusDefs]
  const places = [...store, ...(await Promise.all(store.map((path) => real(at(path)))))]
  const found: DoctorFinding[] = []
  for (const path of await configurations(at)) {
    const text = await read(at(path))
    const directory = text === null ? null : lastValue(text, 'DatabaseDirectory')
    if (directory === null) continue
    const meant = [directory, await real(at(directory))]
    if (!meant.some((one) => places.some((place) => one === place || one.startsWith(`${place}/`)))) continue
    const message = `freshclam has the store as its DatabaseDirectory (${directory}) and deletes what it does not know there: ${cure}`
    found.push({ code: 'freshclam-directory', path: at(path), message, repaired: false })
  }
  return found
}

/** Of the freshclams that run, and the usual one unless it is masked. */
async function configurations(at: At): Promise<Set<string>> {
  const masked = await isMasked(at('/etc/systemd/system/clamav-freshclam.service'))
  const found = new Set(masked ? [] : [usual])
  for (const argv of await commandLines('freshclam', at)) {
    found.add(argv.flatMap((one) => /^--config-file=(.+)$/.exec(one)?.[1] ?? [])[0] ?? usual)
  }
  return found
}

/** Turns a path of a host into one below the folder that stands for `/`. */
type At = (path: string) => string

/** The last value of an option of clamd.conf or freshclam.conf. */
function lastValue(conf: string, name: string): string | null {
  const lines = [...conf.matchAll(/^[ \t]*(\w+)[ \t]+"?([^"\r\n]*?)"?[ \t]*$/gm)]
  return lines.findLast(([, option]) => option === name)?.[2] ?? null
}

/** The path without the link that `/var/run` is. */
const plain = (path: string) => path.replace(/^\/var\/run\//, '/run/')

/** Links followed, as far as it is there. */
const real = (path: string) => realpath(path).catch(() => path)

/** Its text; null when it cannot be read. */
function read(path: string): Promise<string | null> {
  return readNamed(path, limits.config).then(String, () => null)
}

/** Whether something is there. */
function exists(path: string): Promise<boolean> {
  return access(path, constants.F_OK).then(
    () => true,
    () => false,
  )
}

/** Whether the file of a unit is what `systemctl mask` makes of it. */
async function isMasked(unit: string): Promise<boolean> {
  return (await readlink(unit).catch(() => null)) === '/dev/null'
}

/** The command lines of all processes of one program. */
async function commandLines(program: string, at: At): Promise<string[][]> {
  const proc = at('/proc')
  const pids = (await readdir(proc).catch((): string[] => [])).filter((name) => /^\d+$/.test(name))
  const found: string[][] = []
  for (const pid of pids.slice(0, limits.processes)) {
    if ((await read(join(proc, pid, 'comm')))?.trim() !== program) continue
    found.push(((await read(join(proc, pid, 'cmdline'))) ?? '').split('\0'))
  }
  return found
}
