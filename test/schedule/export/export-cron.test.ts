import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import type { ScheduleConfig } from '../../../src/config/config.ts'
import { type CronInstallation, exportCron } from '../../../src/schedule/export/cron.ts'
import { nextRuns } from '../../../src/schedule/next-runs.ts'
import { jitterOf } from '../../../src/schedule/rule.ts'
import { entry, example } from '../entry.ts'

const here: CronInstallation = {
  program: ['/usr/bin/defs'],
  config: null,
  host: null,
  family: null,
  usual: null,
  user: null,
}

function jobs(entries: readonly ScheduleConfig[], installation = here): string[] {
  const [file] = exportCron(entries, installation)
  return (file?.text ?? '').split('\n').filter((line) => /^[\d*]/.test(line))
}

describe('exportCron', () => {
  it('writes the example as one line, and names the file as cron accepts it', () => {
    expect(jobs([example])).toEqual([
      '0 6,10,14,18,22 * * 2,4 /usr/bin/defs update --quiet --source main --scheduled',
    ])
    // A dot in the name of a file in /etc/cron.d makes cron pass over it.
    expect(exportCron([example], here).map(({ name }) => name)).toEqual(['defs'])
  })

  it('says where programs lie: those of gate, scanner and sinks are not all where cron looks', () => {
    const [file] = exportCron([example], here)
    const path = /^PATH=(.+)$/m.exec(file?.text ?? '')?.[1]?.split(':')
    expect(path).toEqual(expect.arrayContaining(['/usr/local/bin', '/usr/sbin', '/usr/bin', '/bin']))
  })

  it('asks the default source with its fallbacks, as the daemon does', () => {
    const [usual, other] = jobs([example, entry({ source: 'rapid', cron: '5 4 * * *' })], {
      ...here,
      usual: 'main',
    })
    expect(usual).toBe('0 6,10,14,18,22 * * 2,4 /usr/bin/defs update --quiet --scheduled')
    expect(other).toBe('5 4 * * * /usr/bin/defs update --quiet --source rapid --scheduled')
  })

  it('names the account and the configuration', () => {
    const [line] = jobs([entry({ cron: '5 4 * * *' })], {
      ...here,
      user: 'defs',
      config: '/etc/defs/my defs.yaml',
    })
    expect(line).toBe(
      "5 4 * * * defs /usr/bin/defs update --quiet --source main --scheduled --config '/etc/defs/my defs.yaml'",
    )
  })

  it.each<[string, Partial<ScheduleConfig>]>([
    ['the example', example],
    ['every 90 minutes', { every: 5_400_000 }],
    ['every 7 minutes, days joined', { every: 420_000, days: ['sun', 'sat'] }],
    ['cron with names and an open step', { cron: '5/20 */3 * feb-APR SUN,wed' }],
    ['cron, both days at once', { cron: '0 12 13 * *' }],
    ['cron, up to Sunday', { cron: '0 12 * * fri-7' }],
    ['cron, both days', { cron: '0 12 */13 * fri' }],
  ])('means the same runs: %s', (_, parts) => {
    const horizon = { count: 300, until: null, timeZone: 'UTC', host: null }
    const from = new Date('2026-02-20T00:00:00Z')
    const read = jobs([entry(parts)]).map((line) => entry({ cron: line.split(' ').slice(0, 5).join(' ') }))
    expect(nextRuns(read, from, horizon)).toEqual(nextRuns([entry(parts)], from, horizon))
  })

  it('writes either of two days as two lines, so that a cron that wants both days reads the same', () => {
    const lines = jobs([entry({ cron: '0 12 13 * fri-7', jitter: 0 })])
    expect(lines.map((line) => line.split(' ').slice(0, 5).join(' '))).toEqual([
      '0 12 13 * *',
      '0 12 * * 0,5,6',
    ])
    // The second does nothing on a day of the first.
    const script = (day: string) => {
      const text = (lines[1] ?? '').split(' ').slice(5).join(' ').replace('/usr/bin/defs', 'echo ran')
      return execFileSync('/bin/sh', ['-c', `date() { echo ${day}; }; ${text}`], { encoding: 'utf8' })
    }
    expect([script('13'), script('03')]).toEqual(['', 'ran update --quiet --source main --scheduled\n'])
  })

  it('waits for the jitter of the host and the second of the minute before the run', () => {
    const one = entry({ cron: '30 15 * * * *', jitter: 300_000 })
    const late = Math.floor(jitterOf(one, 'mail-1') / 1000)
    expect(jobs([one], { ...here, host: 'mail-1' })[0]).toContain(` sleep ${30 + late}; /usr/bin/defs `)
  })

  it('hands the shell exactly the arguments, whatever characters they have', () => {
    const config = `/a b/'c' "d" $HOME \`e\` 100%/f;g\\h`
    const [line = ''] = jobs([entry({ cron: '0 0 * * *' })], {
      ...here,
      program: ['printf', '%s\\n'],
      config,
    })
    const bare = line.replaceAll('\\%', '')
    expect(bare).not.toContain('%')
    const script = line.split(' ').slice(5).join(' ')
    // Debian's cron takes the backslash of `\\%` away, systemd-cron and bcron leave it.
    for (const text of [script, script.replaceAll('\\%', '%')]) {
      const args = execFileSync('/bin/sh', ['-c', text], { encoding: 'utf8' }).trimEnd().split('\n')
      expect(args).toEqual(['update', '--quiet', '--source', 'main', '--scheduled', '--config', config])
    }
  })

  it.each([{ config: '/a\n* * * * * root evil' }, { user: 'root evil' }, { user: 'a\nb' }, { user: '' }])(
    'refuses %j',
    (parts) => {
      expect(() => exportCron([example], { ...here, ...parts })).toThrowError(
        expect.objectContaining({ code: 'USAGE_ARGUMENT' }),
      )
    },
  )
})
