import { randomBytes } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { limits } from '../../limits.ts'
import type { DefsEvent } from '../event.ts'
import { readEvent } from '../read-event.ts'

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
      const name = nameOf(event)
      const aside = join(folder, `${name}.tmp`)
      writeFileSync(aside, JSON.stringify(bounded(event)), { mode: 0o600 })
      renameSync(aside, join(folder, name))
      const files = list()
      const surplus = files.slice(0, Math.max(0, files.length - limits.spoolEntries))
      remove(surplus)
      return surplus.length
    },
    read(file) {
      try {
        return readEvent(readFileSync(join(folder, file), 'utf8')) ?? null
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
