import { readdir, rm } from 'node:fs/promises'
import { storeError } from '../error.ts'
import type { SetName } from '../set-id.ts'
import { peekRecord, readRecord, writeRecord } from './json-record.ts'
import type { Provenance } from './record.ts'
import { provenanceRecord } from './records.ts'
import type { Store } from './store.ts'

/** Where a set came from and how it was proved; null when nobody wrote it down. */
export function readProvenance(store: Store, set: SetName): Promise<Provenance | null> {
  return readRecord(store, provenanceRecord(set))
}

/** The same with nothing changed, not even a damaged record moved away. */
export function peekProvenance(store: Store, set: SetName): Promise<Provenance | null> {
  return peekRecord(store, provenanceRecord(set))
}

/** Whether it was ever written down where a set came from: the store had one, though none may be left. */
export async function hadSets(store: Store): Promise<boolean> {
  const names = await readdir(store.provenance).catch(() => [])
  return names.some((name) => name.endsWith('.json'))
}

/** Keeps where a set came from. @throws STORE_* */
export function writeProvenance(store: Store, provenance: Provenance): Promise<void> {
  return writeRecord(store, provenanceRecord(provenance.set), provenance)
}

/** Forgets where a set came from; nothing happens when that was not known. @throws STORE_* */
export async function removeProvenance(store: Store, set: SetName): Promise<void> {
  const path = provenanceRecord(set).path(store)
  await rm(path, { force: true }).catch((error: unknown) => {
    throw storeError(error, `removing ${path}`)
  })
}
