import { lstatSync } from 'node:fs'
import { join } from 'node:path'
import type { Context } from '../context.ts'
import type { DigestAlgorithm } from '../digest.ts'
import { type DefsError, isDefsError } from '../error.ts'
import { limits as bounds } from '../limits.ts'
import { inLanes } from '../thread/lanes.ts'
import { isWorthThread, leaveHashThread, startHashThread } from './file-task.ts'
import { type Digested, digestMember } from './member-file.ts'
import { memberPath, Register } from './member-name.ts'
import { type Captures, captureFor, isCaptured, type Opened, type OpenedFile } from './opened.ts'
import type { Reader } from './reader.ts'
import { contentOfFile, type FolderProblem, problemOf, type WalkedFile, walkFolder } from './walk.ts'

/** A plain folder given as a package: a set as it lies on some disk. */
export const folder: Reader = {
  read: async (directory, { limits, signal, announce, visit }) => {
    const { found, problems } = await walkFolder(directory, limits.entries)
    if (problems[0]) throw problems[0].error
    const sized = largestFirst(directory, found)
    announce(sized.reduce((sum, { type, bytes }) => sum + (type === 'file' ? bytes : 0), 0))
    const worthThread = isWorthThread(sized)
    await inLanes(sized, signal, async ({ name, type, bytes }, stop, lane) => {
      const path = join(directory, name)
      const content = type === 'file' ? contentOfFile(path, stop) : nothing()
      const elsewhere = worthThread && type === 'file' && bytes > bounds.smallFile ? { path } : {}
      await visit({ name, type, bytes: null, modified: null, ...elsewhere }, content, stop, lane)
    })
  },
}

async function* nothing(): AsyncGenerator<Buffer> {}

/** What reading a set on disk needs beside its folder. */
export interface FolderOptions {
  /** Digests wanted beside SHA-256, which is always taken. */
  readonly algorithms: readonly DigestAlgorithm[]
  readonly context: Context
  readonly signal: AbortSignal
  /** Told of guard and signature as soon as both are read, while another thread goes on hashing; not told of a small set. */
  readonly signed?: (guard: Uint8Array, signature: Uint8Array) => void
}

/** A folder read as it lies, with everything in it that could not be read or is no part of a set. */
export interface Survey {
  /** What could be read; files with a problem are left out. */
  readonly opened: Opened
  /** All problems, sorted by file. Each error's code says which: ARCHIVE_*, STORE_*. */
  readonly problems: readonly FolderProblem[]
}

/** Progress is told each time so many bytes more are done. */
const progressStep = 32 * 1024 * 1024

/**
 * Reads a folder as it lies: every regular file in it, two at a time, the largest first. Follows no link and
 * writes nothing. Problems are listed, all of them, and end the reading of their own file only; a folder that is
 * not there is one problem and no files.
 * @throws INTERRUPTED
 */
export async function readFolder(directory: string, options: FolderOptions): Promise<Survey> {
  const walked = await walkFolder(directory, bounds.entries)
  const problems = [...walked.problems]
  const register = new Register()
  const sound = walked.found.filter((found) => {
    const error = nameProblem(found, register)
    if (error) problems.push(problemOf(found.name, error))
    return !error && found.type === 'file'
  })
  const { opened, failed } = await digestAll(directory, largestFirst(directory, sound), options)
  problems.push(...failed)
  problems.sort((a, b) => ((a.file ?? '') < (b.file ?? '') ? -1 : 1))
  return { opened, problems }
}

function nameProblem({ name, type }: WalkedFile, register: Register): DefsError | undefined {
  try {
    register.add(memberPath(name, type), type)
    return undefined
  } catch (error) {
    if (isDefsError(error)) return error
    throw error
  }
}

interface Sized extends WalkedFile {
  readonly bytes: number
}

/**
 * Guard and signature, with which others can begin, and then the large files: the last one to be done is a small one, and
 * both cores are busy until the end.
 */
function largestFirst(directory: string, files: readonly WalkedFile[]): Sized[] {
  const sized = files.map(({ name, type }) => ({ name, type, bytes: sizeOf(join(directory, name)) }))
  const rank = ({ name, bytes }: Sized) => (isCaptured(name) ? Number.POSITIVE_INFINITY : bytes)
  return sized.sort((a, b) => (rank(a) === rank(b) ? 0 : rank(b) - rank(a)))
}

/** At once: there may be thousands. What cannot be looked at is read all the same, and fails there with its reason. */
function sizeOf(path: string): number {
  try {
    return lstatSync(path).size
  } catch {
    return 0
  }
}

async function digestAll(directory: string, sized: readonly Sized[], options: FolderOptions) {
  const captures: Captures = { guard: null, signature: null }
  const files: OpenedFile[] = []
  const failed: FolderProblem[] = []
  const count = progressOf(directory, options.context)
  const thread = isWorthThread(sized) ? startHashThread() : null
  let signing: NodeJS.Immediate | null = null

  async function digest({ name, bytes }: Sized, signal: AbortSignal, lane: number): Promise<Digested> {
    const path = join(directory, name)
    const capture = captureFor(name, captures)
    // Guard and signature are kept while they are read, so they are read here.
    if (thread && lane > 0 && bytes > bounds.smallFile && !capture) {
      const digested = await thread.carryOut({ do: 'digest', path }, options.algorithms, signal)
      count(digested.bytes)
      return digested
    }
    const digested = await digestMember(path, options.algorithms, signal, (piece) => {
      capture?.add(piece)
      count(piece.length)
    })
    capture?.done()
    if (capture && thread) signing ??= whenSigned(captures, options)
    return digested
  }

  try {
    // The thread has its next file when it is done with one, whatever this one is at.
    const lanes = thread ? 3 : 2
    const work = async (file: Sized, signal: AbortSignal, lane: number) => {
      try {
        files.push({ name: file.name, ...(await digest(file, signal, lane)) })
      } catch (error) {
        if (!isDefsError(error) || signal.aborted || error.code === 'BUG') throw error
        failed.push(problemOf(file.name, error))
      }
    }
    await inLanes(sized, options.signal, work, lanes)
    if (thread) leaveHashThread(thread)
  } catch (error) {
    // It may be at work. It only reads: nobody has to wait until it is gone.
    thread?.close().catch(() => undefined)
    throw error
  } finally {
    if (signing) clearImmediate(signing)
  }
  files.sort((a, b) => (a.name < b.name ? -1 : 1))
  return { opened: { directory, files, ...captures }, failed }
}

/** In the next turn: until then both lanes have begun with their next files. */
function whenSigned({ guard, signature }: Captures, { signed }: FolderOptions): NodeJS.Immediate | null {
  if (!guard || !signature || !signed) return null
  return setImmediate(() => signed(guard, signature))
}

function progressOf(subject: string, context: Context): (bytes: number) => void {
  let done = 0
  let told = 0
  return (bytes) => {
    done += bytes
    if (done - told < progressStep) return
    told = done
    context.emit({ type: 'progress', step: 'verify', subject, done, total: null })
  }
}
