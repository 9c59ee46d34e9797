import { describe, expect, it } from 'vitest'
import { joinSignals } from '../../src/context.ts'
import { DefsError } from '../../src/error.ts'
import { limits } from '../../src/limits.ts'
import { entry, example } from './entry.ts'
import { asked, configOf, minute, simulate } from './simulation.ts'

const unreachable = () => new DefsError('SOURCE_UNREACHABLE', 'nobody is there')

describe('a week of the daemon', () => {
  it('runs at exactly the times of the schedule', async () => {
    const week = await simulate({
      start: '2026-11-01T00:00:00Z',
      schedule: [example, entry({ source: 'rapid', cron: '15 */6 * * *' })],
      remembered: { main: asked('2026-10-31T23:00:00Z'), rapid: asked('2026-10-31T23:00:00Z') },
    })
    await week.until('2026-11-08T00:00:00Z')
    const main = week.runs.filter((run) => run.endsWith('main'))
    const days = ['2026-11-03', '2026-11-05']
    expect(main).toEqual(
      days.flatMap((day) => [6, 10, 14, 18, 22].map((h) => `${day}T${String(h).padStart(2, '0')}:00 main`)),
    )
    expect(week.runs.filter((run) => run.endsWith('rapid'))).toHaveLength(28)
    expect(week.checks).toHaveLength((7 * 24 * 60 * minute) / limits.checkEvery)
    expect(week.events).toEqual([])
  })

  it('has day or weekday where a cron expression has both', async () => {
    const month = await simulate({
      start: '2026-11-01T00:00:00Z',
      schedule: [entry({ cron: '0 12 13 * fri' })],
      remembered: { main: asked('2026-10-31T23:00:00Z') },
    })
    await month.until('2026-12-01T00:00:00Z', 30 * minute)
    expect(month.runs.map((run) => run.slice(8, 10))).toEqual(['06', '13', '20', '27'])
  })

  it.each([
    ['Europe/Berlin', '2026-03-28T00:00:00Z', ['2026-03-28T01:30', '2026-03-29T01:00', '2026-03-30T00:30']],
    ['Europe/Berlin', '2026-10-24T00:00:00Z', ['2026-10-24T00:30', '2026-10-25T00:30', '2026-10-26T01:30']],
    [
      'America/New_York',
      '2026-11-01T00:00:00Z',
      ['2026-11-01T07:30', '2026-11-02T07:30', '2026-11-03T07:30'],
    ],
  ])('goes by the wall clock of %s from %s on', async (timeZone, start, expected) => {
    const days = await simulate({
      start,
      timeZone,
      schedule: [entry({ cron: '30 2 * * *' })],
      remembered: { main: asked(start) },
    })
    const end = new Date(new Date(start).getTime() + 3 * 24 * 60 * minute)
    await days.until(end.toISOString())
    expect(days.runs.map((run) => run.slice(0, 16))).toEqual(expected)
  })
})

