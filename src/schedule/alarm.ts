/** Something that is to be done now and then. */
export interface AlarmTask {
  /** Does it. Never called again before it has ended; what it throws is its own matter to tell of. */
  readonly run: () => Promise<void>
  /** In how many milliseconds it is to be done, as things stand; 0 or less for now. */
  readonly due: () => number
}

/** Wakes a process when one of its tasks is due. */
export interface Alarm {
  /** Things have changed: asks every task anew. What is due by now is done within a second. */
  readonly replan: () => void
  /** Does at once what is due. */
  readonly ring: () => void
  readonly stop: () => void
}

// By then it is looked again, whatever was planned: a clock that was set, or a machine that slept, moves what is due.
// A little more than ten seconds: in no ten of them are there two.
const longest = 10_500
// What keeps being due, as a run whose store is busy, is looked at no more often than this.
const shortest = 1000
// Timers go by whole milliseconds.
const sameMoment = 2

/**
 * Opens an alarm: one timer for all tasks, which wakes the process when the first of them is due and after some ten seconds at
 * the latest, never each second. A plain timer: it goes by the clock that only ever runs on, so neither summer time nor a
 * clock that is set moves it (docs/decisions/004). All alarms of a process that have nothing to do ring at one time.
 */
export function openAlarm(tasks: readonly AlarmTask[]): Alarm {
  const working = new Set<AlarmTask>()
  let timer: NodeJS.Timeout | undefined
  let set = Number.NaN
  let rang = Number.NEGATIVE_INFINITY
  let stopped = false

  function plan(): void {
    if (stopped) return
    const now = performance.now()
    const due = Math.min(...tasks.map((task) => (working.has(task) ? longest : task.due())))
    const since = rang + shortest - now
    // The next full step of the clock that all alarms of the process have in common; a timer may come a little early.
    const full = longest - (now % longest)
    const latest = full < shortest ? full + longest : full
    const wait = Math.max(1, since, Math.min(due, latest))
    // Node.js wakes the process for a timer that was given up, too: one for the same moment stays.
    if (Math.abs(now + wait - set) < sameMoment) return
    clearTimeout(timer)
    set = now + wait
    timer = setTimeout(ring, wait)
  }

  function ring(): void {
    if (stopped) return
    rang = performance.now()
    set = Number.NaN
    for (const task of tasks) if (!working.has(task) && task.due() <= 0) void perform(task)
    plan()
  }

  async function perform(task: AlarmTask): Promise<void> {
    working.add(task)
    // Whatever happens to a task is reported by the task itself.
    await task.run().catch(() => undefined)
    working.delete(task)
    plan()
  }

  plan()
  return {
    replan: plan,
    ring,
    stop() {
      stopped = true
      clearTimeout(timer)
    },
  }
}
