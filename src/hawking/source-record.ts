import { peekRecord, readRecord, writeRecord } from './json-record.ts'
import type { SourceRecord } from './record.ts'
import { sourceRecords } from './records.ts'
import type { Store } from './store.ts'

const unasked: SourceRecord = {
  lastAttempt: null,
  lastSuccess: null,
  outcome: null,
  error: null,
  coolingUntil: {},
  offered: null,
  offeredSince: null,
  statement: null,
  judged: null,
  index: null,
}

/** What one source was last like; all null when it was never asked. */
export async function readSourceRecord(store: Store, source: string): Promise<SourceRecord> {
  const all = await readRecord(store, sourceRecords)
  return (Object.hasOwn(all, source) ? all[source] : undefined) ?? unasked
}

/** What every source was last like, by its configured name. Changes nothing, never throws. */
export function peekSourceRecords(store: Store): Promise<Readonly<Record<string, SourceRecord>>> {
  return peekRecord(store, sourceRecords)
}

/** Keeps what one source was like; call it under the lock, since all sources share a file. @throws STORE_* */
export async function writeSourceRecord(store: Store, source: string, record: SourceRecord): Promise<void> {
  const all = await readRecord(store, sourceRecords)
  await writeRecord(store, sourceRecords, { ...all, [source]: record })
}
