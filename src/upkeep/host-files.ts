import { constants } from 'node:fs'
import { access, readlink, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { readNamed } from '../disk/foreign-file.ts'
import { limits } from '../limits.ts'

/** Turns a path of a host into one below the folder that stands for `/`. */
export type At = (path: string) => string

/** The last value of an option of clamd.conf or freshclam.conf. */
export function lastValue(conf: string, name: string): string | null {
  const lines = [...conf.matchAll(/^[ \t]*(\w+)[ \t]+"?([^"\r\n]*?)"?[ \t]*$/gm)]
  return lines.findLast(([, option]) => option === name)?.[2] ?? null
}

/** The path without the link that `/var/run` is. */
export const plain = (path: string) => path.replace(/^\/var\/run\//, '/run/')

/** Links followed, as far as it is there. */
export const real = (path: string) => realpath(path).catch(() => path)

/** Its text; null when it cannot be read. */
export function read(path: string): Promise<string | null> {
  return readNamed(path, limits.config).then(String, () => null)
}

/** Whether something is there. */
export function exists(path: string): Promise<boolean> {
  return access(path, constants.F_OK).then(
    () => true,
    () => false,
  )
}

/** Whether the file of a unit is what `systemctl mask` makes of it. */
export async function isMasked(unit: string): Promise<boolean> {
  return (await readlink(unit).catch(() => null)) === '/dev/null'
}

/** Whether the process of a PID file runs, and is that program. */
export async function runs(pidFile: string, program: string, proc: string): Promise<boolean> {
  const pid = /^\d+/.exec((await read(pidFile)) ?? '')?.[0]
  return pid !== undefined && (await read(join(proc, pid, 'comm')))?.trim() === program
}
