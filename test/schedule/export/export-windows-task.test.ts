import { describe, expect, it } from 'vitest'
import type { ScheduleConfig } from '../../../src/config/config.ts'
import { type Element, readXml } from '../../../src/licence/xml.ts'
import { exportWindowsTask, type WindowsInstallation } from '../../../src/schedule/export/windows.ts'
import { nextRuns } from '../../../src/schedule/next-runs.ts'
import { jitterOf } from '../../../src/schedule/rule.ts'
import { entry, example } from '../entry.ts'

const here: WindowsInstallation = {
  program: ['C:\\Program Files\\defs\\defs.exe'],
  config: null,
  host: null,
  family: null,
  usual: null,
  date: '2026-02-20',
}

function taskOf(entries: readonly ScheduleConfig[], installation = here): Element {
  const [file] = exportWindowsTask(entries, installation)
  return readXml(file?.text ?? '')
}

function at(element: Element | undefined, ...path: readonly string[]): Element | undefined {
  const [name, ...rest] = path
  if (name === undefined || !element) return element
  return at(
    element.children.find((child) => child.name === name),
    ...rest,
  )
}

function triggersOf(entries: readonly ScheduleConfig[], installation = here): readonly Element[] {
  return at(taskOf(entries, installation), 'Triggers')?.children ?? []
}

const seconds = (text: string | undefined) => {
  const [, h, m, s] = /^PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?$/.exec(text ?? '') ?? []
  return Number(h ?? 0) * 3600 + Number(m ?? 0) * 60 + Number(s ?? 0)
}

/** When a trigger starts the task between two days, as the schema's documentation has it. */
function startsOf(trigger: Element, from: number, days: number): number[] {
  const start = Date.parse(`${at(trigger, 'StartBoundary')?.text}Z`)
  const interval = seconds(at(trigger, 'Repetition', 'Interval')?.text)
  const duration = seconds(at(trigger, 'Repetition', 'Duration')?.text)
  const repeats = interval === 0 ? 0 : Math.floor(duration / interval)
  const names = (path: readonly string[]) => at(trigger, ...path)?.children.map(({ name }) => name)
  const starts: number[] = []
  for (let day = 0; day < days; day += 1) {
    const first = from + day * 86_400_000 + (start % 86_400_000)
    const date = new Date(first)
    const named = (options: Intl.DateTimeFormatOptions) =>
      new Intl.DateTimeFormat('en-US', { timeZone: 'UTC', ...options }).format(date)
    const weekday = named({ weekday: 'long' })
    const month = named({ month: 'long' })
    const daysOfMonth = at(trigger, 'ScheduleByMonth', 'DaysOfMonth')?.children.map(({ text }) =>
      Number(text),
    )
    const fits =
      names(['ScheduleByWeek', 'DaysOfWeek'])?.includes(weekday) ??
      (daysOfMonth
        ? daysOfMonth.includes(date.getUTCDate()) && names(['ScheduleByMonth', 'Months'])?.includes(month)
        : names(['ScheduleByMonthDayOfWeek', 'DaysOfWeek'])?.includes(weekday) &&
          names(['ScheduleByMonthDayOfWeek', 'Months'])?.includes(month))
    if (!fits) continue
    for (let time = 0; time <= repeats; time += 1) starts.push(first + time * interval * 1000)
  }
  return starts
}

