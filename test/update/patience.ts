import { setTimeout as pause } from 'node:timers/promises'
import { loadConfig } from '../../src/config/resolve.ts'
import type { Context } from '../../src/context.ts'
import type { DefsEvent } from '../../src/event/event.ts'
import { scheduledCheck } from '../../src/update/recover/check-up.ts'
import type { UpdateRequest } from '../../src/update/run.ts'
import { update } from '../../src/update/update.ts'

/** Updates and checks in this process, by a clock that jumps over every pause. */
export interface Patience {
  readonly context: Context
  /** What was reported since the last look. */
  events(): DefsEvent[]
  /** Milliseconds that were slept so far. */
  slept(): number
  /** Sets the clock ahead. */
  pass(milliseconds: number): void
  /** Called before each pause, with its number: the place to change something in the world. */
  onPause: (pauses: number) => void
  /** As Ctrl-C does. */
  interrupt(): void
  update(request?: Partial<UpdateRequest>): ReturnType<typeof update>
  checkUp(): ReturnType<typeof scheduledCheck>
}

export function openPatience(configure: () => string): Patience {
  let ahead = 0
  let slept = 0
  let pauses = 0
  let controller = new AbortController()
  let heard: DefsEvent[] = []
  const now = () => new Date(Date.now() + ahead)

  async function load() {
    const env = {}
    const request = { file: configure(), env, cwd: '/', home: '/', uid: process.getuid?.() ?? null }
    return (await loadConfig({ ...request, secrets: true })).config
  }

  function context(): Context {
    controller = new AbortController()
    return { ...patience.context, signal: controller.signal }
  }

  const patience: Patience = {
    context: {
      now,
      async sleep(milliseconds, signal) {
        pauses += 1
        patience.onPause(pauses)
        // A little real time, so that what really runs gets on.
        await pause(Math.min(milliseconds, 5), undefined, signal ? { signal } : {})
        ahead += milliseconds
        slept += milliseconds
      },
      random: Math.random,
      signal: controller.signal,
      emit(report) {
        if (report.type === 'event') heard.push(report.event)
      },
    },
    events() {
      const all = heard
      heard = []
      return all
    },
    slept: () => slept,
    pass(milliseconds) {
      ahead += milliseconds
    },
    onPause: () => undefined,
    interrupt: () => controller.abort(new Error('interrupted')),
    async update(request = {}) {
      const usual = { source: null, dryRun: false, force: false, allow: null, timeout: null, lockWait: 0 }
      return update({ ...usual, ...request }, await load(), context())
    },
    checkUp: async () => scheduledCheck(await load(), context()),
  }
  return patience
}
