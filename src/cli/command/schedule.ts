import { hostname } from 'node:os'
import { resolve } from 'node:path'
import type { Config } from '../../config/config.ts'
import { DefsError } from '../../error.ts'
import { type SchedulePause, schedulePause } from '../../hawking/observations.ts'
import { openStore } from '../../hawking/store.ts'
import { publishPaths } from '../../publish/paths.ts'
import { formatSpan, formatTime } from '../../report/span.ts'
import { publishStatus } from '../../report/status-file.ts'
import { whyNever } from '../../schedule/cron.ts'
import type { ExportedFile } from '../../schedule/export/exported-file.ts'
import { comingRuns, type ScheduledRun, shownRun } from '../../schedule/next-runs.ts'
import { jobOf, keyOf } from '../../schedule/rule.ts'
import { tooOften } from '../../schedule/too-often.ts'
import { unreadableZone } from '../../schedule/wall-clock.ts'
import type { PauseRequest } from '../../upkeep/pause.ts'
import { userOf } from '../environment.ts'
import { keepJournal } from '../journal-listener.ts'
import { assertMayLook } from '../may-look.ts'
import { type CommandResult, type Line, tableLines } from '../output.ts'
import type { Session } from '../session.ts'

export interface ScheduleInput {
  /** IANA name; null for `timeZone` of the configuration. */
  readonly timeZone: string | null
  readonly scheduler: 'systemd' | 'cron' | 'windows' | null
  /** Folder to write to, relative to the working directory; null to print. */
  readonly to: string | null
  readonly user: string | null
}

/** Shows the next runs, or exports the schedule. @throws USAGE_ARGUMENT for what cannot be exported; STORE_* */
export async function runSchedule(input: ScheduleInput, session: Session): Promise<CommandResult> {
  const { timeZone, scheduler, to } = input
  if (scheduler === null && (to !== null || input.user !== null)) {
    throw new DefsError('USAGE_ARGUMENT', '--to and --user belong to --export: see defs schedule --help')
  }
  const { config } = await session.load({ flags: timeZone === null ? {} : { timeZone } })
  const zone = config.timeZone === null ? unreadableZone(process.env['TZ']) : null
  if (zone !== null) session.context.emit({ type: 'note', level: 'warning', text: zone })
  const warnings = tooOften(config.schedule, config.sources)
  for (const { message } of warnings) {
    session.context.emit({ type: 'note', level: 'warning', text: message })
  }
  for (const { cron } of config.schedule) {
    const never = cron === null ? null : whyNever(cron)
    if (never === null) continue
    session.context.emit({ type: 'note', level: 'warning', text: `'${cron}' in the schedule ${never}` })
  }
  if (scheduler !== null) return exportTo(scheduler, input, config, session)
  const now = session.context.now()
  const store = openStore(config.store.root, config.store.layout)
  assertMayLook(store)
  const paused = await schedulePause(store, now)
  const nextRuns = comingRuns(config, hostname(), now, paused)
  const disabled = config.scheduleDisabled.map(jobOf).map(({ source, channel }) => {
    return { source, ...(channel === null ? {} : { channel }) }
  })
  return {
    exitCode: 0,
    json: { nextRuns: nextRuns.map(shownRun), warnings, paused, disabled },
    lines: [
      ...(paused === null ? [] : [{ text: describePause(paused), tone: 'warning' } as const]),
      ...describe(nextRuns, config, now),
      ...(config.scheduleIsDefault && nextRuns.length > 0 ? [byDefault] : []),
      ...config.scheduleDisabled.map((line) => `${keyOf(jobOf(line))} is switched off (enabled: false)`),
    ],
  }
}

export function describePause({ until, user, reason }: SchedulePause): string {
  const end = until === null ? 'without an end' : `until ${formatTime(until)}`
  return `paused ${end}, by ${user}${reason === null ? '' : `: ${reason}`}`
}

/** Pauses the schedule. @throws what `pauseSchedule` throws */
export async function runPause(input: Omit<PauseRequest, 'user'>, session: Session): Promise<CommandResult> {
  return onSchedule(session, async (config, user) => {
    const { pauseSchedule } = await import('../../upkeep/pause.ts')
    const paused = await pauseSchedule({ ...input, user }, config, session.context)
    return { exitCode: 0, json: { paused }, lines: [`the schedule is ${describePause(paused)}`] }
  })
}

/** Lets the schedule go on. @throws STORE_* */
export async function runResume(_input: object, session: Session): Promise<CommandResult> {
  return onSchedule(session, async (config, user) => {
    const { resumeSchedule } = await import('../../upkeep/pause.ts')
    const resumed = await resumeSchedule(user, config, session.context)
    const line = resumed ? 'the schedule goes on; what was missed is caught up once' : 'it was not paused'
    return { exitCode: 0, json: { resumed }, lines: [line] }
  })
}

