import { join, sep } from 'node:path'
import {
  count,
  listOf,
  nullable,
  object,
  oneOf,
  type Shape,
  tableOf,
  text,
  truth,
} from '../disk/json-shape.ts'
import { type ErrorCode, errorCodes } from '../error.ts'
import type { CheckName, Finding } from '../gate/finding.ts'
import type { Grade, Sequence, SetName } from '../set-name.ts'
import type { Signer } from '../trust/authentic.ts'
import {
  type BarOrigin,
  type JudgedRecord,
  judgedShape,
  originShape,
  type RingRecord,
  ringShape,
  type StatementRecord,
  sequenceShape,
  setShape,
  statementShape,
} from './channel-records.ts'
import { type AppliedException, appliedShape } from './line/exceptions.ts'
import { type PartRecord, partShape } from './line/parts.ts'
import type { RecordFile } from './record-file.ts'

const set = setShape
const sequence = sequenceShape
const failure = object<{ code: (typeof errorCodes)[number]; message: string }>({
  code: oneOf(errorCodes),
  message: text,
})

const check: Shape<CheckName> = oneOf(['size', 'allowed', 'engine', 'detect', 'clean', 'command'])
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
  failingSince: nullable(text),
  asked: nullable(
    tableOf(object<AskedRecord>({ at: text, validator: nullable(text), sha256: nullable(text) })),
  ),
  statement: nullable(statementShape),
  ring: nullable(ringShape),
  judged: nullable(judgedShape),
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
    object<Bar>({
      set,
      at: text,
      reason: nullable(text),
      user: text,
      contents: nullable(text),
      checks: nullable(listOf(check)),
      origin: nullable(originShape),
    }),
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

const provenance = object<Provenance>({
  set,
  grade: oneOf(['certified', 'rapid']),
  sequence: nullable(sequence),
  source: text,
  url: text,
  packageSha256: nullable(text),
  signer,
  databases: nullable(listOf(database)),
  parts: nullable(listOf(partShape)),
  exceptions: nullable(listOf(appliedShape)),
  of: nullable(set),
  contents: nullable(text),
  verifiedAt: text,
  stagedAt: text,
  bytes: count,
  files: count,
  gate: nullable(listOf(finding)),
})

/** Where one set came from; null when nobody wrote it down. */
export function provenanceRecord(of: SetName): RecordFile<Provenance | null> {
  // Not by join, as in setDirectory: there is one for each set.
  return { path: (store) => `${store.provenance}${sep}${of}.json`, shape: provenance, empty: null }
}

/** The set that a scanner without a memory of its own was handed last. */
export const inUseRecord: RecordFile<{ readonly set: SetName } | null> = {
  path: (store) => join(store.state, 'in-use.json'),
  shape: nullable(object<{ set: SetName }>({ set })),
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

/** One ClamAV database of a set that we put together and sealed, and how far it was proved when it came. */
export interface ProvedDatabase {
  readonly name: string
  readonly version: number
  /** `pkcs7`: by `.sign` files up to a pinned root; `legacy`: by ClamAV's built-in keys only. */
  readonly method: 'pkcs7' | 'legacy'
  /** Null for `legacy`. */
  readonly signer: Signer | null
  /** How many patches led to it from the last whole database. */
  readonly patches: number
}

/** Where a set came from and how it was proved; one JSON file a set below `state/provenance/`. */
export interface Provenance {
  readonly set: SetName
  readonly grade: Grade
  readonly sequence: Sequence | null
  /** Configured name of the source, and the place that delivered the package. */
  readonly source: string
  readonly url: string
  /** SHA-256 of the package as it came; null for a folder. */
  readonly packageSha256: string | null
  /** Who vouches for it: for a set that we sealed ourselves, whoever signed what it was made of. */
  readonly signer: Signer
  /** Null for sets that are no ClamAV databases. */
  readonly databases?: readonly ProvedDatabase[] | null
  /** The parts that were wanted, where a set is put together of such. */
  readonly parts?: readonly PartRecord[] | null
  /** What it does not detect although its publishers do. */
  readonly exceptions?: readonly AppliedException[] | null
  /**
   * The set it was made of with other exceptions, as that was named by whoever brought it; null or missing for one that
   * is as it came.
   */
  readonly of?: SetName | null
  /** What stands in it, as update/contents.ts sums it up; missing in records of older versions. */
  readonly contents?: string | null
  /** RFC 3339, UTC. */
  readonly verifiedAt: string
  readonly stagedAt: string
  readonly bytes: number
  readonly files: number
  /** What the gate found when the set was to become current; missing in records of older versions. */
  readonly gate?: readonly Finding[] | null
}

/** When something was asked about (RFC 3339), what its state was known by, and the SHA-256 of what that brought, if any. */
interface AskedRecord extends Pick<PartRecord, 'sha256'> {
  readonly at: string
  readonly validator: string | null
}

/** The outcome of asking one source, kept in `state/sources.json` by its configured name. */
export interface SourceRecord {
  /** RFC 3339, UTC. */
  readonly lastAttempt: string | null
  readonly lastSuccess: string | null
  readonly outcome: 'succeeded' | 'failed' | 'cooling-down' | null
  readonly error: { readonly code: ErrorCode; readonly message: string } | null
  /** Hosts that asked to be left alone: address to RFC 3339. */
  readonly coolingUntil: Readonly<Record<string, string>>
  /** What was offered last, and since when (a source that never moves is frozen). */
  readonly offered: SetName | null
  readonly offeredSince: string | null
  /** Since when it has failed at every try; null or missing when it does not. */
  readonly failingSince?: string | null
  /** When each unsigned database was asked about last, by its file, and what its state was known by. */
  readonly asked?: Readonly<Record<string, AskedRecord>> | null
  /** The last statement of an internal server that was obeyed: older ones are replays. */
  readonly statement?: StatementRecord | null
  /** The ring whose channel was asked, by the card of a fleet. */
  readonly ring?: RingRecord | null
  /** The last package that was judged; null before the first. */
  readonly judged: JudgedRecord | null
  /**
   * The last authenticated index that can be asked for again on a condition, with what it offered. It decides
   * only that nothing has changed; nothing is ever fetched on its word.
   */
  readonly index: {
    readonly url: string
    readonly validator: string
    readonly set: SetName
    readonly sequence: Sequence | null
    readonly grade: Grade
    /** Of the package. */
    readonly bytes: number | null
  } | null
}

/** The last run of `update`, kept in `state/attempt.json`. */
export interface AttemptRecord {
  readonly at: string
  readonly source: string | null
  readonly outcome: 'succeeded' | 'failed'
  readonly error: { readonly code: ErrorCode; readonly message: string } | null
}

/** A protected set, kept in `state/holds.json`. */
export interface Hold {
  readonly set: SetName
  readonly at: string
  readonly until: string | null
  readonly reason: string | null
  readonly user: string
}

/** A set that updates do not take again, kept in `state/bars.json`. */
export interface Bar {
  readonly set: SetName
  readonly at: string
  readonly reason: string | null
  readonly user: string
  /** What stood in it: the bar holds for that, whatever it is called. Null or missing: it holds for the name. */
  readonly contents?: string | null
  /** The checks of the gate that the set failed; null or missing when somebody barred it. */
  readonly checks?: readonly CheckName[] | null
  /** The statement that withdrew it; null or missing for any other bar. A later one lifts it by not naming the set. */
  readonly origin?: BarOrigin | null
}
