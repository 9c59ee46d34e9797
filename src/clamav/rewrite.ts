import { appendFile, lstat, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { writeMember } from '../archive/member-file.ts'
import { contentOfFile } from '../archive/walk.ts'
import { watchSpace } from '../disk/free-space.ts'
import { renamePatiently } from '../disk/rename.ts'
import { storeError } from '../error.ts'
import { limits as bounds } from '../limits.ts'
import type { DatabaseOptions } from './database.ts'
import { corrupt, type LineEdit, LineEditor, wholeLines } from './script.ts'

// Files of our own beside the members: '+' is in no member's name.
const freshSuffix = '+new'

/**
 * Writes a member anew with some of its lines changed, in flat memory.
 * @param cutTo a file that takes the lines that were taken out; null to drop them
 * @throws ARCHIVE_CORRUPT when the edits do not fit; STORE_*; INTERRUPTED
 */
export async function rewriteMember(
  path: string,
  edits: readonly LineEdit[],
  cutTo: string | null,
  { signal, reserve }: DatabaseOptions,
): Promise<void> {
  const editor = new LineEditor(edits)
  async function* edited(): AsyncGenerator<Buffer> {
    for await (const block of wholeLines(contentOfFile(path, signal), bounds.databaseLine)) {
      const { kept, cut } = editor.edit(block)
      if (cutTo !== null) await append(cutTo, Buffer.concat(cut))
      yield kept.length === 1 && kept[0] ? kept[0] : Buffer.concat(kept)
    }
    editor.finish()
  }
  await assertThere(path)
  await writeMember(`${path}${freshSuffix}`, edited(), () => undefined, reserve)
  await renamePatiently(`${path}${freshSuffix}`, path).catch((error: unknown) => {
    throw storeError(error, `replacing ${path}`)
  })
}

/** Adds bytes at the end of a file, which is made when it is not there. @throws STORE_* */
export async function append(path: string, bytes: Uint8Array): Promise<void> {
  if (bytes.length === 0) return
  await appendFile(path, bytes, { mode: 0o600 }).catch((error: unknown) => {
    throw storeError(error, `writing ${path}`)
  })
}

/** Adds one file at the end of another and removes it. @throws STORE_*, INTERRUPTED */
export async function appendFrom(
  from: string,
  to: string,
  { signal, reserve = 0 }: DatabaseOptions,
): Promise<void> {
  const watch = watchSpace(dirname(to), reserve)
  for await (const piece of contentOfFile(from, signal)) {
    watch(piece.length)
    await append(to, piece)
  }
  await remove(from)
}

/** Removes a member. @throws ARCHIVE_CORRUPT when it is not there; STORE_* */
export async function removeMember(path: string): Promise<void> {
  await assertThere(path)
  await remove(path)
}

async function remove(path: string): Promise<void> {
  await rm(path).catch((error: unknown) => {
    throw storeError(error, `removing ${path}`)
  })
}

async function assertThere(path: string): Promise<void> {
  await lstat(path).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      throw corrupt(`it changes ${path}, which is not there`)
    }
    throw storeError(error, `reading ${path}`)
  })
}
