import { lstatSync, readFileSync, readlinkSync, realpathSync, type Stats, statSync } from 'node:fs'
import { dirname, isAbsolute, join, resolve, sep } from 'node:path'

// More than Linux follows itself.
const mostLinks = 40
// What stands for every owner outside of a container that has numbers of its own.
const unmapped = 65534

/**
 * Why somebody else than root and the caller could change what a path means: the first part of its way, links followed
 * as the system does, that belongs to another user or that others may write to. Null when nobody could, when nothing is
 * there, and on Windows.
 *
 * The rule is that of sshd's StrictModes, with these exceptions. What lies in a sticky folder, as /tmp, is judged by
 * its own owner. A group may write when nobody else is in it, which is how distributions set up users (umask 002). And
 * whoever owns this program, or may write to a folder above it, can do everything already: he is trusted, and those
 * folders are not judged. What lies on a read-only mount nobody may write to. Access lists are not seen.
 * @param path absolute
 * @param also a further user who is trusted
 */
export function whoElseMayWrite(path: string, also: number | null = null): string | null {
  if (process.platform === 'win32') return null
  const program = ownProgram()
  try {
    return judgeWay(resolve(path), also, program)
  } catch {
    // Nothing is there, or nothing that we may look at: whoever reads it next will tell.
    return null
  }
}

function judgeWay(path: string, also: number | null, { folder, owner }: Program): string | null {
  const trusted = (uid: number) => [0, process.geteuid?.(), owner, also].includes(uid)
  const rest = path.split(sep)
  let at: string = sep
  let shared = false
  for (let links = 0; ; ) {
    const stats = lstatSync(at)
    const why = judge(at, stats, { program: folder, trusted, shared })
    if (why !== null && !isReadOnly(at)) return why
    if (stats.isSymbolicLink()) {
      links += 1
      if (links > mostLinks) return null
      const target = readlinkSync(at)
      rest.unshift(...target.split(sep))
      at = isAbsolute(target) ? sep : dirname(at)
      // Where the link leads from was judged already, on the way to it.
      shared = isShared(lstatSync(at))
    } else shared = isShared(stats)
    let next = rest.shift()
    while (next === '' || next === '.') next = rest.shift()
    if (next === undefined) return null
    at = join(at, next)
  }
}

/** Whether everybody may put things there, and only their owners take them away. */
function isShared({ mode }: Stats): boolean {
  return (mode & 0o1000) !== 0 && (mode & 0o022) !== 0
}

interface Surrounding {
  /** The folder of this program. */
  readonly program: string
  readonly trusted: (uid: number) => boolean
  /** Whether the folder around it is a sticky one, in which others have things as well. */
  readonly shared: boolean
}

function judge(path: string, stats: Stats, { program, trusted, shared }: Surrounding): string | null {
  const above = path === sep ? sep : `${path}${sep}`
  if (stats.isDirectory() && `${program}${sep}`.startsWith(above)) return null
  // A link is changed by whoever may write to its folder, and that was judged; its own mode means nothing.
  if (stats.isSymbolicLink()) {
    return shared && !trusted(stats.uid) ? `${path} belongs to ${userName(stats.uid)}` : null
  }
  if (!stats.isFile() && !stats.isDirectory()) return null
  if (!trusted(stats.uid) && !isOutside('uid', stats.uid)) return `${path} belongs to ${userName(stats.uid)}`
  if (stats.isDirectory() && isShared(stats)) return null
  if ((stats.mode & 0o002) !== 0) return `everybody may write to ${path}`
  if ((stats.mode & 0o020) === 0 || isOutside('gid', stats.gid)) return null
  const other = otherMember(stats.gid, trusted)
  return other === null ? null : `the group ${other} may write to ${path}`
}

/**
 * Whether the mount it lies on is read-only. Kubernetes gives folders of configuration mode 777, and files that Compose
 * binds belong to whoever wrote them outside.
 */
function isReadOnly(path: string): boolean {
  const mounts = readRows('/proc/self/mountinfo', ' ').map(([, , , , place = '', options = '']) => ({
    place: place.replace(/\\([0-7]{3})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8))),
    readOnly: options.split(',').includes('ro'),
  }))
  const around = mounts.filter(
    ({ place }) => path === place || path.startsWith(place === sep ? sep : `${place}${sep}`),
  )
  // Of several at one place the last one is seen.
  const nearest = around.reduce<(typeof around)[number] | null>(
    (best, next) => (best !== null && best.place.length > next.place.length ? best : next),
    null,
  )
  return nearest?.readOnly ?? false
}

interface Program {
  readonly folder: string
  readonly owner: number
}

let known: Program | undefined

function ownProgram(): Program {
  if (known) return known
  // The folder, and not this file: in a bundle several are one, and none has this name.
  const room = realpathSync.native(import.meta.dirname)
  known = { folder: dirname(dirname(room)), owner: statSync(room).uid }
  return known
}

// In a user namespace, what belongs to users outside of it has one number that nobody inside has.
function isOutside(kind: 'uid' | 'gid', number: number): boolean {
  if (number !== unmapped) return false
  const rows = readRows(`/proc/self/${kind}_map`, /\s+/).map((row) => row.filter((field) => field !== ''))
  if (rows.length === 0) return false
  return rows.every(([from, , count]) => {
    const first = Number(from)
    return number < first || number >= first + Number(count)
  })
}

/**
 * The name of a group that has members besides those who are trusted; null for one that has none. The group of root is
 * root's; one that the system's files do not know is safe when it is our own, as in containers.
 */
function otherMember(gid: number, trusted: (uid: number) => boolean): string | null {
  if (gid === 0) return null
  const users = readRows('/etc/passwd', ':').map(([name, , uid, group]) => ({
    name,
    uid: Number(uid),
    gid: Number(group),
  }))
  const rows = readRows('/etc/group', ':').filter(([, , number]) => Number(number) === gid)
  const primary = users.filter((user) => user.gid === gid)
  if (rows.length === 0 && primary.length === 0) {
    const own = [process.getegid?.(), ...(process.getgroups?.() ?? [])]
    return own.includes(gid) ? null : String(gid)
  }
  const listed = rows.flatMap(([, , , members = '']) => members.split(',')).filter((name) => name !== '')
  // A member that is no user of this machine's files is somebody else.
  const uids = listed.map((name) => users.find((user) => user.name === name)?.uid ?? -1)
  const others = [...uids, ...primary.map(({ uid }) => uid)].some((uid) => !trusted(uid))
  return others ? (rows[0]?.[0] ?? String(gid)) : null
}

function userName(uid: number): string {
  const row = readRows('/etc/passwd', ':').find(([, , number]) => Number(number) === uid)
  return row?.[0] ? `${row[0]} (user ${uid})` : `user ${uid}`
}

function readRows(path: string, separator: string | RegExp): string[][] {
  try {
    const lines = readFileSync(path, 'utf8').split('\n')
    return lines.filter((line) => line !== '').map((line) => line.split(separator))
  } catch {
    return []
  }
}
