/** A host asks no more often than this because of announcements. Milliseconds. */
export const wakeEvery = 30_000

/** Turns announcements into asking. */
export interface Waking {
  /** Something was announced: a reason to ask, and nothing more; its text is not even read. */
  readonly hint: () => void
  readonly close: () => void
}

/**
 * The wake rule of a fleet (docs/fleet.md): an announcement makes a host ask its source once, after a random part of
 * the fleet's `spread`, and never sooner than {@link wakeEvery} after the last time. Whoever floods the bus with
 * announcements gets no more out of it.
 * @param spread within which time woken hosts ask, as the signed card last said. Milliseconds
 * @param ask has the source asked; never throws
 */
export function openWaking({
  spread,
  random,
  ask,
}: {
  readonly spread: () => Promise<number>
  readonly random: () => number
  readonly ask: () => void
}): Waking {
  let timer: NodeJS.Timeout | null = null
  let planning = false
  let closed = false
  let notBefore = 0

  async function plan(): Promise<void> {
    const part = (await spread()) * random()
    if (closed) return
    const pause = Math.max(part, notBefore - performance.now(), 0)
    timer = setTimeout(() => {
      timer = null
      notBefore = performance.now() + wakeEvery
      ask()
    }, pause).unref()
  }

  return {
    hint() {
      if (closed || planning || timer !== null) return
      planning = true
      void plan().finally(() => {
        planning = false
      })
    },
    close() {
      closed = true
      if (timer !== null) clearTimeout(timer)
    },
  }
}