async function onSchedule(
  session: Session,
  work: (config: Config, user: string) => Promise<CommandResult>,
): Promise<CommandResult> {
  const { config } = await session.load({ writes: true })
  const journal = keepJournal(session, config)
  try {
    const result = await work(config, userOf(session.environment))
    return session.globals.quiet ? { ...result, lines: [] } : result
  } finally {
    await publishStatus(config, session.context)
    await journal.flush()
  }
}

const byDefault: Line = {
  text: "no schedule is configured: this is the default, once a day; 'schedule: []' switches it off",
  tone: 'quiet',
}

function describe(
  runs: readonly ScheduledRun[],
  { schedule, scheduleDisabled, scheduleOff, timeZone }: Config,
  now: Date,
): Line[] {
  if (runs.length === 0) {
    if (scheduleOff && scheduleDisabled.length === 0)
      return ['updates by schedule are switched off (schedule: [])']
    return [schedule.length === 0 ? 'no schedule is configured' : 'nothing comes due']
  }
  const local = new Intl.DateTimeFormat('sv-SE', {
    ...(timeZone === null ? {} : { timeZone }),
    weekday: 'short',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    timeZoneName: 'short',
  })
  const head = ['source', 'at', 'from now']
  return [
    ...tableLines([
      head,
      ...runs.map((run) => [
        keyOf(run),
        wallTime(local, run.at),
        `in ${formatSpan(run.at.getTime() - now.getTime())}`,
      ]),
    ]),
  ]
}

// From the parts, so that the language of the machine changes nothing.
function wallTime(format: Intl.DateTimeFormat, moment: Date): string {
  const parts = new Map(format.formatToParts(moment).map(({ type, value }) => [type, value]))
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? ''
  const day = `${part('year')}-${part('month')}-${part('day')}`
  return `${day} ${part('hour')}:${part('minute')} ${part('timeZoneName')}`
}

async function exportTo(
  scheduler: 'systemd' | 'cron' | 'windows',
  { to, user }: ScheduleInput,
  config: Config,
  session: Session,
): Promise<CommandResult> {
  if (config.schedule.length === 0) {
    throw new DefsError('USAGE_ARGUMENT', "there is no schedule to export: write one under 'schedule:'")
  }
  const files = await exported(scheduler, user, config, session)
  if (to === null) {
    const lines = files.flatMap(({ name, text }) => [
      `# ${name}`,
      ...text.replace(/^\uFEFF/, '').split(/\r?\n/),
    ])
    return { exitCode: 0, json: { files: files.map(({ name, text }) => ({ name, text })) }, lines }
  }
  const { writeExported } = await import('../../schedule/export/exported-file.ts')
  const paths = await writeExported(files, resolve(session.environment.cwd, to))
  return {
    exitCode: 0,
    json: { files: paths.map((path) => ({ path })) },
    lines: paths.map((path) => `${path} is written`),
  }
}

async function exported(
  scheduler: 'systemd' | 'cron' | 'windows',
  user: string | null,
  config: Config,
  { context, environment }: Session,
): Promise<ExportedFile[]> {
  const installation = {
    program: [process.execPath, environment.program] as const,
    config: config.file === null ? null : resolve(config.file),
    host: hostname(),
    family: config.families.size === 0 ? null : config.family,
    usual: config.default,
  }
  if (scheduler !== 'systemd') warnOfZone(scheduler, config, context)
  switch (scheduler) {
    case 'systemd': {
      const { exportSystemd } = await import('../../schedule/export/systemd.ts')
      const { skippedRuns } = await import('../../schedule/skipped-runs.ts')
      const { scanner, store, timeZone } = config
      for (const text of skippedRuns(config.schedule, timeZone, context.now()))
        context.emit({ type: 'note', level: 'warning', text })
      const { tree, state } = publishPaths(config, null)
      const mirrors = config.schedule.some(({ publish }) => publish !== null)
      const writable = [
        store.root,
        ...(scanner.kind === 'csapi' ? [scanner.path] : []),
        ...(mirrors ? [tree, state] : []),
      ]
      return exportSystemd(config.schedule, { ...installation, timeZone, writable, user })
    }
    case 'cron': {
      const { exportCron } = await import('../../schedule/export/cron.ts')
      return exportCron(config.schedule, { ...installation, user })
    }
    case 'windows': {
      const { exportWindowsTask } = await import('../../schedule/export/windows.ts')
      const date = context.now().toISOString().slice(0, 10)
      return exportWindowsTask(config.schedule, { ...installation, date })
    }
  }
}

/** A crontab and a task name no zone: their times are those of the machine. */
function warnOfZone(scheduler: string, { timeZone }: Config, { emit }: Session['context']): void {
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone
  if (timeZone === null || timeZone === here) return
  const text = `the schedule is by the clock of ${timeZone}; as a file for ${scheduler} it runs by that of the machine`
  emit({ type: 'note', level: 'warning', text })
}
