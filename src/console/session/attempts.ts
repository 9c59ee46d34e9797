import { bounds } from '../bounds.ts'

/** Counts wrong logins, by address and by name. */
export interface Attempts {
  /**
   * Takes note of a login that begins.
   * @returns 0 when it may, else the seconds until it may again
   */
  readonly begin: (address: string, name: string) => number
  /** It was right: nothing speaks against the name any more, and of the address it does not count. */
  readonly right: (address: string, name: string) => void
  /** Wrong logins for a name since the last right one. */
  readonly wrong: (name: string) => number
}

/** Opens the count. It is in memory only: who restarts the console may log in, too. */
export function openAttempts(now: () => Date): Attempts {
  const moments = new Map<string, number[]>()
  const failures = new Map<string, number>()

  function recent(key: string, at: number): number[] {
    return (moments.get(key) ?? []).filter((moment) => at - moment < bounds.attemptsFor && moment <= at)
  }

  return {
    begin(address, name) {
      const at = now().getTime()
      const keys = keysOf(address, name)
      const before = keys.map((key) => recent(key, at))
      // The oldest of the ten leaves the period first.
      const waits = before.map((all) =>
        all.length < bounds.attempts
          ? 0
          : bounds.attemptsFor - (at - (all[all.length - bounds.attempts] ?? at)),
      )
      const wait = Math.max(...waits)
      if (wait > 0) return Math.max(1, Math.ceil(wait / 1000))
      for (const [index, key] of keys.entries()) keep(moments, key, [...(before[index] ?? []), at])
      return 0
    },
    right(address, name) {
      const [from, of] = keysOf(address, name)
      moments.delete(of)
      // Only this login is taken back: a right one must not buy its address further wrong ones.
      moments.set(from, (moments.get(from) ?? []).slice(0, -1))
      failures.delete(name)
    },
    wrong(name) {
      const count = (failures.get(name) ?? 0) + 1
      keep(failures, name, count)
      return count
    },
  }
}

const keysOf = (address: string, name: string) => [`address ${address}`, `name ${name}`] as const

/** Sets a key as the newest one; beyond the bound the oldest goes. */
function keep<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key)
  map.set(key, value)
  if (map.size <= bounds.attemptKeys) return
  const [oldest] = map.keys()
  if (oldest !== undefined) map.delete(oldest)
}
