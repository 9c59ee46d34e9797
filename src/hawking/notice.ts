import { join } from 'node:path'
import { type RecordFile, readRecord, writeRecord } from './json-record.ts'
import { nullable, object, text } from './shape.ts'
import type { Store } from './store.ts'

/** What people were told last about something that lasts, so that they are not told at every run. */
export interface Notice {
  /** What it was about: a set, a state. */
  readonly about: string
  /** When it began and when it was told last; RFC 3339, UTC. */
  readonly since: string
  readonly at: string
}

function noticeRecord(name: string): RecordFile<Notice | null> {
  return {
    path: (store) => join(store.state, `${name}.json`),
    shape: nullable(object<Notice>({ about: text, since: text, at: text })),
    empty: null,
  }
}

/** Every sort of notice. */
export const noticeRecords = {
  freshness: noticeRecord('freshness'),
  licence: noticeRecord('licence'),
  'no-definitions': noticeRecord('no-definitions'),
  'scanner-failed': noticeRecord('scanner-failed'),
  'scanner-absent': noticeRecord('scanner-absent'),
  hold: noticeRecord('hold'),
} as const

/** What was told last; null when all was well. */
export function readNotice(store: Store, topic: keyof typeof noticeRecords): Promise<Notice | null> {
  return readRecord(store, noticeRecords[topic])
}

/** Keeps what was told; null when all is well again. Call it under the lock. @throws STORE_* */
export function writeNotice(
  store: Store,
  topic: keyof typeof noticeRecords,
  notice: Notice | null,
): Promise<void> {
  return writeRecord(store, noticeRecords[topic], notice)
}
