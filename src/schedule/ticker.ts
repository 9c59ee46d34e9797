import { createTask } from 'node-cron'

const silent = { info: ignore, warn: ignore, error: ignore, debug: ignore }

/**
 * Calls a function every second, never before its last call has ended, until it is stopped. What is due is for our
 * own evaluator to say: this package joins day and weekday with "and", where cron and `defs schedule` have "or".
 */
export function everySecond(tick: () => Promise<void>): { readonly stop: () => Promise<void> } {
  const task = createTask('* * * * * *', tick, {
    noOverlap: true,
    // A busy machine skips seconds, and the next tick finds what was due.
    suppressMissedWarning: true,
    logger: silent,
  })
  void task.start()
  return { stop: async () => task.destroy() }
}

function ignore(): void {
  // Whatever happens to a tick is reported by the daemon itself.
}
