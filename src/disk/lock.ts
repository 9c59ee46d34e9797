import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { link, open, rm, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { dirname, join } from 'node:path'
import type { Context } from '../context.ts'
import { DefsError, storeError } from '../error.ts'
import { limits } from '../limits.ts'
import { isMissing } from './atomic-file.ts'
import { count, nullable, object, type Shape, text } from './json-shape.ts'
import { isAlive, ownIdentity, type ProcessIdentity } from './process-identity.ts'

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

/** Whether a store is free, being written, or was left locked by a run that died. @throws STORE_* */
export async function lockState(store: LockedFolder, now: Date): Promise<'free' | 'held' | 'dead'> {
  const path = lockPath(store)
  const self = await newHolder(now)
  return stateOfLock(path, self).catch((error: unknown) => {
    throw storeError(error, `looking at the lock ${path}`)
  })
}

/** Who holds the lock of a store at this moment; null when nobody alive does. Changes nothing. @throws STORE_* */
export async function lockHolder(store: LockedFolder, now: Date): Promise<Holder | null> {
  const path = lockPath(store)
  try {
    const found = await look(path)
    if (!found?.holder || (await isDead(found, await newHolder(now)))) return null
    return found.holder
  } catch (error) {
    throw storeError(error, `looking at the lock ${path}`)
  }
}

/**
 * Does work as the only writer of a store, on this machine and on others that share the disk. The lock of a run
 * that died is taken over; one of another machine only after a day, since its processes cannot be seen.
 * @throws STORE_BUSY when another run still holds it after `wait`; INTERRUPTED; STORE_* when the lock itself
 * cannot be written; and what `work` throws
 */
export async function withLock<T>(
  store: LockedFolder,
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

function busy(path: string, { holder }: FoundLock): DefsError {
  const who = holder ? `process ${holder.pid} on ${holder.host}, since ${holder.since}` : 'an unknown process'
  return new DefsError('STORE_BUSY', `another run is at work: ${who}; wait for it with --lock-wait`, { path })
}

/** Who holds a lock. */
export interface Holder extends ProcessIdentity {
  /** Unique for every taking of a lock. */
  readonly token: string
  /** RFC 3339, UTC. */
  readonly since: string
}

/** What lies at a lock's path. */
export interface FoundLock {
  /** Null when the file names nobody. */
  readonly holder: Holder | null
  /** The same only for the very same lock: its token, else what the file system tells of the file. */
  readonly mark: string
  /** When the file was written, by the clock of the file system. Milliseconds. */
  readonly written: number
}

const token: Shape<string> = (value) =>
  typeof value === 'string' && /^[0-9a-f]{16}$/.test(value) ? value : undefined
const moment: Shape<string> = (value) =>
  typeof value === 'string' && !Number.isNaN(Date.parse(value)) ? value : undefined

const holderShape = object<Holder>({
  pid: count,
  started: nullable(text),
  boot: nullable(text),
  host: text,
  token,
  since: moment,
})

/** A holder for one taking of a lock by this process. */
export async function newHolder(now: Date): Promise<Holder> {
  return { ...(await ownIdentity()), token: randomBytes(8).toString('hex'), since: now.toISOString() }
}

/**
 * Makes the lock ours; false when something lies at its path already. Written aside and linked into place, so that
 * a run killed on the way leaves no lock without a name in it, which others would have to wait for.
 */
async function claim(path: string, self: Holder): Promise<boolean> {
  const aside = `${path}.${self.token}`
  const text = `${JSON.stringify(self)}\n`
  try {
    await writeFile(aside, text, { flag: 'wx', mode: 0o600 })
    await link(aside, path)
  } catch (error) {
    const code = codeOf(error)
    // Whoever holds the lock sweeps what lies beside it: ours was taken for the leftover of a run that died.
    if (code === 'ENOENT' && existsSync(dirname(path))) return await claim(path, self)
    if (!noLinks.includes(code)) return refused(error)
    return await claimInPlace(path, text, self)
  } finally {
    // What stays is swept as a leftover.
    await rm(aside, { force: true }).catch(() => undefined)
  }
  return isOurs(path, self)
}

// What file systems say that know no hard links.
const noLinks: readonly unknown[] = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS']

async function claimInPlace(path: string, text: string, self: Holder): Promise<boolean> {
  try {
    await writeFile(path, text, { flag: 'wx', mode: 0o600 })
  } catch (error) {
    // Made but not written, the disk being full: it would look held for a while.
    if (codeOf(error) !== 'EEXIST') await rm(path, { force: true }).catch(() => undefined)
    return refused(error)
  }
  // We may have slept so long between making and writing that another run took the empty file for a dead one's.
  return isOurs(path, self)
}

/** False for a lock that is there already; throws what is anything else. */
function refused(error: unknown): false {
  if (codeOf(error) === 'EEXIST') return false
  throw error
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}

async function isOurs(path: string, self: Holder): Promise<boolean> {
  return (await look(path))?.mark === self.token
}

/** Gives a lock back, if it is still ours. */
async function release(path: string, self: Holder): Promise<void> {
  if (await isOurs(path, self)) await rm(path, { force: true })
}

/**
 * Removes a lock whose holder is dead. The right to remove one given lock is itself a lock beside it, whose name
 * holds the first one's mark: marks never come back, so of any number of runs only one at a time can remove it,
 * and none can hit the lock of a successor. The right of a run that died with it is removed in the same manner.
 * @returns who is to be waited for; null when claiming may be tried again at once
 */
async function breakIfDead(path: string, self: Holder): Promise<FoundLock | null> {
  const found = await look(path)
  if (!found) return null
  if (!(await isDead(found, self))) return found
  const right = `${path}.${found.mark}`
  if (!(await claim(right, self))) return breakIfDead(right, self)
  try {
    if ((await look(path))?.mark === found.mark) await rm(path, { force: true })
  } finally {
    await release(right, self)
  }
  return null
}

/** Whether a lock is free, held by a living run, or was left by a dead one. Changes nothing. */
async function stateOfLock(path: string, self: Holder): Promise<'free' | 'held' | 'dead'> {
  const found = await look(path)
  if (!found) return 'free'
  return (await isDead(found, self)) ? 'dead' : 'held'
}

async function look(path: string): Promise<FoundLock | null> {
  try {
    const file = await open(path, 'r')
    try {
      const { ino, mtimeNs } = await file.stat({ bigint: true })
      const buffer = Buffer.alloc(limits.lockFile)
      const { bytesRead } = await file.read(buffer, 0, buffer.length, 0)
      const holder = readHolder(buffer.toString('utf8', 0, bytesRead))
      return { holder, mark: holder?.token ?? `${ino}-${mtimeNs}`, written: Number(mtimeNs / 1_000_000n) }
    } finally {
      await file.close()
    }
  } catch (error) {
    if (isMissing(error)) return null
    throw error
  }
}

function readHolder(written: string): Holder | null {
  try {
    return holderShape(JSON.parse(written)) ?? null
  } catch {
    return null
  }
}

async function isDead({ holder, written }: FoundLock, self: Holder): Promise<boolean> {
  // The file system's time is compared with the machine's, not with the clock of the context.
  if (!holder) return Date.now() - written > limits.lockUnwritten
  if (holder.host === hostname()) return !(await isAlive(holder))
  return Date.parse(self.since) - Date.parse(holder.since) > limits.lockForeign
}
