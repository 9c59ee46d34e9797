import { readFile, stat } from 'node:fs/promises'
import { join, sep } from 'node:path'
import type { Config } from '../config/config.ts'
import type { Store } from '../hawking/store.ts'
import type { DoctorFinding } from './surroundings.ts'

/**
 * Folders that clamonacc watches although we work in them: what is being fetched, unpacked, proved or kept as evidence
 * is refused to us in the middle, or taken away (docs/sharing.md). Nothing where no on-access path is configured.
 * @param system folder that stands for `/`
 */
export async function onAccessFlaws(
  { scanner }: Pick<Config, 'scanner'>,
  store: Store,
  system = '/',
): Promise<DoctorFinding[]> {
  const usual = join(system, '/etc/clamav/clamd.conf')
  const path = scanner.kind === 'clamd' && scanner.conf !== null ? scanner.conf : usual
  const text = await readFile(path, 'utf8').catch(() => null)
  if (text === null) return []
  const conf = optionsOf(text)
  const included = conf.all('OnAccessIncludePath')
  const mounted = conf.all('OnAccessMountPath')
  if (included.length + mounted.length === 0 || (await isExempt(conf, store, system))) return []
  const excluded = conf.all('OnAccessExcludePath')
  const folders = [store.virusDefs, store.partial, store.quarantine]
  const seen = folders.filter((folder) => {
    // A whole file system is watched whatever is excluded below it.
    if (mounted.some((mount) => isBelow(folder, mount))) return true
    const isIn = (places: readonly string[]) => places.some((place) => isBelow(folder, place))
    return isIn(included) && !isIn(excluded)
  })
  if (seen.length === 0) return []
  const cure =
    mounted.length > 0
      ? 'exclude the user of defs by OnAccessExcludeUID, or watch paths instead of a mount'
      : `add ${seen.map((folder) => `OnAccessExcludePath ${folder}`).join(', ')} and restart clamonacc`
  const message = `clamonacc scans ${seen.join(', ')}, where defs works: ${cure}`
  return [{ code: 'on-access-scan', path, message, repaired: false }]
}

interface Options {
  readonly all: (name: string) => readonly string[]
}

function optionsOf(text: string): Options {
  const lines = [...text.matchAll(/^[ \t]*(OnAccess\w+)[ \t]+"?([^"\r\n]*?)"?[ \t]*$/gm)]
  return {
    all: (name) => lines.filter(([, option]) => option === name).map(([, , value = '']) => value),
  }
}

/** Whether what the owner of the store does is not looked at. */
async function isExempt(conf: Options, store: Store, system: string): Promise<boolean> {
  const uid = await stat(store.state).then(
    (status) => status.uid,
    () => process.getuid?.() ?? 0,
  )
  if (conf.all('OnAccessExcludeUID').includes(String(uid))) return true
  if (uid === 0 && conf.all('OnAccessExcludeRootUID').some((value) => /^(yes|true|1)$/i.test(value)))
    return true
  const names = conf.all('OnAccessExcludeUname')
  if (names.length === 0) return false
  const users = await readFile(join(system, '/etc/passwd'), 'utf8').catch(() => '')
  return users.split('\n').some((line) => {
    const [name = '', , number] = line.split(':')
    return names.includes(name) && number === String(uid)
  })
}

function isBelow(path: string, above: string): boolean {
  const place = above.length > 1 ? above.replace(/[\\/]+$/, '') : above
  return path === place || path.startsWith(place.endsWith(sep) ? place : place + sep)
}
