import { rm } from 'node:fs/promises'
import { storeError } from '../error.ts'
import type { SetName } from '../set-id.ts'
import { readRecord, writeRecord } from './json-record.ts'
import type { Provenance } from './record.ts'
import { provenanceRecord } from './records.ts'
import type { Store } from './store.ts'

/** Where a set came from and how it was proved; null when nobody wrote it down. */
export function readProvenance(store: Store, set: SetName): Promise<Provenance | null> {
  return readRecord(store, provenanceRecord(set))
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
