import { rm } from 'node:fs/promises'
import { hostname } from 'node:os'
import { DefsError } from '../error.ts'
import { peekRecord, writeRecord } from './json-record.ts'
import { isAlive, ownIdentity } from './process-identity.ts'
import type { DaemonRecord } from './record.ts'
import { daemonRecord } from './records.ts'
import type { Store } from './store.ts'

/** The daemon that looks after a store at this moment; null when none does. Reads only, never throws. */
export async function readDaemon(store: Store): Promise<DaemonRecord | null> {
  const record = await peekRecord(store, daemonRecord)
  // A daemon that was killed leaves its record behind; one of another machine cannot be seen.
  if (record === null || record.host !== hostname()) return record
  return (await isAlive(record)) ? record : null
}

/**
 * Writes this process down as the daemon of a store.
 * @returns what takes it away again
 * @throws STORE_BUSY when another daemon of this machine runs; STORE_*
 */
export async function enterDaemon(store: Store, now: Date): Promise<() => Promise<void>> {
  const other = await readDaemon(store)
  const own = await ownIdentity()
  if (other && other.host === own.host && other.pid !== own.pid) {
    throw new DefsError('STORE_BUSY', `a daemon looks after ${store.root} already: process ${other.pid}`, {
      path: daemonRecord.path(store),
    })
  }
  await writeRecord(store, daemonRecord, { ...own, startedAt: now.toISOString() })
  return () => rm(daemonRecord.path(store), { force: true })
}
