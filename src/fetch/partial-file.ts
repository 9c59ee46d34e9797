import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, lstat, open, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { renamePatiently } from '../disk/rename.ts'
import { storeError } from '../error.ts'
import { limits } from '../limits.ts'
import type { PackageFile } from '../source/source.ts'

/** The file of a package being fetched, and what is known of where its bytes came from. */
export interface Part {
  readonly file: string
  readonly sidecar: string
}

/** What an earlier try left. */
export interface Resumable {
  /** Bytes in the file. */
  readonly bytes: number
  readonly origin: Sidecar
}

/** Where a package is kept: named by what it is, not by where it comes from. */
export function partOf(partial: string, want: PackageFile): Part {
  const identity =
    want.digests.map(({ algorithm, hex }) => `${algorithm}:${hex}`).join(' ') || want.fingerprint
  const key = createHash('sha256')
    .update(`${want.name}\0${identity ?? ''}`)
    .digest('hex')
  return { file: join(partial, `${key}.part`), sidecar: join(partial, `${key}.json`) }
}

/** What is there of a package; null, and nothing left on disk, when it is not a whole pair of plain files. */
export async function findResumable(part: Part): Promise<Resumable | null> {
  try {
    const origin = await readSidecar(part.sidecar)
    const found = await lstat(part.file).catch(() => null)
    // A link or a second name could have us write into a file that is not ours.
    if (origin && found?.isFile() && found.nlink === 1 && found.size > 0) return { bytes: found.size, origin }
    await removePart(part)
    return null
  } catch (error) {
    throw storeError(error, `looking for an interrupted download at ${part.file}`)
  }
}

/** Opens the file for writing from `start` on, cut to that length; new, for us alone, and never through a link. */
export async function openPart(part: Part, start: number): Promise<FileHandle> {
  const nofollow = constants.O_NOFOLLOW ?? 0
  try {
    if (start === 0) {
      await rm(part.file, { force: true, recursive: true })
      return await open(
        part.file,
        constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | nofollow,
        0o600,
      )
    }
    const file = await open(part.file, constants.O_WRONLY | nofollow)
    await file.truncate(start)
    return file
  } catch (error) {
    throw storeError(error, `writing ${part.file}`)
  }
}

/** Notes where the bytes come from; written aside and renamed, so a crash leaves the old note or the new one. */
export async function saveOrigin(part: Part, origin: Sidecar): Promise<void> {
  const aside = `${part.sidecar}.tmp`
  try {
    await rm(aside, { force: true, recursive: true })
    await writeFile(aside, JSON.stringify(origin), { flag: 'wx', mode: 0o600 })
    await renamePatiently(aside, part.sidecar)
  } catch (error) {
    throw storeError(error, `writing ${part.sidecar}`)
  }
}

/** Removes a package and its note; nothing there is no error. */
export async function removePart(part: Part): Promise<void> {
  for (const path of [part.sidecar, part.file]) {
    await rm(path, { force: true, recursive: true }).catch((error: unknown) => {
      throw storeError(error, `removing ${path}`)
    })
  }
}

/** Where the bytes of an interrupted download came from. */
export interface Sidecar {
  /** The address, password left out. */
  readonly url: string
  /** What the far side said to tell this version from others; null when it says nothing. */
  readonly validator: string | null
  /** Bytes that were there when this was written; the file may have more. */
  readonly bytes: number
  /** Size of the whole file, null when the far side did not say. */
  readonly total: number | null
}

/** Reads a note; null when there is none or it is not one of ours. */
async function readSidecar(path: string): Promise<Sidecar | null> {
  const file = await open(path, 'r').catch(() => null)
  if (!file) return null
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(limits.partialNote), 0, limits.partialNote, 0)
    return checked(JSON.parse(buffer.toString('utf8', 0, bytesRead)))
  } catch {
    return null
  } finally {
    await file.close()
  }
}

function checked(value: unknown): Sidecar | null {
  if (typeof value !== 'object' || value === null) return null
  if (!('url' in value && 'validator' in value && 'bytes' in value && 'total' in value)) return null
  const { url, validator, bytes, total } = value
  if (typeof url !== 'string' || !isSize(bytes)) return null
  if (validator !== null && typeof validator !== 'string') return null
  if (total !== null && !isSize(total)) return null
  return { url, validator, bytes, total }
}

function isSize(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0
}

/**
 * Keeps the folder of interrupted downloads below a size and a number: what is no pair of file and note goes, then
 * the oldest pairs. A package that changes every hour must not fill the disk with halves of yesterday's.
 * @param most bytes, all files together
 * @throws STORE_*
 */
export async function boundPartial(partial: string, most: number): Promise<void> {
  try {
    const names = new Set(await readdir(partial))
    const pairs: { key: string; bytes: number; time: number }[] = []
    for (const name of names) {
      const key = /^([0-9a-f]{64})\.(part|json)$/.exec(name)?.[1]
      const whole = key !== undefined && names.has(`${key}.part`) && names.has(`${key}.json`)
      if (!whole) await rm(join(partial, name), { recursive: true, force: true })
      else if (name.endsWith('.part')) {
        const { size, mtimeMs } = await lstat(join(partial, name))
        pairs.push({ key, bytes: size, time: mtimeMs })
      }
    }
    let bytes = pairs.reduce((sum, pair) => sum + pair.bytes, 0)
    let count = pairs.length
    for (const pair of pairs.sort((a, b) => a.time - b.time)) {
      if (bytes <= most && count <= limits.partialEntries) return
      await rm(join(partial, `${pair.key}.json`), { recursive: true, force: true })
      await rm(join(partial, `${pair.key}.part`), { recursive: true, force: true })
      bytes -= pair.bytes
      count -= 1
    }
  } catch (error) {
    throw storeError(error, `tidying ${partial}`)
  }
}