describe('downtime', () => {
  it('is made up for once, whatever was missed, and at once on a new machine', async () => {
    const hourly = entry({ cron: '0 * * * *' })
    const first = await simulate({ start: '2026-11-03T12:20:00Z', schedule: [hourly] })
    await first.until('2026-11-03T13:30:00Z')
    expect(first.runs).toEqual(['2026-11-03T12:20 main', '2026-11-03T13:00 main'])

    const down = await simulate({
      start: '2026-11-03T12:20:00Z',
      schedule: [hourly],
      remembered: { main: asked('2026-11-01T09:00:00Z') },
    })
    await down.until('2026-11-03T12:50:00Z')
    expect(down.runs).toEqual(['2026-11-03T12:20 main'])

    const current = await simulate({
      start: '2026-11-03T12:20:00Z',
      schedule: [hourly],
      remembered: { main: asked('2026-11-03T12:00:05Z') },
    })
    await current.until('2026-11-03T12:59:00Z')
    expect(current.runs).toEqual([])
  })

  it('of a machine that slept is one run and one check', async () => {
    const laptop = await simulate({
      start: '2026-11-03T08:01:00Z',
      schedule: [entry({ cron: '0 * * * *' })],
      remembered: { main: asked('2026-11-03T08:00:00Z') },
    })
    await laptop.until('2026-11-03T08:05:00Z')
    laptop.sleepUntil('2026-11-05T17:30:00Z')
    await laptop.until('2026-11-05T18:01:00Z')
    expect(laptop.runs).toEqual(['2026-11-05T17:30 main', '2026-11-05T18:00 main'])
    expect(laptop.checks.filter((at) => at.startsWith('2026-11-05T17:3'))).toEqual(['2026-11-05T17:30'])
  })

  it('plans anew when the clock is set back', async () => {
    const clock = await simulate({
      start: '2026-11-10T08:01:00Z',
      schedule: [entry({ cron: '0 12 * * *' })],
      remembered: { main: asked('2026-11-10T08:00:00Z') },
    })
    await clock.until('2026-11-10T08:05:00Z')
    clock.sleepUntil('2026-11-03T08:00:00Z')
    await clock.until('2026-11-03T13:00:00Z')
    expect(clock.runs).toEqual(['2026-11-03T12:00 main'])
    expect(clock.checks.length).toBeGreaterThan(25)
  })
})

describe('failures', () => {
  const daily = entry({ cron: '0 12 * * *' })
  const remembered = { main: asked('2026-11-02T12:00:00Z') }
  const start = '2026-11-03T11:00:00Z'
  const times = (runs: readonly string[]) => runs.map((run) => run.slice(11, 16))

  it('are retried every 15 minutes for an hour, then left to the schedule', async () => {
    const down = await simulate({
      start,
      schedule: [daily],
      remembered,
      update: async () => Promise.reject(unreachable()),
    })
    await down.until('2026-11-04T12:01:00Z')
    expect(times(down.runs)).toEqual(['12:00', '12:15', '12:30', '12:45', '13:00', '12:00'])
    expect(down.events.map(({ name }) => name)).toEqual(down.runs.map(() => 'update.failed'))
  })

  it('end when a retry succeeds', async () => {
    const brief = await simulate({
      start,
      schedule: [daily],
      remembered,
      update: async (_, __, now) => {
        if (now < new Date('2026-11-03T12:20:00Z')) throw unreachable()
        return 'done'
      },
    })
    await brief.until('2026-11-03T20:00:00Z')
    expect(times(brief.runs)).toEqual(['12:00', '12:15', '12:30'])
  })

  it('are retried as configured', async () => {
    const eager = await simulate({
      start,
      schedule: [daily],
      remembered,
      update: () => Promise.reject(unreachable()),
      config: { retry: { every: 5 * minute, for: 12 * minute } },
    })
    await eager.until('2026-11-03T20:00:00Z')
    expect(times(eager.runs)).toEqual(['12:00', '12:05', '12:10'])
  })

  it('wait out a cool-down', async () => {
    const cooling = (until: string) =>
      simulate({
        start,
        schedule: [daily],
        remembered,
        update: () =>
          Promise.reject(new DefsError('SOURCE_COOLING_DOWN', 'later', { until: new Date(until) })),
      })
    const short = await cooling('2026-11-03T12:40:00Z')
    await short.until('2026-11-03T12:50:00Z')
    expect(times(short.runs)).toEqual(['12:00', '12:40'])
    const long = await cooling('2026-11-03T18:00:00Z')
    await long.until('2026-11-04T11:00:00Z')
    expect(times(long.runs)).toEqual(['12:00'])
  })

  it('go on being retried after a restart', async () => {
    const again = await simulate({
      start: '2026-11-03T12:05:00Z',
      schedule: [daily],
      remembered: { main: asked('2026-11-03T12:00:00Z', 'failed') },
    })
    await again.until('2026-11-03T14:00:00Z')
    expect(times(again.runs)).toEqual(['12:15'])
  })

  it.each([new TypeError('a bug'), 'a string', undefined])(
    'of any kind (%s) do not end the daemon',
    async (thrown) => {
      const mad = await simulate({
        start,
        schedule: [entry({ cron: '0 * * * *' })],
        remembered,
        config: { retry: { every: 15 * minute, for: 0 } },
        update: () => Promise.reject(thrown),
        check: () => Promise.reject(thrown),
      })
      await mad.until('2026-11-03T15:01:00Z')
      expect(mad.runs.length).toBeGreaterThanOrEqual(4)
      const failed = mad.events.filter(({ name }) => name === 'update.failed')
      expect(failed.map(({ errorCode, source }) => [errorCode, source])).toEqual(
        mad.runs.map(() => ['BUG', 'main']),
      )
      expect(mad.events.filter(({ name }) => name === 'check.failed')).toHaveLength(mad.checks.length)
    },
  )

  it('are not reported twice', async () => {
    const told = await simulate({
      start,
      schedule: [daily],
      remembered,
      config: { retry: { every: 15 * minute, for: 0 } },
      update: async (_, context, now) => {
        const event = { time: now.toISOString(), id: 1000, name: 'update.failed', level: 'error' } as const
        const rest = { message: '', set: null, path: null, source: 'main', errorCode: null }
        context.emit({ type: 'event', event: { ...event, ...rest } })
        throw unreachable()
      },
    })
    await told.until('2026-11-03T12:01:00Z')
    expect(told.events).toHaveLength(1)
  })
})

