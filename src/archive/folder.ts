import { join } from 'node:path'
import type { Context } from '../context.ts'
import { type DigestAlgorithm, Hashing } from '../digest.ts'
import { type DefsError, isDefsError } from '../error.ts'
import { limits } from '../limits.ts'
import { type Keepsakes, keepsakeFor } from './keepsake.ts'
import { inLanes } from './lanes.ts'
import { memberPath } from './name.ts'
import type { Opened, OpenedFile } from './opened.ts'
import type { Reader } from './reader.ts'
import { Register } from './register.ts'
import { contentOfFile, type FolderProblem, type Found, problemOf, walkFolder } from './walk.ts'

/** A plain folder given as a package: a set as it lies on some disk. */
export const folder: Reader = {
  read: async (path, { limits, signal, visit }) => {
    const { found, problems } = await walkFolder(path, limits.entries)
    if (problems[0]) throw problems[0].error
    await inLanes(found, signal, async ({ name, type }, lane) => {
      await visit(
        { name, type, bytes: null },
        type === 'file' ? contentOfFile(join(path, name), lane) : nothing(),
      )
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
 * Reads a folder as it lies: every regular file in it, two at a time. Follows no link and writes nothing.
 * Problems are listed, all of them, and end the reading of their own file only; a folder that is not there is
 * one problem and no files.
 * @throws INTERRUPTED
 */
export async function readFolder(directory: string, options: FolderOptions): Promise<Survey> {
  const walked = await walkFolder(directory, limits.entries)
  const problems = [...walked.problems]
  const register = new Register()
  const keepsakes: Keepsakes = { guard: null, signature: null }
  const files: OpenedFile[] = []
  const count = progressOf(directory, options.context)

  const read = async ({ name }: Found, lane: AbortSignal) => {
    try {
      files.push(await digest(directory, name, { algorithms: options.algorithms, keepsakes, count, lane }))
    } catch (error) {
      if (!isDefsError(error) || lane.aborted) throw error
      problems.push(problemOf(name, error))
    }
  }

  const sound = walked.found.filter((found) => {
    const error = nameProblem(found, register)
    if (error) problems.push(problemOf(found.name, error))
    return !error && found.type === 'file'
  })
  await inLanes(sound, options.signal, read)
  files.sort((a, b) => (a.name < b.name ? -1 : 1))
  problems.sort((a, b) => ((a.file ?? '') < (b.file ?? '') ? -1 : 1))
  return { opened: { directory, files, ...keepsakes }, problems }
}

function nameProblem({ name, type }: Found, register: Register): DefsError | undefined {
  try {
    register.add(memberPath(name, type), type)
    return undefined
  } catch (error) {
    if (isDefsError(error)) return error
    throw error
  }
}

interface Digesting {
  readonly algorithms: readonly DigestAlgorithm[]
  readonly keepsakes: Keepsakes
  readonly count: (bytes: number) => void
  readonly lane: AbortSignal
}

async function digest(directory: string, name: string, how: Digesting): Promise<OpenedFile> {
  const hashing = new Hashing(['sha256', ...how.algorithms])
  const keepsake = keepsakeFor(name, how.keepsakes)
  let bytes = 0
  for await (const piece of contentOfFile(join(directory, name), how.lane)) {
    bytes += piece.length
    hashing.update(piece)
    keepsake?.add(piece)
    how.count(piece.length)
  }
  keepsake?.done()
  return { name, bytes, sha256: hashing.finish('sha256') ?? '', sha1: hashing.finish('sha1') }
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
