/** A host asks no more often than this because of announcements that prove nothing. Milliseconds. */
export const wakeEvery = 30_000

/** Within this a fleet asks when it is taken back, whatever its spread is: nothing has to be fetched for it. Milliseconds. */
const soonWithin = 5000

/** What an announcement is worth, as the host itself found. */
export interface Worth {
  /** It bears a timestamp that the tree's key has signed and that this host has not seen: there is something new. */
  readonly news: boolean
  /** It says that hosts are to ask soon. Counts only beside news. */
  readonly soon: boolean
}

/** Turns announcements into asking. */
export interface Waking {
  /** Something was announced: a reason to ask, and nothing more. */
  readonly hint: (text: string) => void
  readonly close: () => void
}

/**
 * The wake rule of a fleet (docs/fleet.md): an announcement makes a host ask its source once, after a random part of
 * the fleet's `spread`, and never sooner than {@link wakeEvery} after the last time, unless it proves that there is
 * something new. Whoever floods the bus with announcements gets no more out of it.
 * @param spread within which time woken hosts ask, as the signed card last said. Milliseconds
 * @param ask has the source asked; never throws
 * @param worth judges an announcement; never throws
 */
export function openWaking({
  spread,
  random,
  ask,
  worth = async () => ({ news: false, soon: false }),
}: {
  readonly spread: () => Promise<number>
  readonly random: () => number
  readonly ask: () => void
  readonly worth?: (hint: string) => Promise<Worth>
}): Waking {
  let timer: NodeJS.Timeout | null = null
  let due = 0
  let planning = false
  let next: string | null = null
  let closed = false
  let notBefore = 0

  async function plan(hint: string): Promise<void> {
    const { news, soon } = await worth(hint)
    if (closed || (timer !== null && !news)) return
    const within = await spread()
    const part = (news && soon ? Math.min(within, soonWithin) : within) * random()
    if (closed) return
    const now = performance.now()
    const at = now + (news ? part : Math.max(part, notBefore - now, 0))
    if (timer !== null) {
      if (due <= at) return
      clearTimeout(timer)
    }
    due = at
    timer = setTimeout(() => {
      timer = null
      notBefore = performance.now() + wakeEvery
      ask()
    }, at - now).unref()
  }

  return {
    hint(text) {
      if (closed) return
      next = text
      if (planning) return
      planning = true
      void (async () => {
        // Of those that come meanwhile the newest is enough.
        for (let hint: string | null = next; hint !== null; hint = next) {
          next = null
          await plan(hint)
        }
      })().finally(() => {
        planning = false
      })
    },
    close() {
      closed = true
      if (timer !== null) clearTimeout(timer)
    },
  }
}
