import { readRecord, writeRecord } from './json-record.ts'
import type { Bar, Hold } from './record.ts'
import { barRecords, holdRecords } from './records.ts'
import type { Store } from './store.ts'

/** The protected sets, ended holds included. */
export function readHolds(store: Store): Promise<readonly Hold[]> {
  return readRecord(store, holdRecords)
}

/** Replaces all holds. @throws STORE_* */
export function writeHolds(store: Store, holds: readonly Hold[]): Promise<void> {
  return writeRecord(store, holdRecords, holds)
}

/** The sets that updates do not take again. */
export function readBars(store: Store): Promise<readonly Bar[]> {
  return readRecord(store, barRecords)
}

/** Replaces all bars. @throws STORE_* */
export function writeBars(store: Store, bars: readonly Bar[]): Promise<void> {
  return writeRecord(store, barRecords, bars)
}
