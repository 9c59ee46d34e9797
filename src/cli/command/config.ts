import { resolve } from 'node:path'
import { checkFiles } from '../../config/check/files.ts'
import { fleetWarnings } from '../../config/check/fleet.ts'
import { configInvalid } from '../../config/resolve.ts'
import { showable, writeValue } from '../../config/show-value.ts'
import { writeStarter } from '../../config/starter.ts'
import { type CommandResult, tableLines } from '../output.ts'
import type { Session } from '../session.ts'

export interface ConfigShowInput {
  /** Whether to say where each value comes from. */
  readonly origin: boolean
}

/** Prints every value in force. Logins were taken out of addresses when they were read, so none can be shown. */
export async function runConfigShow({ origin }: ConfigShowInput, session: Session): Promise<CommandResult> {
  const { config, shown } = await session.load()
  const entries = [...shown].map(([key, value]) => ({ key, ...value }))
  const rows = entries.map(({ key, value, type, origin: from }) => [
    key,
    writeValue(value, type) || '-',
    ...(origin ? [from] : []),
  ])
  const settings = Object.fromEntries(
    entries.map(({ key, value, origin: from }) => [
      key,
      origin ? { value: showable(value), origin: from } : showable(value),
    ]),
  )
  return { exitCode: 0, json: { file: config.file, settings }, lines: tableLines(rows) }
}

/** Lists every problem of the configuration, the files it names included; exit code 2 when there is one. */
export async function runConfigCheck(_input: object, session: Session): Promise<CommandResult> {
  const { config, problems: found, warnings: told, shown } = await session.check()
  const warnings = [...told, ...fleetWarnings(config)]
  const lineOf = (key: string) => Number(/:(\d+)$/.exec(shown.get(key)?.origin ?? '')?.[1]) || null
  const problems = [...found, ...(await checkFiles(config, lineOf))]
  for (const text of warnings) session.context.emit({ type: 'note', level: 'warning', text })
  const json = { file: config.file, problems, warnings }
  if (problems.length > 0) {
    return { exitCode: 2, json, lines: [], error: configInvalid(config.file, problems) }
  }
  const where = config.file ?? 'there is no configuration file: the defaults are in force'
  return {
    exitCode: 0,
    json,
    lines: [{ text: config.file === null ? where : `${where} is good`, tone: 'good' }],
  }
}

export interface ConfigInitInput {
  /** Where to; relative to the working directory. */
  readonly file: string
  /** Whether to write over a file that is there. */
  readonly force: boolean
}

/** Writes a commented starter file. @throws USAGE_ARGUMENT when it is there already; STORE_* */
export async function runConfigInit(
  { file, force }: ConfigInitInput,
  session: Session,
): Promise<CommandResult> {
  const path = resolve(session.environment.cwd, file)
  await writeStarter(path, force)
  return {
    exitCode: 0,
    json: { file: path },
    lines: [`${path} is written: name your sources and trust.anchors in it`],
  }
}
