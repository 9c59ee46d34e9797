import type { ScheduleConfig } from '../../config/config.ts'
import { DefsError } from '../../error.ts'
import { readCron } from '../cron.ts'
import { jitterOf, jobOf, ruleOf } from '../rule.ts'
import { clockGroups, commandFor, type ExportedFile, type Installation } from './exported-file.ts'

/** What a crontab needs to know of the machine. */
export interface CronInstallation extends Installation {
  /** Account to run as, for a file in `/etc/cron.d`; null for the crontab of a user, which names none. */
  readonly user: string | null
}

/**
 * A crontab with the lines of all entries, by the clock of the machine. Cron catches up nothing that was
 * missed and knows no seconds: of several in one minute the first is kept. The jitter of this host is a pause
 * before the run. Written so that every cron that Debian has reads the same: systemd-cron and bcron join both day fields
 * by "and", whatever their manuals say, take no range up to day 7 of the week, and leave `\%` as it is (docs/field.md).
 * @throws USAGE_ARGUMENT when an argument holds a control character or the user is no name
 */
export function exportCron(
  entries: readonly ScheduleConfig[],
  installation: CronInstallation,
): ExportedFile[] {
  const lines = entries.flatMap((entry) => {
    const { user, host } = installation
    const late = host === null ? 0 : Math.floor(jitterOf(entry, host) / 1000)
    const { times, second } = timesOf(entry)
    const pause = late + second > 0 ? `sleep ${late + second}; ` : ''
    const run = `${pause}${commandFor(jobOf(entry), installation).map(quote).join(' ')}`
    const account = user === null ? '' : `${checkUser(user)} `
    return times.map(({ time, but }) => `${time} ${account}${but === null ? run : exceptOn(but, run)}\n`)
  })
  const head = `# Updates of definitions. Times are those of this machine.\nSHELL=/bin/sh\nPATH=${path}\n`
  const name = installation.family === null ? 'defs' : `defs-${installation.family}`
  return [{ name, text: `${head}${lines.join('')}`, encoding: 'utf8' }]
}

interface Line {
  /** The five fields. */
  readonly time: string
  /** Days of the month on which another line runs; null for none. */
  readonly but: readonly number[] | null
}

/** The lines of an entry, and the second of the minute at which they are meant. */
function timesOf(entry: ScheduleConfig): { times: Line[]; second: number } {
  if (entry.cron !== null) {
    const { plain, seconds, days, weekdays, either } = readCron(entry.cron)
    const [minute, hour, day, month, week = '*'] = plain
    const ofWeek = week.startsWith('*') ? week : weekdays.join(',')
    const times = either
      ? [
          { time: [minute, hour, day, month, '*'].join(' '), but: null },
          { time: [minute, hour, '*', month, ofWeek].join(' '), but: days },
        ]
      : [{ time: [minute, hour, day, month, ofWeek].join(' '), but: null }]
    return { times, second: seconds[0] ?? 0 }
  }
  const { times, weekdays } = ruleOf(entry)
  const week = list(weekdays ?? [], 7)
  const wholeMinutes = [...new Set(times.map((time) => time - (time % 60_000)))]
  const groups = clockGroups(wholeMinutes)
  return {
    times: groups.map(({ hours, minutes }) => ({
      time: `${list(minutes, 60)} ${list(hours, 24)} * * ${week}`,
      but: null,
    })),
    second: 0,
  }
}

function exceptOn(days: readonly number[], run: string): string {
  const written = days.map((day) => String(day).padStart(2, '0'))
  return `case $(date +\\%d) in ${written.join('|')}) ;; *) ${run} ;; esac`
}

// cron's own is /usr/bin:/bin: programs of the gate, the scanner and the sinks lie elsewhere, too.
const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

function list(numbers: readonly number[], all: number): string {
  return numbers.length === 0 || numbers.length === all ? '*' : numbers.join(',')
}

// To cron a bare % is the end of the line. Outside of quotes the shell takes the backslash away where a cron leaves it.
function quote(text: string): string {
  return text
    .split('%')
    .map((part) => (/^[\w+,./:=@-]*$/.test(part) ? part : `'${part.replaceAll("'", "'\\''")}'`))
    .join('\\%')
}

function checkUser(user: string): string {
  // Anything else would start another column, or another line.
  if (/^[A-Za-z_][\w.-]*\$?$/.test(user)) return user
  throw new DefsError('USAGE_ARGUMENT', `'${user}' is no name of an account`)
}
