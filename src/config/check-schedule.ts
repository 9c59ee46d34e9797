import { isChannelName } from './channel-name.ts'
import type { ScheduleConfig } from './config.ts'
import { scheduleOptions } from './schedule-options.ts'
import { readSettings } from './settings.ts'
import { findInFile, keysOf, report, reportUnknown, type Sheet, tableAt } from './sheet.ts'

/** Reads `schedule`: each element has a cron expression, or days and the time of the first run. */
export function checkSchedule(sheet: Sheet, value: unknown): ScheduleConfig[] {
  if (value === undefined || value === null) return []
  if (!Array.isArray(value)) {
    report(sheet, ['schedule'], 'must be a list of tables')
    return []
  }
  return value.map((entry: unknown, index) => checkEntry(sheet, index, entry))
}

function checkEntry(sheet: Sheet, index: number, entry: unknown): ScheduleConfig {
  const place = ['schedule', index]
  const table = tableAt(sheet, place, entry)
  reportUnknown(sheet, table, place, keysOf(scheduleOptions))
  const own = readSettings({
    rows: scheduleOptions,
    find: (key) => findInFile(sheet, table, place, key),
    report: (key, message) => report(sheet, [...place, key], message),
    note: (key, given, origin, type) =>
      sheet.shown.set(`schedule[${index}].${key}`, { value: given, type, origin }),
  })
  const has = (key: string) => findInFile(sheet, table, place, key) !== null
  const byDays = ['days', 'first', 'every'].filter(has)
  if (has('cron')) {
    for (const key of byDays) report(sheet, [...place, key], 'stands beside cron: use one or the other')
  } else {
    for (const key of ['days', 'first'].filter((name) => !has(name))) {
      report(sheet, [...place, key], byDays.length === 0 ? 'is missing, and so is cron' : 'is missing')
    }
  }
  if (own.publish !== null && !isChannelName(own.publish)) {
    report(sheet, [...place, 'publish'], `'${own.publish}' is no channel: write for example testing`)
  }
  if (has('days') && own.days?.length === 0) report(sheet, [...place, 'days'], 'must name a day')
  return own
}
