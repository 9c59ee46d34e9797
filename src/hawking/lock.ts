import { join } from 'node:path'
import type { Context } from '../context.ts'
import { DefsError, storeError } from '../error.ts'
import { limits } from '../limits.ts'
import { breakIfDead, claim, type Found, type Holder, newHolder, release, stateOfLock } from './lock-file.ts'
import type { Store } from './store.ts'

export interface LockOptions {
  /** How long to wait for another run to end. Milliseconds. */
  readonly wait: number
  readonly context: Context
}

/** The lock of a store; beside it, for moments, the rights to remove it: `lock.<mark>`. */
export function lockPath(store: Pick<Store, 'state'>): string {
  return join(store.state, 'lock')
}

/** Whether a store is free, being written, or was left locked by a run that died. @throws STORE_* */
export async function lockState(store: Store, now: Date): Promise<'free' | 'held' | 'dead'> {
  const path = lockPath(store)
  const self = await newHolder(now)
  return stateOfLock(path, self).catch((error: unknown) => {
    throw storeError(error, `looking at the lock ${path}`)
  })
}

/**
 * Does work as the only writer of a store, on this machine and on others that share the disk. The lock of a run
 * that died is taken over; one of another machine only after a day, since its processes cannot be seen.
 * @throws STORE_BUSY when another run still holds it after `wait`; INTERRUPTED; STORE_* when the lock itself
 * cannot be written; and what `work` throws
 */
export async function withLock<T>(
  store: Pick<Store, 'state'>,
  options: LockOptions,
  work: () => Promise<T>,
): Promise<T> {
  const path = lockPath(store)
  const self = await newHolder(options.context.now())
  await take(path, self, options)
  try {
    return await work()
  } finally {
    // A lock that cannot be removed is a dead run's lock from now on; it must not hide how the work ended.
    await release(path, self).catch(() => undefined)
  }
}

async function take(path: string, self: Holder, { wait, context }: LockOptions): Promise<void> {
  // Counted in pauses, not by the clock: that may be set while we wait.
  for (let waited = 0; ; waited += limits.lockPoll) {
    const other = await claimOrFind(path, self)
    if (!other) return
    if (waited >= wait) throw busy(path, other)
    try {
      await context.sleep(Math.min(limits.lockPoll, wait - waited), context.signal)
    } catch (cause) {
      throw new DefsError('INTERRUPTED', 'interrupted while waiting for another run to end', { cause })
    }
  }
}

/** Null when the lock is ours, else who has it. */
async function claimOrFind(path: string, self: Holder): Promise<Found | null> {
  try {
    for (;;) {
      if (await claim(path, self)) return null
      const other = await breakIfDead(path, self)
      if (other) return other
    }
  } catch (error) {
    throw storeError(error, `taking the lock ${path}`)
  }
}

function busy(path: string, { holder }: Found): DefsError {
  const who = holder ? `process ${holder.pid} on ${holder.host}, since ${holder.since}` : 'an unknown process'
  return new DefsError('STORE_BUSY', `another run is at work: ${who}; wait for it with --lock-wait`, { path })
}
