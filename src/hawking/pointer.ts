import { join } from 'node:path'
import { readFileOrNull, writeFileAtomic } from '../disk/atomic-file.ts'
import { nullable, object, type Shape } from '../disk/json-shape.ts'
import type { SetName } from '../set-name.ts'
import { readIni, writeIni } from '../text/ini.ts'
import { type RecordFile, readRecord, writeRecord } from './record-file.ts'
import { setOfFolder } from './sets.ts'
import type { Store } from './store.ts'

/** What the truth of the store says, and whether it could be told. */
export interface Pointer extends Definfo {
  /** `damaged`: `definfo.dat` is there but cannot be read or names no current set. */
  readonly state: 'ok' | 'absent' | 'damaged'
}

/** Reads `definfo.dat`. Never throws: whatever cannot be read is damaged. */
export async function readPointer(store: Pick<Store, 'definfo'>): Promise<Pointer> {
  const text = await readFileOrNull(store.definfo).catch(() => '')
  if (text === null) return { state: 'absent', current: null, previous: null }
  const definfo = readDefinfo(text.toString('latin1'))
  return { state: definfo.current === null ? 'damaged' : 'ok', ...definfo }
}

/** Replaces `definfo.dat`; everybody may read it, as monitors do. @throws STORE_* */
export async function writePointer(
  store: Pick<Store, 'definfo'>,
  current: SetName,
  previous: SetName | null,
): Promise<void> {
  await writeFileAtomic(store.definfo, writeDefinfo(current, previous), 0o644)
}

/** What `definfo.dat` says. */
export interface Definfo {
  readonly current: SetName | null
  readonly previous: SetName | null
}

/**
 * Reads the text of a `definfo.dat`, our own or another product's: CRLF or LF, keys in any case, a suffix
 * `_text` behind a set's name is passed over (docs/domain.md section 1.2). What makes no sense is null.
 */
export function readDefinfo(text: string): Definfo {
  const dates = readIni(text).sections.find(({ name }) => name.toLowerCase() === 'defdates')
  const values = new Map([...(dates?.entries ?? [])].map(([key, value]) => [key.toLowerCase(), value]))
  const set = (key: string) => setOfFolder((values.get(key) ?? '').replace(/_.*$/, '')) ?? null
  return { current: set('curdefs'), previous: set('lastdefs') }
}

/**
 * The text of a `definfo.dat`, with CRLF; `LastDefs` is absent until there is a previous set (docs/contract.md
 * section 7).
 */
export function writeDefinfo(current: SetName, previous: SetName | null): string {
  const entries: [string, string][] = [['CurDefs', current]]
  if (previous !== null) entries.push(['LastDefs', previous])
  return writeIni([['DefDates', entries]])
}

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
