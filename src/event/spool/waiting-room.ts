import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { limits } from '../../limits.ts'
import type { DefsEvent } from '../event.ts'
import { type Notes, readNotes, writeNotes } from './notebook.ts'
import { openSpool } from './spool.ts'
import { takeSpoolLock } from './spool-lock.ts'

/** Events that are delivered together. */
interface Batch {
  readonly events: readonly DefsEvent[]
  /** They have been delivered, or given up. */
  readonly done: () => void
}

/** What waits for one sink, and what is remembered of it: on disk, and in memory where the disk takes nothing. */
export interface WaitingRoom {
  readonly put: (event: DefsEvent) => void
  /** The oldest that wait, as many as `take` says; null when none do. */
  readonly next: (take: (waiting: number) => number) => Batch | null
  /** Returns how to leave; null when nothing waits, or another run delivers it. */
  readonly enter: () => (() => void) | null
  readonly notes: () => Notes
  readonly note: (change: (notes: Notes) => Notes) => void
}

interface RoomSetup {
  readonly config: { readonly name: string }
  readonly spools: string
  readonly isReady: () => boolean
}

/** Opens what waits for one sink. Makes nothing in a store that is not there. */
export function openWaitingRoom({ config, spools, isReady }: RoomSetup): WaitingRoom {
  const folder = join(spools, config.name)
  const spool = openSpool(folder)
  // A full disk is just what people want to hear of.
  const unspooled: DefsEvent[] = []
  let unsaved: Notes | null = null

  const notes = () => unsaved ?? readNotes(folder)

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
    const files = spool.list()
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
    enter() {
      if (spool.list().length === 0) return unspooled.length > 0 ? () => undefined : null
      // Where the lock cannot be written nothing can be removed either: better late than twice.
      return existsSync(folder) ? takeSpoolLock(folder) : null
    },
  }
}