describe('one run at a time', () => {
  it('waits a minute when another process is at work, and keeps what is due', async () => {
    let busy = 3
    const two = await simulate({
      start: '2026-11-03T11:59:00Z',
      schedule: [entry({ cron: '0 12 * * *' }), entry({ source: 'rapid', cron: '0 12 * * *' })],
      remembered: { main: asked('2026-11-03T11:00:00Z'), rapid: asked('2026-11-03T11:00:00Z') },
      update: async () => {
        busy -= 1
        if (busy >= 0) throw new DefsError('STORE_BUSY', 'another run')
        return 'done'
      },
    })
    await two.until('2026-11-03T12:30:00Z', 1000)
    expect(two.runs.map((run) => run.slice(11))).toEqual([
      '12:00 main',
      '12:01 main',
      '12:02 main',
      '12:03 main',
      '12:03 rapid',
    ])
    expect(two.events).toEqual([])
  })

  it('does not begin a second one while the first is at work', async () => {
    let finish: () => void = () => undefined
    const slow = await simulate({
      start: '2026-11-03T12:00:00Z',
      schedule: [entry({ cron: '* * * * *' })],
      update: () => new Promise((resolve) => (finish = () => resolve('done'))),
    })
    const first = slow.daemon.tick()
    await new Promise((resolve) => setImmediate(resolve))
    slow.sleepUntil('2026-11-03T12:10:00Z')
    await slow.daemon.tick()
    expect(slow.runs).toHaveLength(1)
    finish()
    await first
    const second = slow.daemon.tick()
    await new Promise((resolve) => setImmediate(resolve))
    expect(slow.runs).toHaveLength(2)
    finish()
    await second
  })

  it('waits while the node is passive and runs within a minute once it is active', async () => {
    const node = await simulate({
      start: '2026-11-03T11:30:00Z',
      schedule: [entry({ cron: '0 12 * * *' })],
      remembered: { main: asked('2026-11-03T11:00:00Z') },
      update: async (_, __, now) => (now < new Date('2026-11-03T12:30:30Z') ? 'waiting' : 'done'),
    })
    await node.until('2026-11-03T14:00:00Z')
    expect(node.runs.filter((run) => run >= '2026-11-03T12:31')).toEqual(['2026-11-03T12:31 main'])
    expect(node.checks.length).toBeGreaterThan(12)
  })

  it('interrupts the run at work and begins nothing after', async () => {
    const stopped = await simulate({
      start: '2026-11-03T12:00:00Z',
      schedule: [entry({ cron: '0 12 * * *' }), entry({ source: 'rapid', cron: '0 12 * * *' })],
      update: (_, context) =>
        new Promise((_resolve, reject) =>
          context.signal.addEventListener('abort', () => reject(context.signal.reason)),
        ),
    })
    const tick = stopped.daemon.tick()
    await new Promise((resolve) => setImmediate(resolve))
    stopped.controller.abort(new DefsError('INTERRUPTED', 'stop'))
    await tick
    await stopped.until('2026-11-03T13:00:00Z')
    expect(stopped.runs).toHaveLength(1)
    expect(stopped.events).toEqual([])
  })
})

