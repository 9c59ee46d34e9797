import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { replaceFileNow } from '../../disk/atomic-file.ts'
import { isFolderOrNothing, readSmall } from '../../disk/foreign-file.ts'
import { type HeldLock, tryLock } from '../../disk/lock.ts'
import { limits } from '../../limits.ts'
import type { DefsEvent } from '../event.ts'
import { readEvent } from '../make-event.ts'
import { type Notes, noNotes, readNotes, writeNotes } from './sink-state.ts'

/** Events that are delivered together. */
interface Batch {
  readonly events: readonly DefsEvent[]
  /** They have been delivered, or given up. */
  readonly done: () => void
}

/** What waits for one sink, and what is remembered of it: on disk, and in memory where the disk takes nothing. */
export interface Queue {
  readonly put: (event: DefsEvent) => void
  /** The oldest that wait, as many as `take` says; null when none do. */
  readonly next: (take: (waiting: number) => number) => Batch | null
  /** Returns how to leave; null when nothing waits, or another run delivers it. */
  readonly enter: (now: Date) => Promise<HeldLock | null>
  readonly notes: () => Notes
  readonly note: (change: (notes: Notes) => Notes) => void
}

interface RoomSetup {
  readonly config: { readonly name: string }
  readonly spools: string
  readonly isReady: () => boolean
}

/** Opens what waits for one sink. Makes nothing in a store that is not there. */
export function openWaitingRoom({ config, spools, ...setup }: RoomSetup): Queue {
  const folder = join(spools, config.name)
  // Through a link we would write and remove in somebody else's folder; events wait in memory then.
  const isOurs = () => isFolderOrNothing(spools) && isFolderOrNothing(folder)
  const isReady = () => setup.isReady() && isOurs()
  const spool = openSpool(folder)
  // A full disk is just what people want to hear of.
  const unspooled: DefsEvent[] = []
  let unsaved: Notes | null = null

  const notes = () => unsaved ?? (isOurs() ? readNotes(folder) : noNotes)

  function note(change: (notes: Notes) => Notes): void {
    const changed = change(notes())
    unsaved = changed
    if (!isReady()) return
    try {
      writeNotes(folder, changed)
      unsaved = null
    } catch {
      // They stay in memory.
    }
  }

  function countDropped(more: number): void {
    if (more > 0) note((known) => ({ ...known, dropped: known.dropped + more }))
  }

  function next(take: (waiting: number) => number): Batch | null {
    const files = isOurs() ? spool.list() : []
    if (files.length === 0) return unspooled.length === 0 ? null : nextUnspooled(take)
    const some = files.slice(0, take(files.length))
    const events = some.map(spool.read)
    const torn = some.filter((_, index) => events[index] === null)
    if (torn.length === 0) {
      return { events: events.filter((one) => one !== null), done: () => spool.remove(some) }
    }
    // What is no event was torn by a crash; the others must not wait for it.
    spool.remove(torn)
    return next(take)
  }

  function nextUnspooled(take: (waiting: number) => number): Batch {
    const events = unspooled.slice(0, take(unspooled.length))
    return { events, done: () => unspooled.splice(0, events.length) }
  }

  return {
    notes,
    note,
    put(event) {
      try {
        if (isReady()) return countDropped(spool.put(event))
      } catch {
        // It waits in memory.
      }
      unspooled.push(event)
      countDropped(unspooled.splice(0, unspooled.length - limits.spoolEntries).length)
    },
    next,
    async enter(now) {
      if (!isOurs() || spool.list().length === 0) {
        return unspooled.length > 0 ? { release: async () => undefined } : null
      }
      // Where the lock cannot be written nothing can be removed either: better late than twice.
      return existsSync(folder) ? await tryLock(join(folder, 'lock'), now).catch(() => null) : null
    },
  }
}

const entry = /^\d{15}-\d{6}-[0-9a-f]{8}\.json$/
let sequence = 0

/** The events that wait for one sink, a file each, so that neither a crash nor a second run mixes them. */
export interface Spool {
  /** Puts an event in and returns how many of the oldest had to go. @throws what the file system reports */
  readonly put: (event: DefsEvent) => number
  /** The waiting files, oldest first; none when there is no folder. */
  readonly list: () => string[]
  /** Null when the file is gone or no event. */
  readonly read: (file: string) => DefsEvent | null
  readonly remove: (files: readonly string[]) => void
}

/** The spool in a folder, which is made with the first event. Everything is synchronous: events are few and small. */
export function openSpool(folder: string): Spool {
  function list(): string[] {
    try {
      return readdirSync(folder)
        .filter((name) => entry.test(name))
        .sort()
    } catch {
      return []
    }
  }

  function remove(files: readonly string[]): void {
    for (const file of files) rmSync(join(folder, file), { force: true })
  }

  return {
    list,
    remove,
    put(event) {
      mkdirSync(folder, { recursive: true, mode: 0o700 })
      replaceFileNow(join(folder, nameOf(event)), JSON.stringify(bounded(event)), 0o600)
      const files = list()
      const surplus = files.slice(0, Math.max(0, files.length - limits.spoolEntries))
      remove(surplus)
      return surplus.length
    },
    read(file) {
      try {
        return readEvent(readSmall(join(folder, file), limits.storeText).toString()) ?? null
      } catch {
        return null
      }
    },
  }
}

// By time, then in the order of one process; what is random keeps two processes apart.
function nameOf({ time }: DefsEvent): string {
  sequence = (sequence + 1) % 1_000_000
  const millisecond = String(Math.max(0, Date.parse(time) || 0)).padStart(15, '0')
  return `${millisecond}-${String(sequence).padStart(6, '0')}-${randomBytes(4).toString('hex')}.json`
}

/** Cuts the texts of an event that is larger than any receiver takes. */
function bounded(event: DefsEvent): DefsEvent {
  if (Buffer.byteLength(JSON.stringify(event)) <= limits.spoolEntry) return event
  // A character is at most six bytes of JSON.
  const cut = (text: string) => `${text.slice(0, limits.spoolEntry / 32)}...`
  const { message, reason, path } = event
  return {
    ...event,
    message: cut(message),
    path: path === null ? null : cut(path),
    ...(reason === undefined ? {} : { reason: cut(reason) }),
  }
}
