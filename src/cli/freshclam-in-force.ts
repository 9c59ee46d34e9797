import { readNamed } from '../disk/foreign-file.ts'
import { limits } from '../limits.ts'
import { type FreshclamForce, freshclamInForce } from '../source/clamav/freshclam-starter.ts'
import { usualDatabases } from '../source/clamav/source.ts'

/** What is in force of a freshclam.conf that a source reads. @throws CONFIG_INVALID, and what reading it throws */
export async function readInForce(path: string): Promise<FreshclamForce> {
  return freshclamInForce((await readNamed(path, limits.config)).toString(), path, usualDatabases)
}
