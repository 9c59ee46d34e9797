import { createHash } from 'node:crypto'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { withFileBytes } from '../archive/bytes.ts'
import { readTarHeader, tarBlock } from '../archive/tar-header.ts'
import { contentOfFile } from '../archive/walk.ts'
import { DefsError, storeError } from '../error.ts'
import { limits } from '../limits.ts'
import type { DatabaseMember, DatabaseOptions, Written } from './database.ts'
import { databaseHeaderBytes, passesForDaily, readHeaderLine } from './header.ts'
import { writeContainer } from './write-cld.ts'

// A name that every reader of a tar has for the same.
const lists = /^[A-Za-z0-9._-]{1,80}\.(?:hdb|hsb|mdb|msb)$/i
const ending = '.cud'
// More than a container holds beside its list.
const aroundList = 16 * tarBlock

/**
 * Whether a list may lie in a set inside of a container. ClamAV counts the lines of a plain list, letter by letter, before it
 * loads it, and of a container it reads the count: clamd takes 185 MB in 2.5 s in place of 8.5 (docs/clamav.md).
 * @param unpacked the bound for what is read out of a container (`limits.unpacked`); bytes
 */
export function isPacked(
  { name, bytes }: { readonly name: string; readonly bytes: number },
  directory: string,
  unpacked: number,
): boolean {
  if (bytes < limits.packedList || bytes + aroundList > unpacked) return false
  return lists.test(name) && !passesForDaily(join(directory, name))
}

/** What the container of a list is called. */
export function containerOf(list: string): string {
  return `${list}${ending}`
}

/** What the list in a container is called; null for any other file. */
export function listIn(file: string): string | null {
  const name = file.slice(0, -ending.length)
  return file.endsWith(ending) && lists.test(name) ? name : null
}

// It says nothing of the list, and the same list makes the same container.
const built = new Date('2000-01-01T00:00:00Z')

/**
 * Puts a list of a folder into a container of ClamAV's beside it (a CUD: a header, then a plain tar with an `.info` and
 * the list), and removes the list. After an error neither is there.
 * @returns null when ClamAV would not read the list alike in a container; it lies there as it did
 * @throws TRUST_DIGEST when it is not what its digest says; STORE_*; INTERRUPTED
 */
export async function packList(
  directory: string,
  list: DatabaseMember,
  options: DatabaseOptions,
): Promise<({ readonly name: string } & Written) | null> {
  const name = containerOf(list.name)
  const info = `${list.name}.info`
  try {
    const lines = await countLines(contentOfFile(join(directory, list.name), options.signal))
    if (lines === null) return null
    const header = `ClamAV-VDB:01 Jan 2000 00-00 +0000:1:${lines}:1:x:x:defs:${built.getTime() / 1000}`
    const text = Buffer.from(`${header}\n${list.name}:${list.bytes}:${list.sha256}\n`)
    await writeFile(join(directory, info), text, { flag: 'wx', mode: 0o600 }).catch((error: unknown) => {
      throw storeError(error, `writing ${info}`)
    })
    const about = { name: info, bytes: text.length, sha256: createHash('sha256').update(text).digest('hex') }
    const [head, file] = [header.padEnd(databaseHeaderBytes), join(directory, name)]
    const written = await writeContainer(directory, head, [about, list], built, file, options)
    await rm(join(directory, list.name), { force: true })
    return { name, ...written }
  } catch (error) {
    // The last good copy may come to lie in its place.
    for (const half of [name, list.name]) await rm(join(directory, half), { force: true })
    throw error
  } finally {
    await rm(join(directory, info), { force: true })
  }
}

// ClamAV reads a line of a container into this many bytes, and loads nothing of the container when one is longer.
const longestLine = 8190

/**
 * How many lines a list has. Null when ClamAV reads it otherwise in a container: a last line without its end is lost without a
 * word, and a NUL, which ends a line of a plain list, is an error.
 */
async function countLines(pieces: AsyncIterable<Buffer>): Promise<number | null> {
  let [lines, open] = [0, 0]
  for await (const piece of pieces) {
    if (piece.includes(0)) return null
    let from = 0
    for (let at = piece.indexOf(10); at >= 0; at = piece.indexOf(10, from)) {
      if (open + at - from > longestLine) return null
      ;[lines, open, from] = [lines + 1, 0, at + 1]
    }
    open += piece.length - from
  }
  return open === 0 ? lines : null
}

/** A list as its container tells of it. */
export interface PackedList extends DatabaseMember {
  /** Where it begins in the file. Bytes. */
  readonly from: number
}

/** Looks into a container that this program made. @throws ARCHIVE_* for any other; STORE_* */
export async function readPackedList(path: string): Promise<PackedList> {
  return withFileBytes(path, async (bytes) => {
    const member = async (at: number) => {
      const { name, bytes: size } = readTarHeader(await bytes.read(at, tarBlock))
      return { name, from: at + tarBlock, size, end: at + tarBlock * (1 + Math.ceil(size / tarBlock)) }
    }
    const about = await member(databaseHeaderBytes)
    const list = await member(about.end)
    const told = (await bytes.read(about.from, Math.min(about.size, limits.databaseInfo))).toString('latin1')
    const [header = '', line = ''] = told.split('\n')
    readHeaderLine(header)
    const [, sha256] = /:\d+:([0-9a-f]{64})$/.exec(line) ?? []
    if (sha256 === undefined || line !== `${list.name}:${list.size}:${sha256}`)
      throw new DefsError('ARCHIVE_CORRUPT', `${path} is no container of a list`, { path })
    return { name: list.name, bytes: list.size, sha256, from: list.from }
  })
}

/** The list in a container. @throws STORE_*, INTERRUPTED */
export async function* contentOfPacked(
  path: string,
  { from, bytes }: PackedList,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  let at = -from
  for await (const piece of contentOfFile(path, signal)) {
    const part = piece.subarray(Math.max(0, -at), Math.max(0, bytes - at))
    if (part.length > 0) yield part
    at += piece.length
  }
}
