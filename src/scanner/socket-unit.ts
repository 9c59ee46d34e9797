import { lstat, readdir, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { readNamed } from '../disk/foreign-file.ts'
import { limits } from '../limits.ts'

const unit = 'clamav-daemon.socket'
// In the order in which one hides the next (systemd.unit(5)).
const folders = ['etc/systemd/system', 'run/systemd/system', 'usr/lib/systemd/system', 'lib/systemd/system']

/**
 * Where systemd listens for clamd. Handed a socket, clamd opens neither LocalSocket nor TCPSocket of its clamd.conf, so
 * these are the places that count where the socket unit of Debian's package is in use.
 * @param system folder that stands for `/`
 * @returns paths, or `address:port`; none where the unit is not enabled, or masked. Never throws
 */
export async function socketUnitListens(system = '/'): Promise<readonly string[]> {
  const wanted = join(system, 'etc/systemd/system/sockets.target.wants', unit)
  if (!(await lstat(wanted).catch(() => null))) return []
  const mask = await readlink(join(system, 'etc/systemd/system', unit)).catch(() => null)
  if (mask === '/dev/null') return []
  const texts = await Promise.all(folders.map((folder) => read(join(system, folder, unit))))
  const main = texts.find((text) => text !== null) ?? ''
  const listens: string[] = []
  for (const text of [main, ...(await dropIns(system))]) {
    for (const [, value = ''] of text.matchAll(/^[ \t]*ListenStream[ \t]*=[ \t]*(.*?)[ \t]*$/gm)) {
      // An empty one takes back all before it.
      if (value === '') listens.length = 0
      else listens.push(/^\d{1,5}$/.test(value) ? `127.0.0.1:${value}` : value)
    }
  }
  return listens
}

/** By their names, wherever they lie; one of a folder that comes first hides others of its name. */
async function dropIns(system: string): Promise<string[]> {
  const found = new Map<string, string>()
  for (const folder of folders) {
    const place = join(system, folder, `${unit}.d`)
    for (const name of await readdir(place).catch((): string[] => []))
      if (name.endsWith('.conf') && !found.has(name)) found.set(name, (await read(join(place, name))) ?? '')
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, text]) => text)
}

function read(path: string): Promise<string | null> {
  return readNamed(path, limits.config).then(String, () => null)
}
