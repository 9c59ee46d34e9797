import { randomBytes } from 'node:crypto'
import { lstat, open } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { removeOrLeave, renamePatiently } from '../file-in-use.ts'

/** True when an error of the file system says that there is nothing at the path. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')
}

/** What lies at a path, links not followed. */
export async function kindAt(path: string): Promise<'nothing' | 'folder' | 'link' | 'file' | 'other'> {
  try {
    const status = await lstat(path)
    if (status.isDirectory()) return 'folder'
    if (status.isSymbolicLink()) return 'link'
    return status.isFile() ? 'file' : 'other'
  } catch (error) {
    if (isMissing(error)) return 'nothing'
    throw error
  }
}

/** Flushes the names in a folder: without it a rename may be gone after a power cut. */
export async function syncFolder(path: string): Promise<void> {
  // Windows opens no folders; NTFS journals its names itself.
  if (process.platform === 'win32') return
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

/** Renames and flushes the folders concerned, so that the new name survives a power cut. */
export async function renameDurably(from: string, to: string): Promise<void> {
  await renamePatiently(from, to)
  await syncFolder(dirname(to))
  if (dirname(from) !== dirname(to)) await syncFolder(dirname(from))
}

/** A fresh name that {@link isLeftover} knows again, in a folder: `tmp<8 hex>.tmp`. */
export function temporaryFolder(parent: string): string {
  return join(parent, `tmp${randomBytes(4).toString('hex')}.tmp`)
}

/** A fresh name beside `path` that {@link isLeftover} knows again. */
export function temporaryBeside(path: string): string {
  return `${path}.${randomBytes(4).toString('hex')}.tmp`
}

/** Whether a name is one of a run in progress, or of one that was cut short. */
export function isLeftover(name: string): boolean {
  return name.endsWith('.tmp')
}

/**
 * Removes a folder in two steps, so that a crash leaves either the whole folder or a leftover, never half a set
 * under a good name.
 */
export async function removeFolder(path: string): Promise<void> {
  const aside = temporaryFolder(dirname(path))
  await renameDurably(path, aside)
  await removeOrLeave(aside)
}
