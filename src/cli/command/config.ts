import { checkFiles } from '../../config/check/files.ts'
import { fleetWarnings } from '../../config/check/fleet.ts'
import { storeFlaw, unsafeFiles } from '../../config/check/trusted-files.ts'
import type { Config } from '../../config/config.ts'
import { type Checked, configInvalid } from '../../config/resolve.ts'
import { configurationSchema } from '../../config/schema.ts'
import { showable, writeValue } from '../../config/show-value.ts'
import { nothingConfigured } from '../../config/unconfigured.ts'
import { DefsError } from '../../error.ts'
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
  const flaw = storeFlaw(config)
  const unsafe = flaw === null ? [] : [`store.root: ${flaw}`]
  const notes = [...fleetWarnings(config), ...(await freshclamNotes(config))]
  const warnings = [...told, ...unsafe, ...unconfigured(config), ...notes]
  const lineOf = (key: string) => Number(/:(\d+)$/.exec(shown.get(key)?.origin ?? '')?.[1]) || null
  const problems = [...found, ...(await neverDue(shown, lineOf)), ...(await checkFiles(config, lineOf))]
  for (const text of warnings) session.context.emit({ type: 'note', level: 'warning', text })
  if (problems.length === 0) await noteSkipped(config, session)
  const json = { file: config.file, problems, warnings }
  if (problems.length > 0) {
    return { exitCode: 2, json, lines: [], error: refusal(config, problems) }
  }
  const where = config.file ?? 'there is no configuration file: the defaults are in force'
  return {
    exitCode: 0,
    json,
    lines: [{ text: config.file === null ? where : `${where} is good`, tone: 'good' }],
  }
}

/** A file that only publishes or controls a fleet needs no source; any other would be refused by `update`. */
function unconfigured(config: Config): string[] {
  const { file, sources, publish, fleet } = config
  if (file === null || sources.size > 0 || publish.root !== null || fleet !== null) return []
  return [nothingConfigured(config).message]
}

/** What a freshclam.conf says that is not taken over; one that cannot be read is a problem of its own. */
async function freshclamNotes({ sources }: Config): Promise<string[]> {
  const { readInForce } = await import('../freshclam-in-force.ts')
  const found = [...sources.values()].map((source) =>
    source.kind === 'clamav' && source.freshclamConf !== null
      ? readInForce(source.freshclamConf, source).then(
          ({ notes }) => notes,
          () => [],
        )
      : [],
  )
  return (await Promise.all(found)).flat()
}

/** What a run would be refused with: nothing but files that others can change is an error of its own. */
function refusal(config: Config, problems: Checked['problems']): DefsError {
  const { code, message, facts } = configInvalid(config.file, problems)
  const only = unsafeFiles(config).length === problems.length
  return new DefsError(only ? 'CONFIG_UNSAFE' : code, message, facts)
}

/** Lines of the schedule that no day is for: a daemon does not start with them. Those that are switched off may wait. */
async function neverDue(
  shown: Checked['shown'],
  lineOf: (path: string) => number | null,
): Promise<Checked['problems']> {
  const { whyNever } = await import('../../schedule/cron.ts')
  return [...shown].flatMap(([path, { value }]) => {
    const [, entry] = /^(schedule\[\d+\])\.cron$/.exec(path) ?? []
    if (entry === undefined || typeof value !== 'string' || shown.get(`${entry}.enabled`)?.value === false)
      return []
    const why = whyNever(value)
    return why === null ? [] : [{ path, line: lineOf(path), message: `'${value}' ${why}` }]
  })
}

/** What only exported timers do is a note: a daemon runs the schedule as it stands. */
async function noteSkipped({ schedule, timeZone }: Config, { context }: Session): Promise<void> {
  if (schedule.length === 0) return
  const { refuseMisread } = await import('../../schedule/cron.ts')
  const { unreadableZone } = await import('../../schedule/wall-clock.ts')
  const { skippedRuns } = await import('../../schedule/skipped-runs.ts')
  await refuseMisread(schedule)
  const zone = timeZone === null ? unreadableZone(process.env['TZ']) : null
  if (zone !== null) context.emit({ type: 'note', level: 'warning', text: zone })
  for (const text of skippedRuns(schedule, timeZone, context.now()))
    context.emit({ type: 'note', level: 'information', text })
}

/** Prints the JSON Schema of the configuration, for editors. With `--json` it is inside the object, as `jsonSchema`. */
export async function runConfigSchema(): Promise<CommandResult> {
  const jsonSchema = configurationSchema()
  return { exitCode: 0, json: { jsonSchema }, lines: JSON.stringify(jsonSchema, null, 2).split('\n') }
}
