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
import { liveUpdateStarter } from '../../source/liveupdate/starter.ts'
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
  /** A liveupdate.conf or Settings.LiveUpdate to take hosts from. */
  readonly fromLiveUpdate?: string
}

/**
 * Writes a starter file.
 * @throws USAGE_ARGUMENT when it is there already; CONFIG_* when the freshclam.conf cannot be read; STORE_*
 */
export async function runConfigInit(
  { file, force, kind, fromFreshclam, fromLiveUpdate }: ConfigInitInput,
  session: Session,
): Promise<CommandResult> {
  const { cwd } = session.environment
  if (fromFreshclam !== null && kind !== null && kind !== 'clamav') {
    throw new DefsError('USAGE_ARGUMENT', `--from-freshclam is for --kind clamav, not ${kind}`)
  }
  const path = resolve(cwd, file)
  if (fromLiveUpdate !== undefined) {
    if (fromFreshclam !== null) {
      throw new DefsError('USAGE_ARGUMENT', 'use --from-freshclam or --from-liveupdate, not both')
    }
    if (kind !== null && kind !== 'liveupdate' && kind !== 'internal') {
      throw new DefsError('USAGE_ARGUMENT', `--from-liveupdate is for --kind liveupdate, not ${kind}`)
    }
    const given = resolve(cwd, fromLiveUpdate)
    const { tables, notTaken } = liveUpdateStarter(await readGiven(given, 'a liveupdate.conf'), given)
    await writeStarter(path, force, shortStarter('liveupdate', tables, schemaPlace()))
    return taken(path, given, notTaken)
  }
  if (fromFreshclam === null) {
    await writeStarter(path, force, kind === null ? starterText() : shortStarter(kind, {}, schemaPlace()))
    const next = kind === null ? 'name your sources and trust.anchors in it' : 'put your own addresses in it'
    return { exitCode: 0, json: { file: path, notTaken: [] }, lines: [`${path} is written: ${next}`] }
  }
  const { tables, notTaken, warnings } = await takeOverFreshclam(resolve(cwd, fromFreshclam))
  await writeStarter(path, force, shortStarter('clamav', tables, schemaPlace()))
  return taken(path, resolve(cwd, fromFreshclam), notTaken, warnings)
}

function taken(
  path: string,
  from: string,
  notTaken: FreshclamStarter['notTaken'],
  warnings: readonly string[] = [],
): CommandResult {
  const lines = [
    `${path} is written from ${from}: defs config check, then defs update`,
    ...[...new Set(notTaken.map(({ instead }) => instead))].map((instead) => {
      const alike = notTaken.filter((one) => one.instead === instead).map(({ option }) => option)
      return `not taken over: ${alike.join(', ')}; here: ${instead}`
    }),
    ...warnings,
  ]
  return { exitCode: 0, json: { file: path, notTaken }, lines }
}

async function readGiven(path: string, what: string): Promise<string> {
  try {
    return (await readNamed(path, limits.config)).toString()
  } catch (cause) {
    throw new DefsError('CONFIG_UNREADABLE', `${path} cannot be read: name ${what}`, { path, cause })
  }
}

async function takeOverFreshclam(path: string): Promise<FreshclamStarter> {
  const text = await readGiven(path, 'a freshclam.conf')
  const clamdConf = await readNamed(join(path, '..', 'clamd.conf'), limits.config).then(String, () => null)
  const folder = directoryOf(text, path)
  const names = await readdir(folder).catch(() => [])
  const local = names
    .sort()
    .filter((name) => loadedEnding.test(name))
    .map((name) => join(folder, name))
    .filter((file) => typeof readCustomDatabase(`file://${file}`) !== 'string')
  const listens = await socketUnitListens()
  return freshclamStarter(text, path, usualDatabases, {
    clamdConf,
    listens,
    local,
    readCustom: readCustomDatabase,
  })
}

/** Where the schema lies that is shipped: with the package of Debian, or beside the program. */
function schemaPlace(): string | null {
  const beside = fileURLToPath(new URL('../../schema/defs.schema.json', import.meta.url))
  return ['/usr/share/defs/defs.schema.json', beside].find((path) => existsSync(path)) ?? null
}
