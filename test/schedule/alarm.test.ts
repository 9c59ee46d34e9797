import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Alarm, type AlarmTask, openAlarm } from '../../src/schedule/alarm.ts'
import { canFake, runAt } from '../support/faketime.ts'

let alarms: Alarm[] = []
beforeEach(() => {
  vi.useFakeTimers({ now: Date.UTC(2026, 10, 21) })
})
afterEach(() => {
  for (const alarm of alarms) alarm.stop()
  alarms = []
  vi.useRealTimers()
})

function open(...tasks: AlarmTask[]): Alarm {
  const alarm = openAlarm(tasks)
  alarms.push(alarm)
  return alarm
}

/** A task that is due at moments of the clock that only runs on, and when it was done. */
function taskAt(moments: number[], work: () => Promise<void> = async () => undefined) {
  const start = performance.now()
  const done: number[] = []
  const task: AlarmTask = {
    due: () => (moments[0] ?? Number.POSITIVE_INFINITY) - (performance.now() - start),
    async run() {
      moments.shift()
      done.push(Math.round(performance.now() - start))
      await work()
    },
  }
  return { task, done }
}

describe('an alarm', () => {
  it('does each thing when it is due, and nothing else', async () => {
    const one = taskAt([1500, 7000, 60_000])
    const other = taskAt([7000])
    open(one.task, other.task)
    await vi.advanceTimersByTimeAsync(120_000)
    expect(one.done).toEqual([1500, 7000, 60_000])
    expect(other.done).toEqual([7000])
  })

  it('looks once in ten seconds at most while nothing is due, and hardly later, so that a clock that was set is noticed', async () => {
    const looks: number[] = []
    const start = performance.now()
    const due = vi.fn(() => {
      looks.push(performance.now() - start)
      return Number.POSITIVE_INFINITY
    })
    open({ due, run: async () => undefined })
    await vi.advanceTimersByTimeAsync(600_000)
    const moments = [...new Set(looks.map(Math.round))]
    const gaps = moments.slice(1).map((moment, index) => moment - (moments[index] ?? 0))
    // The first is on the way to the step that all alarms of the process have in common.
    expect(gaps.slice(1).every((gap) => gap > 10_000)).toBe(true)
    expect(Math.max(...gaps)).toBeLessThan(12_000)
  })

  it('wakes once for all alarms of a process', async () => {
    const looks = new Set<number>()
    const task: AlarmTask = {
      due() {
        looks.add(Math.round(performance.now()))
        return Number.POSITIVE_INFINITY
      },
      run: async () => undefined,
    }
    for (let each = 0; each < 5; each += 1) {
      open(task)
      await vi.advanceTimersByTimeAsync(700)
    }
    looks.clear()
    await vi.advanceTimersByTimeAsync(60_000)
    expect(looks.size).toBeLessThanOrEqual(7)
  })

  it('asks anew when things have changed, and at once when it is told to', async () => {
    let due = Number.POSITIVE_INFINITY
    const run = vi.fn(async () => {
      due = Number.POSITIVE_INFINITY
    })
    const alarm = open({ due: () => due, run })
    await vi.advanceTimersByTimeAsync(2000)
    due = 0
    alarm.replan()
    await vi.advanceTimersByTimeAsync(1000)
    expect(run).toHaveBeenCalledTimes(1)
    due = 0
    alarm.ring()
    expect(run).toHaveBeenCalledTimes(2)
  })

  it('never does a thing twice at once, outlives what it throws, and does what stays due once a second', async () => {
    let working = 0
    let most = 0
    const run = vi.fn(async () => {
      working += 1
      most = Math.max(most, working)
      await new Promise((wake) => setTimeout(wake, 3000))
      working -= 1
      throw new Error('a bad run')
    })
    const failing = vi.fn(() => Promise.reject(new Error('at once')))
    open({ due: () => 0, run }, { due: () => 0, run: failing })
    await vi.advanceTimersByTimeAsync(12_500)
    expect(most).toBe(1)
    expect(run.mock.calls.length).toBeGreaterThanOrEqual(3)
    expect(failing.mock.calls.length).toBeGreaterThanOrEqual(10)
    expect(failing.mock.calls.length).toBeLessThanOrEqual(14)
  })

  it('is silent once it was stopped, also by what it does', async () => {
    const run = vi.fn(async () => alarm.stop())
    const alarm = open({ due: () => 0, run })
    await vi.advanceTimersByTimeAsync(30_000)
    alarm.replan()
    alarm.ring()
    await vi.advanceTimersByTimeAsync(30_000)
    expect(run).toHaveBeenCalledTimes(1)
    expect(vi.getTimerCount()).toBe(0)
  })
})

const built = resolve('dist/schedule/alarm.js')

/** How often something that stays due is done in five seconds that begin at a moment, by the machine clock of a zone. */
async function ringsAt(timeZone: string, moment: string): Promise<number> {
  const script = `import(process.argv[1]).then(({ openAlarm }) => {
    let rings = 0
    const alarm = openAlarm([{ due: () => 0, run: async () => { rings += 1 } }])
    setTimeout(() => { console.log(rings); alarm.stop() }, 5000)
  })`
  return Number(await runAt(new Date(moment), ['-e', script, built], { TZ: timeZone }))
}

describe.skipIf(!canFake || !existsSync(built))('an alarm while the clock changes', () => {
  it.each([
    ['Europe/Berlin', 'in the gap', '2027-03-28T00:59:57Z'],
    ['Europe/Berlin', 'in the first pass', '2027-10-31T00:30:00Z'],
    ['Europe/Berlin', 'into the second pass', '2027-10-31T00:59:57Z'],
    ['Europe/Berlin', 'in the second pass', '2027-10-31T01:30:00Z'],
    ['America/New_York', 'in the gap', '2027-03-14T06:59:57Z'],
    ['America/New_York', 'in the first pass', '2027-11-07T05:30:00Z'],
    ['America/New_York', 'into the second pass', '2027-11-07T05:59:57Z'],
    ['America/New_York', 'in the second pass', '2027-11-07T06:30:00Z'],
  ])('rings, %s %s', { concurrent: true, timeout: 60_000 }, async (zone, _, moment) => {
    expect(await ringsAt(zone, moment)).toBeGreaterThanOrEqual(3)
  })
})
