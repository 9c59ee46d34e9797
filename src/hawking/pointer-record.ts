import { join } from 'node:path'
import type { SetName } from '../set-id.ts'
import { type RecordFile, readRecord, writeRecord } from './json-record.ts'
import { readPointer } from './pointer.ts'
import { setOfFolder } from './sets.ts'
import { nullable, object, type Shape } from './shape.ts'
import type { Store } from './store.ts'

/** What we wrote into `definfo.dat` last, kept in `state/pointer.json`: anything else there is somebody else's. */
interface PointerRecord {
  readonly current: SetName
  /** What stood there before, until the new text is in place: a crash in between leaves that. */
  readonly before: SetName | null
}

const set: Shape<SetName> = (value) => (typeof value === 'string' ? setOfFolder(value) : undefined)

const pointerRecord: RecordFile<PointerRecord | null> = {
  path: (store) => join(store.state, 'pointer.json'),
  shape: object<PointerRecord>({ current: set, before: nullable(set) }),
  empty: null,
}

/** Keeps what is about to be written into `definfo.dat`; with `before` null, what has been written. */
export async function recordPointer(store: Store, current: SetName, before: SetName | null): Promise<void> {
  // A store without its records works all the same; only the detection of other writers is lost.
  await writeRecord(store, pointerRecord, { current, before }).catch(() => undefined)
}

/**
 * The set that somebody else made current since our last activation; null when nobody did. It is taken as ours
 * afterwards, so that each change is told once.
 */
export async function foreignPointer(
  store: Store,
): Promise<{ readonly theirs: SetName; readonly ours: SetName } | null> {
  const { current: theirs } = await readPointer(store)
  const record = await readRecord(store, pointerRecord)
  if (!record || theirs === null || theirs === record.current || theirs === record.before) return null
  await recordPointer(store, theirs, null)
  return { theirs, ours: record.current }
}
