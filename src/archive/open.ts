import { mkdir, readdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Context } from '../context.ts'
import { type DigestAlgorithm, Hashing } from '../digest.ts'
import { flushAhead } from '../disk/flush-ahead.ts'
import { assertSpace } from '../disk/free-space.ts'
import { DefsError, storeError } from '../error.ts'
import { limits as bounds } from '../limits.ts'
import { detect } from './detect.ts'
import { type HashThread, startHashThread } from './file-task.ts'
import { readers } from './formats.ts'
import { writeMember } from './member-file.ts'
import { memberPath, Register } from './member-name.ts'
import { type Captures, captureFor, type OpenedFile, type Unpacked } from './opened.ts'
import type { ArchiveLimits, Visit } from './reader.ts'

/** What opening a package needs beside the package. */
export interface OpenOptions {
  readonly limits: ArchiveLimits
  /** Digests wanted beside SHA-256, which is always taken. */
  readonly algorithms: readonly DigestAlgorithm[]
  readonly context: Context
  /** Ends the work between any two pieces of data. */
  readonly signal: AbortSignal
  /** Space that stays free on the disk of the folder (`store.reserve`). Bytes; 0 when not given. */
  readonly reserve?: number
  /** Begins to flush what is unpacked, for whoever stages it then; not when it is not given. */
  readonly flush?: boolean
  /** What people call the package; the name of its file when not given. */
  readonly subject?: string
}

/** Progress is told each time so many bytes more are done: some ten times a second on a quick machine. */
const progressStep = 16 * 1024 * 1024

/**
 * Unpacks a package of any kind into `directory`, which must be there, private and empty. Nothing of it is
 * proved yet, and it is staging that has all of it flushed. After an error the folder holds rubbish.
 *
 * @throws ARCHIVE_*, FETCH_HTML when the file is no package or breaks a rule
 * @throws STORE_* when reading or writing fails; INTERRUPTED
 */
export async function openPackage(file: string, directory: string, options: OpenOptions): Promise<Unpacked> {
  const { limits, signal } = options
  await assertEmpty(directory)
  const kind = await detect(file)
  const register = new Register()
  const captures: Captures = { guard: null, signature: null }
  const files: OpenedFile[] = []
  let newest: Date | null = null
  const meter = progressOf(options.subject ?? basename(file), directory, options)
  const made = new Set<string>()
  let thread: HashThread | null = null
  const flushes = flushAhead()
  const keep = (file: OpenedFile, path: string) => {
    files.push(file)
    if (options.flush && file.bytes > bounds.smallFile) flushes.add(path)
  }
  const visit: Visit = async (member, body, stop, lane) => {
    const name = memberPath(member.name, member.type)
    if (name !== '') register.add(name, member.type)
    if (member.type === 'folder') {
      await makeFolder(join(directory, name), made)
      await drain(body)
      return
    }
    if (member.modified && (newest === null || member.modified > newest)) newest = member.modified
    const path = join(directory, name)
    await makeFolder(dirname(path), made)
    // What lies in an archive is inflated by other threads as it is; a folder would leave all hashing to this one.
    if (lane === 1 && member.path !== undefined && !captureFor(name, captures)) {
      thread ??= startHashThread()
      const task = { do: 'copy', from: member.path, to: path } as const
      const digested = await thread.carryOut(task, options.algorithms, stop)
      meter.count(digested.bytes)
      keep({ name, ...digested }, path)
    } else keep(await unpack(name, path, body, { options, captures, count: meter.count }), path)
  }

  try {
    await readers[kind].read(file, { limits, signal, announce: meter.announce, visit })
    await flushes.done()
  } finally {
    await endThread(thread)
    await flushes.done().catch(() => undefined)
  }
  meter.finish()
  return { directory, files: files.sort(byName), ...captures, newest }
}

// By the type, nothing was assigned to it yet where it is read.
async function endThread(thread: HashThread | null): Promise<void> {
  await thread?.close()
}

interface Unpacking {
  readonly options: OpenOptions
  readonly captures: Captures
  readonly count: (bytes: number) => void
}

async function unpack(
  name: string,
  path: string,
  body: AsyncIterable<Uint8Array>,
  { options, captures, count }: Unpacking,
): Promise<OpenedFile> {
  const hashing = new Hashing(['sha256', ...options.algorithms])
  const capture = captureFor(name, captures)
  let bytes = 0
  const look = (piece: Uint8Array) => {
    count(piece.length)
    bytes += piece.length
    hashing.update(piece)
    capture?.add(piece)
  }
  await writeMember(path, body, look, options.reserve)
  capture?.done()
  return { name, bytes, sha256: hashing.finish('sha256') ?? '', sha1: hashing.finish('sha1') }
}

/** Counts what is unpacked: for people, and against the one bound that no announcement can talk away. */
function progressOf(subject: string, directory: string, { limits, context, reserve = 0 }: OpenOptions) {
  let total: number | null = null
  let done = 0
  let told = 0
  const tell = () => {
    told = done
    context.emit({ type: 'progress', step: 'open', subject, done, total })
  }
  const assertRoom = (bytes: number) => {
    if (bytes <= limits.unpacked) return
    throw new DefsError(
      'ARCHIVE_BOMB_TOTAL',
      `the package unpacks to more than ${limits.unpacked} bytes: it is refused; limits.unpacked can be raised`,
    )
  }
  return {
    announce: (bytes: number) => {
      assertRoom(bytes)
      if (reserve > 0) assertSpace(directory, bytes, reserve)
      total = bytes
    },
    count: (bytes: number) => {
      done += bytes
      assertRoom(done)
      if (done - told >= progressStep) tell()
    },
    finish: () => {
      total = done
      tell()
    },
  }
}

async function assertEmpty(directory: string): Promise<void> {
  const there = await readdir(directory).catch((error: unknown) => {
    throw storeError(error, `opening a package into ${directory}`)
  })
  if (there.length === 0) return
  throw new DefsError('STORE_IO', `${directory} is not empty: a package is opened into a new folder`)
}

async function makeFolder(path: string, made: Set<string>): Promise<void> {
  if (made.has(path)) return
  try {
    await mkdir(path, { recursive: true, mode: 0o700 })
    made.add(path)
  } catch (error) {
    throw storeError(error, `making ${path}`)
  }
}

async function drain(body: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const piece of body) {
    if (piece.length > 0)
      throw new DefsError('ARCHIVE_HIDDEN', 'a folder with content: the package is refused')
  }
}

function byName(a: OpenedFile, b: OpenedFile): number {
  return a.name < b.name ? -1 : 1
}
