import type { ClamavConfig } from '../config/config.ts'
import { readCustomDatabase } from '../config/custom-database.ts'
import { readNamed } from '../disk/foreign-file.ts'
import { limits } from '../limits.ts'
import { type FreshclamForce, freshclamInForce } from '../source/clamav/freshclam-starter.ts'
import { usualDatabases } from '../source/clamav/source.ts'

/** What is in force of the freshclam.conf at this path, for a source that reads it. @throws CONFIG_INVALID, and what reading it throws */
export async function readInForce(path: string, source: ClamavConfig): Promise<FreshclamForce> {
  const text = (await readNamed(path, limits.config)).toString()
  return freshclamInForce(text, path, usualDatabases, source, readCustomDatabase)
}
