import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, lstat, open, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { writeFileAtomic } from '../disk/atomic-file.ts'
import { count, nullable, object, text } from '../disk/json-shape.ts'
import { readRecordFile } from '../disk/record.ts'
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
    const origin = await readRecordFile(part.sidecar, sidecar)
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

/** Notes where the bytes come from: a crash leaves the old note or the new one. @throws STORE_* */
export async function saveOrigin(part: Part, origin: Sidecar): Promise<void> {
  await writeFileAtomic(part.sidecar, JSON.stringify(origin), 0o600)
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

const sidecar = object<Sidecar>({
  url: text,
  validator: nullable(text),
  bytes: count,
  total: nullable(count),
})

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
