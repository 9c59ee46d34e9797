import { constants, type Stats } from 'node:fs'
import { type FileHandle, open, readdir, realpath, stat } from 'node:fs/promises'
import { join, resolve, sep } from 'node:path'
import { Readable } from 'node:stream'
import { pathToFileURL } from 'node:url'
import { DefsError, describeError } from '../error.ts'
import { limits } from '../limits.ts'
import { addressOf, partsOf } from './address.ts'
import { collect, interrupted, tooLarge } from './body.ts'
import type { Listed, Opening, Remote, Resume, SmallFile, Transport } from './transport.ts'

/** A local folder or a share that is mounted here. */
export function openDirectory(path: string): Transport {
  const folder = resolve(path)
  const base = new URL(`${pathToFileURL(folder).href.replace(/\/$/, '')}/`)

  async function read(name: string, limit: number, signal: AbortSignal): Promise<SmallFile | null> {
    const url = addressOf(base, name).href
    const found = await openFile(folder, name, url, signal)
    if (!found) return null
    const body = fileBody(found.file, found.stats, 0, url, signal)
    if (found.stats.size > limit) {
      body.destroy()
      throw tooLarge(url, limit)
    }
    return { url, bytes: await collect(body, limit, url), mediaType: null }
  }

  async function list(name: string, signal: AbortSignal): Promise<readonly Listed[] | null> {
    const url = addressOf(base, name).href
    if (signal.aborted) throw interrupted(signal)
    try {
      const place = await placeOf(folder, name, url)
      if (place === null || !(await stat(place)).isDirectory()) return null
      const names = await readdir(place)
      if (names.length > limits.listingEntries) throw tooLarge(url, limits.listingEntries)
      const listed = await Promise.all(names.sort().map((entry) => listedOf(place, entry)))
      return listed.filter((entry) => entry !== null)
    } catch (error) {
      throw directoryError(error, url)
    }
  }

  async function openAt(name: string, resume: Resume | null, signal: AbortSignal): Promise<Opening> {
    const url = addressOf(base, name).href
    const found = await openFile(folder, name, url, signal)
    if (!found) throw new DefsError('SOURCE_NOT_FOUND', `${url}: there is no such file`, { path: url })
    const { file, stats } = found
    const validator = validatorOf(stats)
    const same = resume?.validator === validator || resume?.validator === ''
    const start = same && resume.offset <= stats.size ? resume.offset : 0
    return {
      start,
      total: stats.size,
      validator,
      mediaType: null,
      modified: stats.mtime,
      body: fileBody(file, stats, start, url, signal),
    }
  }

  function remote(name: string): Remote {
    return { url: addressOf(base, name).href, open: (resume, signal) => openAt(name, resume, signal) }
  }

  return { url: base.href, read, list, remote, close: async () => {} }
}

/**
 * Where a path really is; null when there is nothing. Whoever may write to the folder could point a link at any
 * file of this machine, so links are followed only as long as they stay inside.
 */
async function placeOf(folder: string, path: string, url: string): Promise<string | null> {
  const parts = partsOf(path)
  const root = await realpath(folder)
  const place = await realpath(join(root, ...parts)).catch(absentIsNull)
  if (place === null || place === root || place.startsWith(root.endsWith(sep) ? root : root + sep))
    return place
  throw new DefsError('SOURCE_PROTOCOL', `${url} is a link that leads out of its folder: refused`, {
    path: url,
  })
}

async function openFile(
  folder: string,
  path: string,
  url: string,
  signal: AbortSignal,
): Promise<{ file: FileHandle; stats: Stats } | null> {
  if (signal.aborted) throw interrupted(signal)
  try {
    const place = await placeOf(folder, path, url)
    if (place === null) return null
    // The link was resolved above; one put there since is not followed, and a pipe does not hold us up.
    const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)
    const file = await open(place, flags)
    const stats = await file.stat()
    if (stats.isFile()) return { file, stats }
    await file.close()
    return null
  } catch (error) {
    throw directoryError(error, url)
  }
}

async function listedOf(place: string, name: string): Promise<Listed | null> {
  const found = await stat(join(place, name)).catch(absentIsNull)
  if (!found || !(found.isFile() || found.isDirectory())) return null
  const folder = found.isDirectory()
  return { name, folder, bytes: folder ? null : found.size, modified: found.mtime.toISOString() }
}

/** Changes whenever the file is written or replaced. */
function validatorOf(stats: Stats): string {
  return `${stats.size};${stats.mtimeMs};${stats.ino}`
}

function absentIsNull(error: unknown): null {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'ENOENT' || code === 'ENOTDIR') return null
  throw error
}

// A base folder that is missing is a share that is not mounted: nobody answers there.
function directoryError(error: unknown, url: string): DefsError {
  if (error instanceof DefsError) return error
  const text = `${url} cannot be read: check that it is mounted and readable (${describeError(error)})`
  return new DefsError('SOURCE_UNREACHABLE', text, { cause: error, path: url })
}

const chunkBytes = 1 << 20

/**
 * The bytes of an open file, which is closed in the end. A file that somebody replaces or writes while it is
 * read (a copy to the share that is still going on) would come out mixed, so that ends the transfer.
 */
function fileBody(
  file: FileHandle,
  before: Stats,
  start: number,
  url: string,
  signal: AbortSignal,
): Readable {
  let position = start

  async function next(): Promise<Uint8Array | null> {
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(chunkBytes), 0, chunkBytes, position)
    position += bytesRead
    if (bytesRead > 0) return buffer.subarray(0, bytesRead)
    const after = await file.stat()
    if (after.size === before.size && after.mtimeMs === before.mtimeMs && position === before.size)
      return null
    throw new DefsError('SOURCE_INTERRUPTED', `${url} changed while it was read`, {
      path: url,
      transient: true,
    })
  }

  const body = new Readable({
    highWaterMark: chunkBytes,
    signal,
    read() {
      next().then(
        (chunk) => body.push(chunk),
        (error) => body.destroy(error),
      )
    },
    destroy(error, done) {
      const failure = error && (signal.aborted ? interrupted(signal) : readError(error, url))
      file.close().then(
        () => done(failure),
        () => done(failure),
      )
    },
  })
  body.on('error', () => {})
  return body
}

function readError(error: Error, url: string): DefsError {
  if (error instanceof DefsError) return error
  const text = `${url} could not be read to its end (${describeError(error)})`
  return new DefsError('SOURCE_INTERRUPTED', text, { cause: error, path: url, transient: true })
}
