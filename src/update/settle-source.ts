import { readFile } from 'node:fs/promises'
import type { SourceConfig } from '../config/config.ts'
import { readCustomDatabase } from '../config/custom-database.ts'
import { DefsError } from '../error.ts'
import { limits } from '../limits.ts'
import { readFreshclamConf } from '../source/clamav/freshclam-conf.ts'
import { takeOver } from '../source/clamav/take-over.ts'
import { usualDatabases } from '../source/clamav.ts'
import type { Reach } from '../source/transport.ts'
import type { Run } from './run.ts'

/**
 * A source with everything filled in that stands in files of other programs, which only those who ask it read.
 * @throws CONFIG_UNREADABLE, CONFIG_INVALID
 */
export async function settleSource(
  config: SourceConfig,
  reach: Reach,
  { context }: Pick<Run, 'context'>,
): Promise<{ config: SourceConfig; reach: Reach }> {
  if (config.kind !== 'clamav') return { config, reach }
  const cool = { ...reach, coolWhenForbidden: true }
  const { freshclamConf: path } = config
  if (path === null) return { config, reach: cool }
  const conf = readFreshclamConf(await readText(path), path, usualDatabases)
  const { notes, ...settled } = takeOver(config, cool, conf, readCustomDatabase)
  for (const text of notes) context.emit({ type: 'note', level: 'warning', text })
  return settled
}

async function readText(path: string): Promise<string> {
  try {
    const text = await readFile(path, 'utf8')
    if (text.length <= limits.config) return text
    throw new DefsError('CONFIG_UNREADABLE', `${path} is larger than ${limits.config} bytes`, { path })
  } catch (cause) {
    if (cause instanceof DefsError) throw cause
    const text = `${path} cannot be read: check freshclamConf, and the owner and mode of the file`
    throw new DefsError('CONFIG_UNREADABLE', text, { cause, path })
  }
}
