import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Config } from '../config/config.ts'
import { limits } from '../limits.ts'
import { type At, isMasked, lastValue, read, real } from './host-files.ts'
import type { DoctorFinding } from './surroundings.ts'

const usual = '/etc/clamav/freshclam.conf'
const cure =
  'systemctl mask --now clamav-freshclam (leave it installed), and give it a DatabaseDirectory of its own'

/**
 * freshclam that fills the store, or would at its next run: before it asks a mirror it deletes every .cvd and .cld of its
 * directory that its configuration does not name, also when its update then fails.
 * @param at where a path of the host lies
 */
export async function freshclamFlaws(config: Config, virusDefs: string, at: At): Promise<DoctorFinding[]> {
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
  const proc = at('/proc')
  const pids = (await readdir(proc).catch((): string[] => [])).filter((name) => /^\d+$/.test(name))
  for (const pid of pids.slice(0, limits.processes)) {
    if ((await read(join(proc, pid, 'comm')))?.trim() !== 'freshclam') continue
    const argv = ((await read(join(proc, pid, 'cmdline'))) ?? '').split('\0')
    found.add(argv.flatMap((one) => /^--config-file=(.+)$/.exec(one)?.[1] ?? [])[0] ?? usual)
  }
  return found
}
