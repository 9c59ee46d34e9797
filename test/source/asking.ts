import { createHash } from 'node:crypto'
import type { Context } from '../../src/context.ts'
import type { FileDigests } from '../../src/digest.ts'
import { DefsError, type ErrorCode } from '../../src/error.ts'
import type { SignedArchive } from '../../src/source/signed-archive.ts'
import type { Connect, NothingOffered, Offer, SourceQuery } from '../../src/source/source.ts'
import { openTransport } from '../../src/transport/open-transport.ts'
import type { ConnectionOptions, Remote } from '../../src/transport/transport.ts'

/** Midday of the day that most sets of these tests are dated with. */
export const today = new Date('2026-11-21T12:00:00Z')

const reach: ConnectionOptions = {
  username: null,
  password: null,
  tls: null,
  authorities: null,
  proxy: null,
  noProxy: [],
  connectTimeout: 5000,
  stallTimeout: 5000,
  userAgent: 'defs-test',
}

/** The real transports. */
export const connect: Connect = (base) => openTransport(base, reach)

export interface Asking extends SourceQuery {
  /** The notes that were emitted. */
  readonly notes: string[]
}

export function asking(
  options: Partial<Pick<SourceQuery, 'coolDowns' | 'deadline' | 'signal' | 'openSigned'>> = {},
): Asking {
  const notes: string[] = []
  const signal = options.signal ?? new AbortController().signal
  const context: Context = {
    now: () => today,
    sleep: async () => {},
    random: () => 0.5,
    signal,
    emit: (report) => {
      if (report.type === 'note') notes.push(report.text)
    },
  }
  return { context, signal, coolDowns: new Map(), openSigned, notes, ...options }
}

/** A stand-in for a signed index archive: JSON that {@link openSigned} reads. */
export function signedIndex(
  tri: string | null,
  guard: Readonly<Record<string, Partial<FileDigests>>> = {},
): Buffer {
  return Buffer.from(JSON.stringify({ signed: true, tri, guard }))
}

/** Reads what {@link signedIndex} made and refuses everything else, as trust/ would. */
export async function openSigned(archive: Uint8Array): Promise<SignedArchive> {
  let read: { signed?: boolean; tri?: string | null; guard?: Record<string, Partial<FileDigests>> }
  try {
    read = JSON.parse(Buffer.from(archive).toString())
  } catch (cause) {
    throw new DefsError('ARCHIVE_UNKNOWN', 'no archive', { cause })
  }
  if (!read.signed) throw new DefsError('TRUST_SIGNATURE', 'not signed')
  const files = new Map<string, Uint8Array>()
  if (read.tri !== null && read.tri !== undefined) files.set('liveupdt.tri', Buffer.from(read.tri))
  return { files, guarded: new Map(Object.entries(read.guard ?? {})), signedBy: 'Test Signer' }
}

export const sha256 = (bytes: Uint8Array | string) => createHash('sha256').update(bytes).digest('hex')
export const md5 = (bytes: Uint8Array | string) => createHash('md5').update(bytes).digest('hex')

/** One item of an index; a key set to undefined is left out. */
export function triItem(
  section: string,
  keys: Readonly<Record<string, string | number | undefined>>,
): string {
  const all = {
    ItemSeqName: 'CurDefs',
    ItemSeqData: '261121003',
    FileName: 'a.zip',
    Size: 7,
    FullSize: 20,
    ...keys,
  }
  const lines = Object.entries(all).flatMap(([key, value]) =>
    value === undefined ? [] : [`${key}=${value}`],
  )
  return `[${section}]\r\n${lines.join('\r\n')}\r\n`
}

/** An index text. */
export function triText(...items: readonly string[]): string {
  return `[LiveUpdate]\r\nLastModified=20261121 01:04AM GMT\r\n${items.join('')}`
}

/** The offer, or a failure of the test. */
export function offered(answer: Offer | NothingOffered): Offer {
  if ('nothing' in answer) throw new Error(`nothing offered: ${answer.reason}`)
  return answer
}

/** The error of a promise that must fail with one of our errors. */
export async function failure(promise: Promise<unknown>): Promise<DefsError> {
  const outcome = await promise.then(
    () => 'nothing was thrown',
    (error: unknown) => error,
  )
  if (outcome instanceof DefsError) return outcome
  throw new Error('expected a DefsError', { cause: outcome })
}

/** The code with which a promise fails. */
export async function codeOf(promise: Promise<unknown>): Promise<ErrorCode> {
  return (await failure(promise)).code
}

/** Every byte of a remote. */
export async function download(remote: Remote | undefined): Promise<string> {
  const opening = await remote?.open(null, new AbortController().signal)
  const parts: Uint8Array[] = []
  for await (const part of opening?.body ?? []) parts.push(part)
  return Buffer.concat(parts).toString()
}
