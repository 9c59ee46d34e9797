import { join } from 'node:path'
import type { SetName } from '../set-id.ts'
import { peekRecord, type RecordFile, readRecord, writeRecord } from './json-record.ts'
import { setOfFolder } from './sets.ts'
import { count, nullable, object, type Shape, text } from './shape.ts'
import type { Store } from './store.ts'

/** A set that the scanner uses and that is not confirmed yet, kept in `state/confirming.json`. */
export interface Confirming {
  readonly set: SetName
  /** RFC 3339, UTC. */
  readonly since: string
  readonly until: string
  /** Where the log of the scanner ended when it took the set; null when there was none. */
  readonly log: { readonly file: string; readonly offset: number } | null
}

const set: Shape<SetName> = (value) => (typeof value === 'string' ? setOfFolder(value) : undefined)

/** The set that is being confirmed. */
export const confirmingRecord: RecordFile<Confirming | null> = {
  path: (store) => join(store.state, 'confirming.json'),
  shape: nullable(
    object<Confirming>({
      set,
      since: text,
      until: text,
      log: nullable(object<{ file: string; offset: number }>({ file: text, offset: count })),
    }),
  ),
  empty: null,
}

/** The set that is being confirmed; null when none is. */
export function readConfirming(store: Store): Promise<Confirming | null> {
  return readRecord(store, confirmingRecord)
}

/** The same with nothing changed. */
export function peekConfirming(store: Store): Promise<Confirming | null> {
  return peekRecord(store, confirmingRecord)
}

/** Keeps which set is being confirmed; null when it is, or is no longer current. @throws STORE_* */
export function writeConfirming(store: Store, confirming: Confirming | null): Promise<void> {
  return writeRecord(store, confirmingRecord, confirming)
}
