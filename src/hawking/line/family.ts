import { join } from 'node:path'
import type { Lineage } from '../../config/config.ts'
import { nullable, object, oneOf, text } from '../../disk/json-shape.ts'
import { type RecordFile, readRecord, writeRecord } from '../record-file.ts'
import type { Store } from '../store.ts'

/** What the sets of a store are for, kept in `state/family.json` from its first set on. */
export interface FamilyRecord {
  /** Its name in the configuration at that time. */
  readonly family: string
  readonly lineage: Lineage
  /** The product of the vendor, where its source names one. */
  readonly product: string | null
  /** What brought the first set. */
  readonly source: string
  readonly since: string
}

const familyRecord: RecordFile<FamilyRecord | null> = {
  path: (store) => join(store.state, 'family.json'),
  shape: object<FamilyRecord>({
    family: text,
    lineage: oneOf(['antivirus', 'clamav', 'suricata', 'yara', 'lists']),
    product: nullable(text),
    source: text,
    since: text,
  }),
  empty: null,
}

/** What the sets of a store are for; null before the first one. */
export function readFamily(store: Store): Promise<FamilyRecord | null> {
  return readRecord(store, familyRecord)
}

/** Remembers what the sets of a store are for. @throws STORE_* */
export function writeFamily(store: Store, family: FamilyRecord): Promise<void> {
  return writeRecord(store, familyRecord, family)
}
