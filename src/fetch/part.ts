import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, lstat, open, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { storeError } from '../error.ts'
import { renamePatiently } from '../file-in-use.ts'
import type { PackageFile } from '../source/source.ts'
import { readSidecar, type Sidecar } from './sidecar.ts'

/** The file of a package being fetched, and what is known of where its bytes came from. */
export interface Part {
  readonly file: string
  readonly sidecar: string
}

/** What an earlier try left. */
export interface Left {
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
export async function findLeft(part: Part): Promise<Left | null> {
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
