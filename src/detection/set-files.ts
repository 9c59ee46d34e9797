import { join } from 'node:path'
import { withFileBytes } from '../archive/bytes.ts'
import { gunzip, slices } from '../archive/inflate.ts'
import { contentOfFile } from '../archive/walk.ts'
import { canaryFile } from '../clamav/canary.ts'
import type { DatabaseOptions } from '../clamav/database.ts'
import { databaseHeaderBytes } from '../clamav/header.ts'
import { readDatabaseTar } from '../clamav/members.ts'
import { listIn } from '../clamav/packed-list.ts'
import { wholeLines } from '../clamav/script.ts'
import { DefsError } from '../error.ts'
import { limits as bounds } from '../limits.ts'
import { isDatabase, signatureFile } from './signature-file.ts'

/** A set as it lies on disk, and what its guard says of its files. */
export interface SetOnDisk {
  readonly set: string
  readonly directory: string
  /** Its files but for guard, signature and marker. */
  readonly files: readonly GuardedFile[]
}

/** A file of a set, or a member of a database in it. */
export interface GuardedFile {
  /** Path relative to the set's folder, `/` between folders. */
  readonly name: string
  /** Lower-case hexadecimal. */
  readonly sha256: string
}

/**
 * What stands for a file as far as names go: two files with one key name the same. Null for a file that names nothing,
 * and for the canary, which only this program put there.
 */
export function keyOf({ name, sha256 }: GuardedFile): string | null {
  if (name === canaryFile) return null
  if (isDatabase(name)) return sha256
  const ending = /\.[^./]+$/.exec(name)?.[0].toLowerCase() ?? ''
  return signatureFile(name) && `${sha256}${ending}`
}

/** Which files of a set are read, and which members of its databases; the file of a database is asked for first. */
export type Wanted = (file: GuardedFile, member: string | null) => boolean

/** Told of a file, or of a member of a database in its place; what it leaves of the contents is skipped. */
export type SeeFile = (file: GuardedFile, name: string, pieces: AsyncIterable<Buffer>) => Promise<void>

/**
 * Reads the files of a set that name signatures, without proving anything: for sets that were proved when they were
 * staged.
 * @throws ARCHIVE_* for a database that cannot be read; STORE_*; INTERRUPTED
 */
export async function readSet(
  { directory, files }: SetOnDisk,
  wanted: Wanted,
  see: SeeFile,
  options: DatabaseOptions,
): Promise<void> {
  for (const file of files) {
    const path = join(directory, file.name)
    if (keyOf(file) === null || !wanted(file, null)) continue
    if (!isDatabase(file.name)) await see(file, file.name, contentOfFile(path, options.signal))
    else
      await readMembers(path, options, async (member, body) => {
        if (signatureFile(member) && wanted(file, member)) await see(file, member, body)
        return undefined
      })
  }
}

/** What a database of a set says that it holds; empty when it does not say so, which its proof would not let pass. */
export async function listedMembers(path: string, options: DatabaseOptions): Promise<GuardedFile[]> {
  const kept: Buffer[] = []
  await readMembers(path, options, async (name, body) => {
    if (!name.endsWith('.info')) return undefined
    let bytes = 0
    for await (const piece of body) {
      bytes += piece.length
      if (bytes > bounds.databaseInfo) break
      kept.push(Buffer.from(piece))
    }
    return 'enough'
  })
  return Buffer.concat(kept)
    .toString('latin1')
    .split('\n')
    .flatMap((line) => {
      const [, name, sha256] = /^([A-Za-z0-9._-]+):\d+:([0-9a-f]{64})\r?$/.exec(line) ?? []
      return name !== undefined && sha256 !== undefined ? [{ name, sha256 }] : []
    })
}

/**
 * Counts the lines that are neither blank nor comments, by the name of their file, or of the member of a database; the
 * database's name stands before it. A database is unpacked only up to the last member that is wanted.
 * @param wanted asked by that name
 * @throws ARCHIVE_* for a database that cannot be read; STORE_*; INTERRUPTED
 */
export async function tallyLines(
  { directory, files }: SetOnDisk,
  wanted: (name: string) => boolean,
  options: DatabaseOptions,
): Promise<Map<string, number>> {
  const tally = new Map<string, number>()
  for (const { name } of files) {
    const path = join(directory, name)
    if (!isDatabase(name)) {
      if (wanted(name)) tally.set(name, await linesIn(contentOfFile(path, options.signal)))
      continue
    }
    const listed = await listedMembers(path, options)
    const left = new Set(listed.flatMap((one) => (wanted(pathIn(name, one.name)) ? one.name : [])))
    // One that does not say what it holds is read to its end.
    if (listed.length > 0 && left.size === 0) continue
    await readMembers(path, options, async (member, body) => {
      const within = pathIn(name, member)
      if (wanted(within)) tally.set(within, await linesIn(body))
      left.delete(member)
      return listed.length > 0 && left.size === 0 ? 'enough' : undefined
    })
  }
  return tally
}

/**
 * What a member is called in any form of its database, the database's name before it; a list in a container as if it lay there
 * plain.
 */
export function pathIn(database: string, member: string): string {
  return listIn(database) === member ? member : `${database.replace(/\.c[vl]d$/i, '')}/${member}`
}

async function linesIn(pieces: AsyncIterable<Buffer>): Promise<number> {
  let lines = 0
  for await (const block of wholeLines(pieces, bounds.databaseLine))
    for (const line of block.toString('latin1').split('\n'))
      if (line.trim() !== '' && !line.startsWith('#')) lines += 1
  return lines
}

class Enough extends Error {}

async function readMembers(
  path: string,
  { limits, signal }: DatabaseOptions,
  see: (name: string, body: AsyncIterable<Buffer>) => Promise<'enough' | undefined>,
): Promise<void> {
  await withFileBytes(path, async (bytes) => {
    const magic = await bytes.read(databaseHeaderBytes, Math.min(2, bytes.size - databaseHeaderBytes))
    const packed = magic.toString('latin1') === '\x1f\x8b'
    const pieces = packed
      ? gunzip(bytes, databaseHeaderBytes, { limits, signal })
      : slices(bytes, databaseHeaderBytes, bytes.size, signal)
    try {
      await readDatabaseTar(bounded(pieces, limits.unpacked, path), async (name, body) => {
        if ((await see(name, body)) === 'enough') throw new Enough()
        for await (const _ of body);
      })
    } catch (error) {
      if (!(error instanceof Enough)) throw error
    } finally {
      await pieces.return(undefined)
    }
  })
}

async function* bounded(pieces: AsyncIterable<Buffer>, most: number, path: string): AsyncGenerator<Buffer> {
  let room = most
  for await (const piece of pieces) {
    room -= piece.length
    if (room < 0) throw new DefsError('ARCHIVE_BOMB_TOTAL', `${path} holds more than limits.unpacked`)
    yield piece
  }
}
