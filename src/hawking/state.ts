import { readdir, rm } from 'node:fs/promises'
import { storeError } from '../error.ts'
import { limits } from '../limits.ts'
import type { SetName } from '../set-name.ts'
import { peekRecord, readRecord, writeRecord } from './record-file.ts'
import {
  type AttemptRecord,
  attemptRecord,
  type Bar,
  barRecords,
  type Hold,
  holdRecords,
  type Provenance,
  provenanceRecord,
  type SourceRecord,
  sourceRecords,
} from './records.ts'
import type { Store } from './store.ts'

/** Keeps how a run of `update` ended. @throws STORE_* */
export function writeAttempt(store: Store, attempt: AttemptRecord): Promise<void> {
  return writeRecord(store, attemptRecord, attempt)
}

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

/**
 * The wishes to be left alone that count at a moment, by host. What is over does not, nor what is longer than any wish
 * that is believed: it was written down before the clock was set back, and would last until the clock is there again.
 */
export function coolDownsAt(
  { coolingUntil }: Pick<SourceRecord, 'coolingUntil'>,
  now: Date,
): [string, string][] {
  const most = now.getTime() + limits.coolDownMost + limits.clockSkew
  return Object.entries(coolingUntil).filter(([, text]) => {
    const until = Date.parse(text)
    return until > now.getTime() && until <= most
  })
}

/** What every source was last like, by its configured name. Changes nothing, never throws. */
export function peekSourceRecords(store: Store): Promise<Readonly<Record<string, SourceRecord>>> {
  return peekRecord(store, sourceRecords)
}

/**
 * How old the current set may be: what the obeyed statement of the default source says of its channel, else what is
 * configured. Changes nothing. Milliseconds.
 */
export async function allowedAge(
  config: { readonly default: string | null; readonly maxAge: number },
  store: Store,
): Promise<number> {
  if (config.default === null) return config.maxAge
  const records = await peekSourceRecords(store)
  const record = Object.hasOwn(records, config.default) ? records[config.default] : undefined
  return record?.statement?.maxAge ?? config.maxAge
}

/** Keeps what one source was like; call it under the lock, since all sources share a file. @throws STORE_* */
export async function writeSourceRecord(store: Store, source: string, record: SourceRecord): Promise<void> {
  const all = await readRecord(store, sourceRecords)
  await writeRecord(store, sourceRecords, { ...all, [source]: record })
}

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
