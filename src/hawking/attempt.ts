import { readRecord, writeRecord } from './json-record.ts'
import type { AttemptRecord } from './record.ts'
import { attemptRecord } from './records.ts'
import type { Store } from './store.ts'

/** The last run of `update`; null before the first. */
export function readAttempt(store: Store): Promise<AttemptRecord | null> {
  return readRecord(store, attemptRecord)
}

/** Keeps how a run of `update` ended. @throws STORE_* */
export function writeAttempt(store: Store, attempt: AttemptRecord): Promise<void> {
  return writeRecord(store, attemptRecord, attempt)
}