describe('a changed configuration', () => {
  const noon = entry({ cron: '0 12 * * *' })

  it('comes into force when it is asked for, and when the file changes', async () => {
    let changed = false
    const later = await simulate({
      start: '2026-11-03T11:00:00Z',
      schedule: [noon],
      remembered: { main: asked('2026-11-03T11:00:00Z') },
      reload: () => configOf({ schedule: [entry({ cron: '30 * * * *' })], timeZone: 'UTC' }),
      changed: () => (changed ? 'yes' : 'no'),
    })
    await later.until('2026-11-03T11:20:00Z')
    changed = true
    await later.until('2026-11-03T11:21:00Z')
    changed = false
    await later.until('2026-11-03T13:00:00Z')
    expect(later.runs.map((run) => run.slice(11, 16))).toEqual(['11:30', '12:30'])
    later.daemon.askReload()
    await later.until('2026-11-03T13:02:00Z')
    expect(later.events.map(({ name }) => name)).toEqual(['configuration.reloaded', 'configuration.reloaded'])
  })

  it('that is broken is reported, and the old one stays in force', async () => {
    const broken = await simulate({
      start: '2026-11-03T11:00:00Z',
      schedule: [noon],
      remembered: { main: asked('2026-11-03T11:00:00Z') },
      reload: () => Promise.reject(new DefsError('CONFIG_INVALID', 'no', { problems: ['maxAge: is wrong'] })),
    })
    broken.daemon.askReload()
    await broken.until('2026-11-03T13:00:00Z')
    expect(broken.events.map(({ name, errorCode }) => [name, errorCode])).toEqual([
      ['configuration.refused', 'CONFIG_INVALID'],
    ])
    expect(broken.events[0]?.reason).toContain('maxAge')
    expect(broken.runs.map((run) => run.slice(11, 16))).toEqual(['12:00'])
  })
})

describe('ten thousand runs', () => {
  it('leave nothing behind on the signal of the daemon, and no memory', async () => {
    let listening = 0
    const year = await simulate({
      start: '2026-01-01T00:00:00Z',
      schedule: [entry({ cron: '*/15 * * * *' })],
      update: async (_, context, now) => {
        // What a run that never tidies up does: it hangs something on its signal.
        const kept = Buffer.alloc(10_000)
        context.signal.addEventListener('abort', () => kept.fill(0))
        AbortSignal.any([context.signal])
        if (now.getTime() % (3 * 60 * minute) === 0) throw unreachable()
        return 'done'
      },
    })
    const { signal } = year.controller
    const add = signal.addEventListener.bind(signal)
    const remove = signal.removeEventListener.bind(signal)
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      listening += 1
      add(...args)
    }
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      listening -= 1
      remove(...args)
    }
    await year.until('2026-01-02T00:00:00Z', 15 * minute)
    globalThis.gc?.()
    const before = process.memoryUsage().heapUsed
    await year.until('2026-04-16T00:00:00Z', 15 * minute)
    globalThis.gc?.()
    expect(year.runs.length).toBeGreaterThan(10_000)
    expect(listening).toBe(0)
    // What the test itself keeps of 10,000 runs, and garbage; buffers left behind would be 100 MB more.
    const { heapUsed } = process.memoryUsage()
    expect(heapUsed - before).toBeLessThan(100_000_000)
  }, 60_000)

  it('end with every deadline that hangs on their signal', async () => {
    const deadlines: AbortSignal[] = []
    const day = await simulate({
      start: '2026-01-01T00:00:00Z',
      schedule: [entry({ cron: '*/15 * * * *' })],
      async update(_, { signal }) {
        deadlines.push(joinSignals([signal], { milliseconds: 60 * minute, reason: unreachable }).signal)
        return 'done'
      },
    })
    await day.until('2026-01-01T03:00:00Z', 15 * minute)
    expect(deadlines.length).toBeGreaterThan(9)
    expect(deadlines.filter(({ aborted }) => !aborted)).toEqual([])
  })
})

