import { writeFileAtomic } from '../disk/atomic-file.ts'
import type { Shape } from '../disk/json-shape.ts'
import { readRecordFile } from '../disk/record.ts'
import { moveToQuarantine } from './quarantine.ts'
import type { Store } from './store.ts'

/** One JSON file of `state/`. */
export interface RecordFile<T> {
  readonly path: (store: Store) => string
  readonly shape: Shape<T>
  /** What an absent or damaged file reads as. */
  readonly empty: T
}

/** Reads a record and changes nothing: absent and damaged both read as empty. */
export async function peekRecord<T>(store: Store, file: RecordFile<T>): Promise<T> {
  return (await readRecordFile(file.path(store), file.shape)) ?? file.empty
}

/** Whether a record is there but makes no sense. Changes nothing. */
export async function isDamaged<T>(store: Store, file: RecordFile<T>): Promise<boolean> {
  return (await readRecordFile(file.path(store), file.shape)) === undefined
}

/**
 * Reads a record. A damaged one is moved into quarantine as evidence and reads as empty: state is what a tool
 * remembers, and having forgotten must not keep it from updating.
 */
export async function readRecord<T>(store: Store, file: RecordFile<T>): Promise<T> {
  const path = file.path(store)
  const value = await readRecordFile(path, file.shape)
  if (value === undefined) {
    const evidence = { set: null, code: 'STORE_IO', problems: [`${path} is no valid record`] } as const
    // Should even that fail, the next write replaces the file.
    await moveToQuarantine(store, path, evidence).catch(() => undefined)
  }
  return value ?? file.empty
}

/** Replaces a record. Only the owner of the store may read it. @throws STORE_* */
export async function writeRecord<T>(store: Store, file: RecordFile<T>, value: T): Promise<void> {
  await writeFileAtomic(file.path(store), `${JSON.stringify(value, null, 2)}\n`, 0o600)
}
