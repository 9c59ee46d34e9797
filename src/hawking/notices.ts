import { createPrivateKey, X509Certificate } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { readFileOrNull, writeFileAtomic } from '../disk/atomic-file.ts'
import { count, nullable, object, type Shape, text } from '../disk/json-shape.ts'
import { isAlive, ownIdentity } from '../disk/process-identity.ts'
import { DefsError } from '../error.ts'
import type { SetName } from '../set-name.ts'
import { peekRecord, type RecordFile, readRecord, writeRecord } from './record-file.ts'
import { setOfFolder } from './sets.ts'
import type { Store } from './store.ts'

/** The daemon that looks after a store, kept in `state/daemon.json` while it runs. */
interface DaemonRecord {
  readonly pid: number
  /** RFC 3339, UTC. */
  readonly startedAt: string
  /** What tells the process from a later one with its number; null where the system does not say. */
  readonly started: string | null
  readonly boot: string | null
  readonly host: string
}

/** The daemon; null when none runs or it ended badly, see {@link enterDaemon}. */
const daemonRecord: RecordFile<DaemonRecord | null> = {
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
  disk: noticeRecord('disk'),
  memory: noticeRecord('memory'),
  certificates: noticeRecord('certificates'),
  'doubled-rules': noticeRecord('doubled-rules'),
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

/** The daemon that looks after a store at this moment; null when none does. Reads only, never throws. */
export async function readDaemon(store: Store): Promise<DaemonRecord | null> {
  const record = await peekRecord(store, daemonRecord)
  // A daemon that was killed leaves its record behind; one of another machine cannot be seen.
  if (record === null || record.host !== hostname()) return record
  return (await isAlive(record)) ? record : null
}

/** Whether the daemon before left its record behind: it was killed, or the machine went down. Never throws. */
export async function daemonCrashed(store: Store): Promise<boolean> {
  const record = await peekRecord(store, daemonRecord)
  return record !== null && record.host === hostname() && !(await isAlive(record))
}

/**
 * Writes this process down as the daemon of a store.
 * @returns what takes it away again
 * @throws STORE_BUSY when another daemon of this machine runs; STORE_*
 */
export async function enterDaemon(store: Store, now: Date): Promise<() => Promise<void>> {
  const other = await readDaemon(store)
  const own = await ownIdentity()
  if (other && other.host === own.host && other.pid !== own.pid) {
    throw new DefsError('STORE_BUSY', `a daemon looks after ${store.root} already: process ${other.pid}`, {
      path: daemonRecord.path(store),
    })
  }
  await writeRecord(store, daemonRecord, { ...own, startedAt: now.toISOString() })
  return () => rm(daemonRecord.path(store), { force: true })
}

/** Where the store's own authority lies: its private key and its certificate in one file, its owner's alone. */
export function authorityFile({ state }: Store): string {
  return join(state, 'authority.pem')
}

/**
 * The PEM text of the store's own authority; null when it never sealed a set, and when the file is damaged (a power cut
 * leaves it empty or full of zeros): then a new one is made, and what the old one sealed is fetched anew.
 * @throws STORE_*
 */
export async function readAuthorityFile(store: Store): Promise<string | null> {
  const text = (await readFileOrNull(authorityFile(store)))?.toString('utf8') ?? null
  return text !== null && isAuthority(text) ? text : null
}

/** The certificate of the store's own authority as PEM, without the key; null as {@link readAuthorityFile}. @throws STORE_* */
export async function readAuthorityCertificate(store: Store): Promise<string | null> {
  const text = await readAuthorityFile(store)
  return text === null ? null : certificateIn(text)
}

/**
 * Keeps that certificate in a file of its own, for those who pin it elsewhere: what lies beside it holds the key.
 * @returns its path; null when there is no authority
 * @throws STORE_*
 */
export async function keepAuthorityCertificate(store: Store): Promise<string | null> {
  const text = await readAuthorityCertificate(store)
  if (text === null) return null
  const path = join(store.state, 'authority-certificate.pem')
  const there = (await readFileOrNull(path))?.toString('utf8') ?? null
  if (there !== text) await writeFileAtomic(path, text, 0o644)
  return path
}

function certificateIn(text: string): string {
  return text.slice(text.indexOf('-----BEGIN CERTIFICATE'))
}

/** Whether there is a file of the store's own authority that cannot be read as one. @throws STORE_* */
export async function isAuthorityDamaged(store: Store): Promise<boolean> {
  const text = (await readFileOrNull(authorityFile(store)))?.toString('utf8') ?? null
  return text !== null && !isAuthority(text)
}

function isAuthority(text: string): boolean {
  try {
    const key = createPrivateKey(text)
    return new X509Certificate(certificateIn(text)).checkPrivateKey(key)
  } catch {
    return false
  }
}

/** Keeps the store's own authority: its key and its certificate. @throws STORE_* */
export async function writeAuthorityFile(store: Store, pem: string): Promise<void> {
  await writeFileAtomic(authorityFile(store), pem, 0o600)
  await keepAuthorityCertificate(store)
}
