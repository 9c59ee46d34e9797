import { join } from 'node:path'
import { errorCodes } from '../error.ts'
import type { CheckName, Finding } from '../gate/finding.ts'
import type { Sequence, SetName } from '../set-id.ts'
import type { Signer } from '../trust/authentic.ts'
import type { RecordFile } from './json-record.ts'
import type {
  AttemptRecord,
  Bar,
  DaemonRecord,
  Hold,
  ProvedDatabase,
  Provenance,
  SourceRecord,
} from './record.ts'
import { setOfFolder } from './sets.ts'
import { count, listOf, nullable, object, oneOf, type Shape, tableOf, text, truth } from './shape.ts'

const set: Shape<SetName> = (value) => (typeof value === 'string' ? setOfFolder(value) : undefined)
const sequence = object<Sequence>({ number: count, signed: truth })
const failure = object<{ code: (typeof errorCodes)[number]; message: string }>({
  code: oneOf(errorCodes),
  message: text,
})

const check: Shape<CheckName> = oneOf(['size', 'engine', 'detect', 'clean', 'command'])
const finding = object<Finding>({
  check,
  outcome: oneOf(['passed', 'failed', 'undecided', 'off']),
  text,
  overruled: truth,
})

const source = object<SourceRecord>({
  lastAttempt: nullable(text),
  lastSuccess: nullable(text),
  outcome: nullable(oneOf(['succeeded', 'failed', 'cooling-down'])),
  error: nullable(failure),
  coolingUntil: tableOf(text),
  offered: nullable(set),
  offeredSince: nullable(text),
  statement: nullable(object({ channel: text, number: count })),
  judged: nullable(object({ fingerprint: text, set, sequence: nullable(sequence) })),
  index: nullable(
    object({
      url: text,
      validator: text,
      set,
      sequence: nullable(sequence),
      grade: oneOf(['certified', 'rapid']),
      bytes: nullable(count),
    }),
  ),
})

/** What every source was last like, by its configured name. */
export const sourceRecords: RecordFile<Readonly<Record<string, SourceRecord>>> = {
  path: (store) => join(store.state, 'sources.json'),
  shape: tableOf(source),
  empty: {},
}

/** The last run of `update`; null before the first. */
export const attemptRecord: RecordFile<AttemptRecord | null> = {
  path: (store) => join(store.state, 'attempt.json'),
  shape: object<AttemptRecord>({
    at: text,
    source: nullable(text),
    outcome: oneOf(['succeeded', 'failed']),
    error: nullable(failure),
  }),
  empty: null,
}

/** The daemon; null when none runs or it ended badly, see daemon-record.ts. */
export const daemonRecord: RecordFile<DaemonRecord | null> = {
  path: (store) => join(store.state, 'daemon.json'),
  shape: object<DaemonRecord>({
    pid: count,
    startedAt: text,
    started: nullable(text),
    boot: nullable(text),
    host: text,
  }),
  empty: null,
}

/** Protected sets. */
export const holdRecords: RecordFile<readonly Hold[]> = {
  path: (store) => join(store.state, 'holds.json'),
  shape: listOf(object<Hold>({ set, at: text, until: nullable(text), reason: nullable(text), user: text })),
  empty: [],
}

/** Sets that updates do not take again. */
export const barRecords: RecordFile<readonly Bar[]> = {
  path: (store) => join(store.state, 'bars.json'),
  shape: listOf(
    object<Bar>({ set, at: text, reason: nullable(text), user: text, checks: nullable(listOf(check)) }),
  ),
  empty: [],
}

const signer = object<Signer>({
  name: text,
  fingerprint: text,
  anchor: text,
  anchorFingerprint: text,
  method: text,
  expired: truth,
})

const database = object<ProvedDatabase>({
  name: text,
  version: count,
  method: oneOf(['pkcs7', 'legacy']),
  signer: nullable(signer),
  patches: count,
})

/** Where one set came from; null when nobody wrote it down. */
export function provenanceRecord(of: SetName): RecordFile<Provenance | null> {
  return {
    path: (store) => join(store.provenance, `${of}.json`),
    shape: object<Provenance>({
      set,
      grade: oneOf(['certified', 'rapid']),
      sequence: nullable(sequence),
      source: text,
      url: text,
      packageSha256: nullable(text),
      signer,
      databases: nullable(listOf(database)),
      verifiedAt: text,
      stagedAt: text,
      bytes: count,
      files: count,
      gate: nullable(listOf(finding)),
    }),
    empty: null,
  }
}

/** The set that a scanner without a memory of its own was handed last. */
export const inUseRecord: RecordFile<{ readonly set: SetName } | null> = {
  path: (store) => join(store.state, 'in-use.json'),
  shape: object<{ set: SetName }>({ set }),
  empty: null,
}

/** Whether the file system of the store knows links; FAT and some network shares do not. */
export const linkRecord: RecordFile<{ readonly possible: boolean }> = {
  path: (store) => join(store.state, 'link.json'),
  shape: object<{ possible: boolean }>({ possible: truth }),
  empty: { possible: true },
}

/** Whether a hold still protects its set: it has no end, or the end is ahead. */
export function isHeld(hold: Hold, now: Date): boolean {
  // An end that cannot be read protects: pruning a set by a typing error cannot be taken back.
  return hold.until === null || !(Date.parse(hold.until) <= now.getTime())
}