describe('mirrors', () => {
  const start = '2026-11-03T11:00:00Z'
  const schedule = [
    entry({ cron: '0 12 * * *' }),
    entry({ publish: 'testing', cron: '0 13 * * *' }),
    entry({ publish: 'production', cron: '0 14 * * *' }),
  ]
  const remembered = {
    main: asked('2026-11-02T12:00:00Z'),
    'main > testing': asked('2026-11-02T13:00:00Z'),
  }

  it('are jobs of their own, beside updates from the same source', async () => {
    const plain = await simulate({ start, schedule, remembered })
    await plain.until('2026-11-04T12:30:00Z')
    expect(plain.runs).toEqual([
      // Nothing is remembered of this one: it is caught up.
      '2026-11-03T11:00 main > production',
      '2026-11-03T12:00 main',
      '2026-11-03T13:00 main > testing',
      '2026-11-03T14:00 main > production',
      '2026-11-04T12:00 main',
    ])
  })

  it('that fail are told of and retried, and disturb nothing else', async () => {
    const down = await simulate({
      start,
      schedule: schedule.slice(0, 2),
      remembered,
      mirror: async () => Promise.reject(unreachable()),
    })
    await down.until('2026-11-04T12:30:00Z')
    const mirrors = down.runs.filter((run) => run.endsWith('testing')).map((run) => run.slice(11, 16))
    expect(mirrors).toEqual(['13:00', '13:15', '13:30', '13:45', '14:00'])
    expect(down.runs.filter((run) => run.endsWith('main'))).toHaveLength(2)
    expect(down.events.map(({ name }) => name)).toEqual(mirrors.map(() => 'mirror.failed'))
  })
})

describe('a daemon that is woken', () => {
  const start = '2026-11-03T10:00:00Z'
  const remembered = { main: asked('2026-11-03T09:59:00Z') }
  const config = { default: 'main' }

  it('asks its default source once, at the next tick, and keeps to its schedule', async () => {
    const woken = await simulate({ start, schedule: [entry({ cron: '0 12 * * *' })], remembered, config })
    await woken.until('2026-11-03T10:30:00Z')
    expect(woken.runs).toEqual([])
    woken.daemon.askUpdate()
    woken.daemon.askUpdate()
    await woken.until('2026-11-03T12:30:00Z')
    expect(woken.runs).toEqual(['2026-11-03T10:30 main', '2026-11-03T12:00 main'])
  })

  it('tries again while another run is at work', async () => {
    let busy = true
    const update = async () => {
      if (busy) throw new DefsError('STORE_BUSY', 'another run is at work')
      return 'done' as const
    }
    const woken = await simulate({
      start,
      schedule: [entry({ cron: '0 12 * * *' })],
      remembered,
      config,
      update,
    })
    woken.daemon.askUpdate()
    await woken.until('2026-11-03T10:05:00Z')
    busy = false
    await woken.until('2026-11-03T11:00:00Z')
    expect(woken.runs.length).toBeGreaterThan(2)
    expect(woken.runs.at(-1)?.slice(0, 16) ?? '').toMatch(/^2026-11-03T10:0[56]/)
  })

  it('asks nothing where updates are switched off', async () => {
    const woken = await simulate({ start, schedule: [], remembered, config })
    woken.daemon.askUpdate()
    await woken.until('2026-11-03T11:00:00Z')
    expect(woken.runs).toEqual([])
  })
})
