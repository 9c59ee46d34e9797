import type { Config, ScheduleConfig } from '../../src/config/config.ts'
import { checkConfig } from '../../src/config/resolve.ts'
import type { Context } from '../../src/context.ts'
import type { DefsEvent } from '../../src/event/event.ts'
import type { Remembered } from '../../src/schedule/agenda.ts'
import { type Daemon, type DaemonParts, openDaemon } from '../../src/schedule/daemon.ts'
import { openServiceManager } from '../../src/schedule/service-manager.ts'

export const minute = 60_000

/** A daemon whose clock is moved by hand and whose duties are told how to end. */
export interface Simulation {
  readonly daemon: Daemon
  /** When each source was updated, RFC 3339 to the minute, with the source. */
  readonly runs: string[]
  readonly checks: string[]
  readonly events: DefsEvent[]
  readonly controller: AbortController
  /** Moves the clock to a moment, ticking on the way. */
  readonly until: (moment: string, step?: number) => Promise<void>
  /** Moves the clock without a tick: the machine was off. */
  readonly sleepUntil: (moment: string) => void
  readonly now: () => Date
}

export interface Plot {
  readonly start: string
  readonly schedule: readonly ScheduleConfig[]
  readonly timeZone?: string
  readonly update?: (source: string, context: Context, now: Date) => Promise<'done' | 'waiting'>
  readonly mirror?: (source: string, channel: string, context: Context, now: Date) => Promise<void>
  readonly check?: (context: Context, now: Date) => Promise<void>
  readonly paused?: (now: Date) => Promise<'no' | 'paused' | 'ended'>
  readonly remembered?: Remembered
  readonly reload?: () => Promise<Config>
  readonly changed?: DaemonParts['changed']
  readonly config?: Partial<Config>
}

/** The defaults of the configuration, with parts replaced. */
export async function configOf(parts: Partial<Config>): Promise<Config> {
  const nowhere = { file: null, env: {}, cwd: '/nowhere', home: '/nowhere', uid: null, system: '/nowhere' }
  const { config } = await checkConfig({ ...nowhere, secrets: false })
  return { ...config, ...parts }
}

export async function simulate(plot: Plot): Promise<Simulation> {
  let now = new Date(plot.start)
  const config = await configOf({
    schedule: plot.schedule,
    timeZone: plot.timeZone ?? 'UTC',
    ...plot.config,
  })
  const runs: string[] = []
  const checks: string[] = []
  const events: DefsEvent[] = []
  const controller = new AbortController()
  const context: Context = {
    now: () => now,
    sleep: async () => undefined,
    random: () => 0.5,
    signal: controller.signal,
    emit: (report) => {
      if (report.type === 'event') events.push(report.event)
    },
  }
  const parts: DaemonParts = {
    config,
    context,
    host: null,
    manager: openServiceManager({}),
    reload: plot.reload ?? (async () => config),
    changed: plot.changed ?? (() => 'no'),
    duties: () => ({
      async update(source, own) {
        runs.push(`${now.toISOString().slice(0, 16)} ${source}`)
        return (await plot.update?.(source, own, now)) ?? 'done'
      },
      async mirror(source, channel, own) {
        runs.push(`${now.toISOString().slice(0, 16)} ${source} > ${channel}`)
        await plot.mirror?.(source, channel, own, now)
      },
      async check(own) {
        checks.push(now.toISOString().slice(0, 16))
        await plot.check?.(own, now)
      },
      paused: async () => (await plot.paused?.(now)) ?? 'no',
      publish: async () => undefined,
      remembered: async () => plot.remembered ?? {},
    }),
  }
  const daemon = openDaemon(parts)
  return {
    daemon,
    runs,
    checks,
    events,
    controller,
    now: () => now,
    async until(moment, step = minute) {
      const end = new Date(moment).getTime()
      while (now.getTime() < end) {
        await daemon.tick()
        now = new Date(now.getTime() + step)
      }
    },
    sleepUntil(moment) {
      now = new Date(moment)
    },
  }
}

/** A source that was asked at a moment. */
export function asked(at: string, outcome: 'succeeded' | 'failed' = 'succeeded') {
  return { lastAttempt: at, outcome }
}
