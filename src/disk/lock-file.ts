import { randomBytes } from 'node:crypto'
import { constants, existsSync } from 'node:fs'
import { link, open, rm, stat, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { dirname } from 'node:path'
import { DefsError } from '../error.ts'
import { limits } from '../limits.ts'
import { isMissing } from './atomic-file.ts'
import { count, nullable, object, type Shape, text } from './json-shape.ts'
import { isAlive, ownIdentity, type ProcessIdentity } from './process-identity.ts'

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
export async function claim(path: string, self: Holder): Promise<boolean> {
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
export async function release(path: string, self: Holder): Promise<void> {
  if (await isOurs(path, self)) await rm(path, { force: true })
}

/**
 * Removes a lock whose holder is dead. The right to remove one given lock is itself a lock beside it, whose name
 * holds the first one's mark: marks never come back, so of any number of runs only one at a time can remove it,
 * and none can hit the lock of a successor. The right of a run that died with it is removed in the same manner.
 * @returns who is to be waited for; null when claiming may be tried again at once
 */
export async function breakIfDead(path: string, self: Holder): Promise<FoundLock | null> {
  const found = await look(path)
  if (!found) return null
  if (!(await isDead(found, () => fileSystemTime(path, self)))) return found
  const right = `${path}.${found.mark}`
  if (!(await claim(right, self))) return breakIfDead(right, self)
  try {
    if ((await look(path))?.mark === found.mark) await rm(path, { force: true })
  } finally {
    await release(right, self)
  }
  return null
}

export async function look(path: string): Promise<FoundLock | null> {
  try {
    const file = await open(
      path,
      constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOFOLLOW ?? 0),
    )
    try {
      if (!(await file.stat()).isFile())
        throw new DefsError('STORE_IO', `${path} is no regular file, as a lock is: look at it`, { path })
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

export function readHolder(written: string): Holder | null {
  try {
    return holderShape(JSON.parse(written)) ?? null
  } catch {
    return null
  }
}

/**
 * Whether the holder of a lock is dead: gone from this machine, or without a beat for too long elsewhere.
 * @param time tells the time of the file system, which need not be this machine's
 */
export async function isDead({ holder, written }: FoundLock, time: () => Promise<number>): Promise<boolean> {
  if (!holder) return (await time()) - written > limits.lockUnwritten
  if (holder.host === hostname()) return !(await isAlive(holder))
  return (await time()) - written > limits.lockDead
}

/** What the file system takes for now: the stamp of a file written beside the lock. Milliseconds. */
async function fileSystemTime(path: string, self: Holder): Promise<number> {
  const probe = `${path}.${self.token}.now`
  try {
    await writeFile(probe, '', { flag: 'wx', mode: 0o600 })
    return (await stat(probe)).mtimeMs
  } catch (error) {
    // Whoever holds the lock sweeps what lies beside it: ours was taken for a leftover.
    if (isMissing(error) && existsSync(dirname(path))) return Date.now()
    throw error
  } finally {
    await rm(probe, { force: true }).catch(() => undefined)
  }
}
