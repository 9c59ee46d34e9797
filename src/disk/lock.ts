import { open } from 'node:fs/promises'
import { join } from 'node:path'
import type { Context } from '../context.ts'
import { DefsError, storeError } from '../error.ts'
import { limits } from '../limits.ts'
import {
  breakIfDead,
  claim,
  type FoundLock,
  type Holder,
  isDead,
  look,
  newHolder,
  readHolder,
  release,
} from './lock-file.ts'

export interface LockOptions {
  /** How long to wait for another run to end. Milliseconds. */
  readonly wait: number
  readonly context: Context
}

/** What a lock is for: a store, or the tree of a publisher. */
export interface LockedFolder {
  /** The folder that the lock lies in. */
  readonly state: string
}

/** The lock of a store; beside it, for moments, the rights to remove it: `lock.<mark>`. */
export function lockPath(store: LockedFolder): string {
  return join(store.state, 'lock')
}

/** Who holds a lock and lives; null when nobody does. @throws STORE_* */
export async function livingHolder(path: string): Promise<Holder | null> {
  const found = await look(path)
  return found && !(await isDead(found, async () => Date.now())) ? found.holder : null
}

/** How a lock stands. */
export interface LockState {
  readonly state: 'free' | 'held' | 'dead'
  /** Who holds it, or left it behind, for people; null where nobody does. */
  readonly holder: string | null
}

/** Whether a store is free, being written, or was left locked by a run that died. Changes nothing. @throws STORE_* */
export async function lockState(store: LockedFolder): Promise<LockState> {
  const path = lockPath(store)
  try {
    const found = await look(path)
    if (!found) return { state: 'free', holder: null }
    const state = (await isDead(found, async () => Date.now())) ? 'dead' : 'held'
    return { state, holder: describeHolder(found) }
  } catch (error) {
    throw storeError(error, `looking at the lock ${path}`)
  }
}

/** A lock that is ours. */
export interface HeldLock {
  /** Gives it back. A lock that cannot be removed is a dead run's lock from now on. Never throws. */
  release(): Promise<void>
}

/** Takes a lock when it is free, or was left by a dead run; null when another run has it. @throws STORE_* */
export async function tryLock(path: string, now: Date): Promise<HeldLock | null> {
  const self = await newHolder(now)
  return (await claimOrFind(path, self)) === null ? held(path, self) : null
}

/** Keeps a lock of ours alive by a beat every `limits.lockBeat`, until it is given back. */
function held(path: string, self: Holder): HeldLock {
  let beating: Promise<void> = Promise.resolve()
  const timer = setInterval(() => {
    beating = beating.then(() => beat(path, self)).catch(() => undefined)
  }, limits.lockBeat)
  timer.unref()
  return {
    async release() {
      clearInterval(timer)
      await beating
      await release(path, self).catch(() => undefined)
    },
  }
}

/** Writes the lock again, so that the file system stamps it. One that is somebody else's by now is left alone. */
async function beat(path: string, self: Holder): Promise<void> {
  const file = await open(path, 'r+')
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(limits.lockFile), 0, limits.lockFile, 0)
    if (readHolder(buffer.toString('utf8', 0, bytesRead))?.token !== self.token) return
    await file.write(buffer, 0, bytesRead, 0)
  } finally {
    await file.close()
  }
}

/** Who holds the lock of a store at this moment; null when nobody alive does. Changes nothing. @throws STORE_* */
export async function lockHolder(store: LockedFolder): Promise<Holder | null> {
  const path = lockPath(store)
  try {
    const found = await look(path)
    if (!found?.holder || (await isDead(found, async () => Date.now()))) return null
    return found.holder
  } catch (error) {
    throw storeError(error, `looking at the lock ${path}`)
  }
}

/**
 * Does work as the only writer of a store, on this machine and on others that share the disk. The lock of a run
 * that died is taken over: at once on its own machine, and where its processes cannot be seen - another machine, a
 * container with another name - once it has not beaten for `limits.lockDead`, by the file system's time
 * (docs/contract.md section 8).
 * @throws STORE_BUSY when another run still holds it after `wait`; INTERRUPTED; STORE_* when the lock itself
 * cannot be written; and what `work` throws
 */
export async function withLock<T>(
  store: LockedFolder,
  options: LockOptions,
  work: () => Promise<T>,
): Promise<T> {
  return withLockAt(lockPath(store), options, work)
}

/**
 * The same with a lock of another name. `stillOurs` tells whether nobody has taken it for a dead run's meanwhile.
 * @throws as {@link withLock}
 */
export async function withLockAt<T>(
  path: string,
  options: LockOptions,
  work: (stillOurs: () => Promise<boolean>) => Promise<T>,
): Promise<T> {
  const self = await newHolder(options.context.now())
  await take(path, self, options)
  const lock = held(path, self)
  try {
    return await work(async () => (await look(path))?.holder?.token === self.token)
  } finally {
    // Whatever becomes of the lock must not hide how the work ended.
    await lock.release()
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
async function claimOrFind(path: string, self: Holder): Promise<FoundLock | null> {
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

function busy(path: string, found: FoundLock): DefsError {
  const text = `another run is at work: ${describeHolder(found)}; wait for it with --lock-wait`
  return new DefsError('STORE_BUSY', text, { path })
}

function describeHolder({ holder }: FoundLock): string {
  return holder ? `process ${holder.pid} on ${holder.host}, since ${holder.since}` : 'an unknown process'
}
