import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { loadedEnding, readCustomDatabase } from '../../config/custom-database.ts'
import { type StarterKind, shortStarter } from '../../config/short-starter.ts'
import { starterText, writeStarter } from '../../config/starter.ts'
import { readNamed } from '../../disk/foreign-file.ts'
import { DefsError } from '../../error.ts'
import { limits } from '../../limits.ts'
import { socketUnitListens } from '../../scanner/socket-unit.ts'
import {
  directoryOf,
  type FreshclamStarter,
  freshclamStarter,
} from '../../source/clamav/freshclam-starter.ts'
import { usualDatabases } from '../../source/clamav/source.ts'
import type { CommandResult } from '../output.ts'
import type { Session } from '../session.ts'

export interface ConfigInitInput {
  /** Where to; relative to the working directory. */
  readonly file: string
  /** Whether to write over a file that is there. */
  readonly force: boolean
  /** What kind of definitions it is for; null writes every option as a comment. */
  readonly kind: StarterKind | null
  /** A freshclam.conf to do the work of; null when there is none. */
  readonly fromFreshclam: string | null
}

/**
 * Writes a starter file.
 * @throws USAGE_ARGUMENT when it is there already; CONFIG_* when the freshclam.conf cannot be read; STORE_*
 */
export async function runConfigInit(
  { file, force, kind, fromFreshclam }: ConfigInitInput,
  session: Session,
): Promise<CommandResult> {
  const { cwd } = session.environment
  if (fromFreshclam !== null && kind !== null && kind !== 'clamav') {
    throw new DefsError('USAGE_ARGUMENT', `--from-freshclam is for --kind clamav, not ${kind}`)
  }
  const path = resolve(cwd, file)
  if (fromFreshclam === null) {
    await writeStarter(path, force, kind === null ? starterText() : shortStarter(kind, {}, schemaPlace()))
    const next = kind === null ? 'name your sources and trust.anchors in it' : 'put your own addresses in it'
    return { exitCode: 0, json: { file: path, notTaken: [] }, lines: [`${path} is written: ${next}`] }
  }
  const { tables, notTaken, warnings } = await takeOverFreshclam(resolve(cwd, fromFreshclam))
  await writeStarter(path, force, shortStarter('clamav', tables, schemaPlace()))
  const lines = [
    `${path} is written from ${resolve(cwd, fromFreshclam)}: defs config check, then defs update`,
    ...notTaken.map(({ option, instead }) => `not taken over: ${option}; here: ${instead}`),
    ...warnings,
  ]
  return { exitCode: 0, json: { file: path, notTaken }, lines }
}

async function takeOverFreshclam(path: string): Promise<FreshclamStarter> {
  let text: string
  try {
    text = (await readNamed(path, limits.config)).toString()
  } catch (cause) {
    throw new DefsError('CONFIG_UNREADABLE', `${path} cannot be read: name a freshclam.conf`, { path, cause })
  }
  const clamdConf = await readNamed(join(path, '..', 'clamd.conf'), limits.config).then(String, () => null)
  const folder = directoryOf(text, path)
  const names = await readdir(folder).catch(() => [])
  const local = names
    .sort()
    .filter((name) => loadedEnding.test(name))
    .map((name) => join(folder, name))
    .filter((file) => typeof readCustomDatabase(`file://${file}`) !== 'string')
  const listens = await socketUnitListens()
  return freshclamStarter(text, path, usualDatabases, { clamdConf, listens, local })
}

/** Where the schema lies that is shipped: with the package of Debian, or beside the program. */
function schemaPlace(): string | null {
  const beside = fileURLToPath(new URL('../../schema/defs.schema.json', import.meta.url))
  return ['/usr/share/defs/defs.schema.json', beside].find((path) => existsSync(path)) ?? null
}
