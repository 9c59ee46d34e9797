const second = 1000

/**
 * Calls a function every second, never before its last call has ended, until it is stopped. A plain timer: it goes by
 * the clock that only ever runs on, so neither summer time nor a clock that is set moves it (docs/decisions/004).
 * What is due is for `next-runs` to say.
 */
export function everySecond(tick: () => Promise<void>): { readonly stop: () => Promise<void> } {
  let working = false
  const timer = setInterval(() => {
    // A busy machine skips seconds, and the next tick finds what was due.
    if (working) return
    working = true
    tick()
      // Whatever happens to a tick is reported by the daemon itself.
      .catch(() => undefined)
      .finally(() => {
        working = false
      })
  }, second)
  return {
    async stop() {
      clearInterval(timer)
    },
  }
}
