import { rename, rm } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { limits } from '../limits.ts'

// What Windows says while a scanner, a backup or an indexer has the file open.
const inUse: readonly unknown[] = ['EPERM', 'EACCES', 'EBUSY']

/** Whether an error may only say that another program has the file open, as Windows refuses it then. */
export function isHeldOpen(error: unknown): boolean {
  return (
    process.platform === 'win32' && error instanceof Error && 'code' in error && inUse.includes(error.code)
  )
}

/**
 * Renames. Windows lets nobody replace a file that another program has open without sharing, so there it is tried
 * again for a while; elsewhere a refusal is final.
 * @throws what `rename` throws
 */
export function renamePatiently(from: string, to: string): Promise<void> {
  return whileHeldOpen(() => rename(from, to))
}

/**
 * Removes a file or folder; nothing there is fine. On Windows what another program keeps open stays, to be found by
 * the next run: it must not keep definitions from being updated.
 * @throws what `rm` throws
 */
export async function removeOrLeave(path: string): Promise<void> {
  try {
    await whileHeldOpen(() => rm(path, { recursive: true, force: true }))
  } catch (error) {
    if (!isHeldOpen(error)) throw error
  }
}

async function whileHeldOpen(act: () => Promise<void>): Promise<void> {
  const end = performance.now() + limits.fileInUse
  for (let wait = 10; ; wait = Math.min(2 * wait, 500)) {
    try {
      return await act()
    } catch (error) {
      if (!isHeldOpen(error) || performance.now() + wait > end) throw error
    }
    await pause(wait)
  }
}
