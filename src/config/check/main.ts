import type { ScheduleConfig } from '../config.ts'
import { type MainSettings, options } from '../options/main.ts'
import { days, scheduleOptions } from '../options/publish.ts'
import { isChannelName } from '../read-value.ts'
import { type FoundSetting, readSettings } from '../settings.ts'
import { hasVariable, splitVariable, variableOf } from '../variable.ts'
import {
  type CheckContext,
  findInFile,
  keysOf,
  report,
  reportUnknown,
  type Table,
  tableAt,
} from './context.ts'

/** What beats the file. */
export interface Overrides {
  /** Values of flags by key path. */
  readonly flags: Readonly<Record<string, string>>
  readonly env: Readonly<Record<string, string | undefined>>
  /** Folder that relative paths of flags and variables start from. */
  readonly cwd: string
}

/** Reads everything but sources and schedule: flags beat variables beat the file beats defaults. */
export function checkMain(context: CheckContext, given: Table, overrides: Overrides): MainSettings {
  // `role: passive` is short for `role: { is: passive }`.
  const short = typeof given['role'] === 'string' ? { ...given, role: { is: given['role'] } } : given
  const root = withoutBus(short)
  const paths = Object.keys(options)
  const single = paths.filter((path) => !path.includes('.'))
  const groups = groupsOf(paths)
  reportUnknown(context, root, [], [...groups.keys(), ...single, 'sources', 'schedule'])

  const tables = new Map<string, Table>([['', root]])
  for (const [group, known] of groups) {
    const [above, key] = split(group)
    const place = group.split('.')
    const table = tableAt(context, place, tables.get(above)?.[key])
    reportUnknown(context, table, place, [...known])
    tables.set(group, table)
  }

  // Most have none, and the names of all there could be take longer than everything else here.
  const variables = Object.keys(overrides.env).some((name) => /^DEFS_/i.test(name))
  return readSettings({
    rows: options,
    find: (path, option) => {
      const flag = overrides.flags[path]
      if (flag !== undefined) return textual(flag, 'flag', overrides.cwd)
      const variable = variables && hasVariable(path, option) ? variableOf(path) : null
      const text = variable === null ? undefined : overrides.env[variable]
      // An empty variable is how a service file says "not set".
      if (text) return textual(splitVariable(text, option), `variable ${variable}`, overrides.cwd)
      const [group, key] = split(path)
      const table = tables.get(group) ?? {}
      if (!Object.hasOwn(table, key)) return null
      return findInFile(context, table, group === '' ? [] : group.split('.'), key)
    },
    report: (path, message, found) => {
      if (found?.textual)
        context.problems.push({ path, line: null, message: `${message} (from ${found.origin})` })
      else report(context, path.split('.'), message)
    },
    note: (path, value, origin, type) => context.shown.set(path, { value, type, origin }),
  })
}

/** `fleet: { bus: none }` is short for one without servers. */
function withoutBus(root: Table): Table {
  const fleet = root['fleet']
  if (typeof fleet !== 'object' || fleet === null || !('bus' in fleet) || fleet.bus !== 'none') return root
  return { ...root, fleet: { ...fleet, bus: {} } }
}

/** The tables that options stand in, with their keys, each after the one around it: `events`, `events.journal`. */
function groupsOf(paths: readonly string[]): ReadonlyMap<string, ReadonlySet<string>> {
  const groups = new Map<string, Set<string>>()
  for (const path of paths) {
    for (let dot = path.indexOf('.'); dot >= 0; dot = path.indexOf('.', dot + 1)) {
      const group = path.slice(0, dot)
      const next = path.indexOf('.', dot + 1)
      const keys = groups.get(group) ?? new Set()
      groups.set(group, keys.add(path.slice(dot + 1, next < 0 ? undefined : next)))
    }
  }
  return groups
}

function split(path: string): [group: string, key: string] {
  const dot = path.lastIndexOf('.')
  return dot < 0 ? ['', path] : [path.slice(0, dot), path.slice(dot + 1)]
}

function textual(value: string | readonly string[], origin: string, folder: string): FoundSetting {
  const texts = typeof value === 'string' ? [] : value
  return { value, text: typeof value === 'string' ? value : null, texts, folder, textual: true, origin }
}

/** Reads `schedule`: each element has a cron expression, or days and the time of the first run. */
export function checkSchedule(context: CheckContext, value: unknown): ScheduleConfig[] {
  if (value === undefined || value === null) return []
  if (!Array.isArray(value)) {
    report(context, ['schedule'], 'must be a list of tables')
    return []
  }
  return value.map((entry: unknown, index) => checkEntry(context, index, entry))
}

function checkEntry(context: CheckContext, index: number, entry: unknown): ScheduleConfig {
  const place = ['schedule', index]
  const table = tableAt(context, place, entry)
  reportUnknown(context, table, place, keysOf(scheduleOptions))
  const own = readSettings({
    rows: scheduleOptions,
    find: (key) => findInFile(context, table, place, key),
    report: (key, message) => report(context, [...place, key], message),
    note: (key, given, origin, type) =>
      context.shown.set(`schedule[${index}].${key}`, { value: given, type, origin }),
  })
  const has = (key: string) => findInFile(context, table, place, key) !== null
  const byDays = ['days', 'first', 'every'].filter(has)
  if (has('cron')) {
    for (const key of byDays) report(context, [...place, key], 'stands beside cron: use one or the other')
  } else if (byDays.length === 0) {
    report(context, place, 'says no time: write every: 4h, or days and first, or cron')
  }
  if (own.publish !== null && !isChannelName(own.publish)) {
    report(context, [...place, 'publish'], `'${own.publish}' is no channel: write for example testing`)
  }
  if (has('days') && own.days?.length === 0) report(context, [...place, 'days'], 'must name a day')
  if (has('cron')) return own
  // `every: 2h` alone is every day from midnight on.
  return { ...own, days: own.days ?? days, first: own.first ?? '00:00' }
}
