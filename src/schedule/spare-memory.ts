import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { AlarmTask } from './alarm.ts'

/** Gives back what a run took of memory, once the process has come to rest. */
export interface SpareMemory extends AlarmTask {
  /** A run has ended. Any number of them until it is due are one. */
  readonly ended: () => void
}

/** From the end of a run to a first collection, and from that to a second. Milliseconds. */
const restAfter = 15_000

/** What the first one frees is given back by the second, when V8 takes it that little is going on. */
const rounds = 2

/** Where the heap is compacted, and code is dropped that no one runs now: the next run compiles what it needs. */
const whileCollecting = ['compact-on-every-full-gc', 'stress-flush-code', 'flush-baseline-code']

/** @param collect collects everything at once; undefined for that of V8 */
export function openSpareMemory(collect = collector()): SpareMemory {
  let since = 0
  let left = 0
  return {
    ended() {
      since = performance.now()
      left = rounds
    },
    due: () => (left === 0 ? Number.POSITIVE_INFINITY : since + restAfter - performance.now()),
    async run() {
      since = performance.now()
      left -= 1
      set(whileCollecting)
      try {
        collect()
      } finally {
        // What is compiled under other flags than at the start does not fit the code cache.
        set(whileCollecting.map((flag) => `no-${flag}`))
      }
    },
  }
}

/** V8 shows it to a context that is made while it is told to. */
function collector(): () => void {
  set(['expose-gc'])
  try {
    return runInNewContext('gc')
  } finally {
    set(['no-expose-gc'])
  }
}

function set(flags: readonly string[]): void {
  for (const flag of flags) setFlagsFromString(`--${flag}`)
}