describe('exportWindowsTask', () => {
  it('has one task for each source, in UTF-16 with a byte order mark', () => {
    const files = exportWindowsTask([example, entry({ source: 'rapid', cron: '15 * * * *' }), example], here)
    expect(files.map(({ name, encoding }) => `${name} ${encoding}`)).toEqual([
      'defs-update-main.xml utf16le',
      'defs-update-rapid.xml utf16le',
    ])
    for (const { text, encoding } of files) {
      expect([...Buffer.from(text, encoding).subarray(0, 4)]).toEqual([0xff, 0xfe, 0x3c, 0])
      expect(text).toContain('encoding="UTF-16"')
    }
  })

  it('writes the example as one trigger with repetitions that end before midnight', () => {
    const [trigger, ...others] = triggersOf([example])
    expect(others).toEqual([])
    // The order of elements is fixed by the schema.
    expect(trigger?.children.map(({ name }) => name)).toEqual([
      'StartBoundary',
      'Repetition',
      'ScheduleByWeek',
    ])
    expect(at(trigger, 'StartBoundary')?.text).toBe('2026-02-20T06:00:00')
    expect(at(trigger, 'Repetition', 'Interval')?.text).toBe('PT4H')
    expect(at(trigger, 'Repetition', 'Duration')?.text).toBe('PT16H30S')
    expect(at(trigger, 'ScheduleByWeek', 'DaysOfWeek')?.children.map(({ name }) => name)).toEqual([
      'Tuesday',
      'Thursday',
    ])
  })

  it.each<[string, Partial<ScheduleConfig>, number]>([
    ['the example', example, 1],
    ['once a day', { first: '23:30' }, 1],
    ['every 90 minutes', { every: 5_400_000 }, 1],
    ['every minute', { every: 60_000 }, 1],
    ['every hour at 15', { cron: '15 * * * *' }, 1],
    ['every 7 minutes of each hour', { cron: '*/7 * * * *' }, 9],
    ['quarters of some hours', { cron: '*/15 9-11 * * mon-fri' }, 1],
    ['uneven times', { cron: '0 6,7,13 * * *' }, 3],
    ['some days of some months', { cron: '30 4 1,15,31 mar,may *' }, 1],
    ['weekdays of some months', { cron: '30 4 * mar tue' }, 1],
    ['either day', { cron: '0 12 13 * fri' }, 2],
    ['seconds', { cron: '10,40 0 6 * * *' }, 2],
  ])('means the same runs: %s', (_, parts, count) => {
    const triggers = triggersOf([entry(parts)])
    expect(triggers).toHaveLength(count)
    const from = Date.UTC(2026, 1, 20)
    const days = 40
    const until = new Date(from + days * 86_400_000 - 1)
    const ours = nextRuns([entry(parts)], new Date(from - 1), {
      count: 1e6,
      until,
      timeZone: 'UTC',
      host: null,
    })
    const theirs = new Set(triggers.flatMap((trigger) => startsOf(trigger, from, days)))
    expect([...theirs].sort((a, b) => a - b)).toEqual(ours.map(({ at: moment }) => moment.getTime()))
  })

  it('starts later by the jitter of the host, yet never on another day', () => {
    const one = entry({ first: '06:00', jitter: 300_000 })
    const late = jitterOf(one, 'mail-1')
    const [trigger] = triggersOf([one], { ...here, host: 'mail-1' })
    const expected = new Date(Date.UTC(2026, 1, 20, 6) + late).toISOString().slice(0, 19)
    expect(at(trigger, 'StartBoundary')?.text).toBe(expected)
    const [clamped] = triggersOf([entry({ first: '23:59', jitter: 86_400_000 })], { ...here, host: 'mail-1' })
    expect(at(clamped, 'StartBoundary')?.text).toBe('2026-02-20T23:59:59')
  })

  it('keeps arguments whole through XML and the command line', () => {
    const config = 'C:\\my "defs" & <more>\\'
    const exec = at(taskOf([example], { ...here, config }), 'Actions', 'Exec')
    expect(at(exec, 'Command')?.text).toBe('C:\\Program Files\\defs\\defs.exe')
    expect(at(exec, 'Arguments')?.text).toBe(
      'update --quiet --source main --scheduled --config "C:\\my \\"defs\\" & <more>\\\\"',
    )
  })

  it.each([
    ['both days at once', { cron: '0 12 */13 * fri' }],
    ['more than 48 triggers', { cron: '1,2,4,8,16,32 0,1,3,7,8,12,15,20,23 * * *' }],
  ])('refuses %s', (_, parts) => {
    expect(() => taskOf([entry(parts)])).toThrowError(expect.objectContaining({ code: 'USAGE_ARGUMENT' }))
  })

  it('refuses a control character', () => {
    expect(() => taskOf([example], { ...here, config: 'a\u0007' })).toThrowError(
      expect.objectContaining({ code: 'USAGE_ARGUMENT' }),
    )
  })
})
