import { randomBytes } from 'node:crypto'
import { copyFile, link, lstat, open, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { storeError } from '../error.ts'
import { renamePatiently } from '../file-in-use.ts'
import { syncFolder } from '../hawking/folder.ts'

/**
 * Makes an immutable file of the tree appear whole: another name of `from` where the file system has that, else a
 * copy. Nothing happens when it is there already: its name is different for different bytes.
 * @throws STORE_*
 */
export async function placeFile(from: string, to: string): Promise<void> {
  if (await isFile(to)) return
  await replaceFile(from, to)
}

/** The same for a file that changes: readers see the old one or the new one. @throws STORE_* */
export async function replaceFile(from: string, to: string): Promise<void> {
  const aside = `${to}.${randomBytes(4).toString('hex')}.tmp`
  try {
    await linkOrCopy(from, aside)
    await renamePatiently(aside, to)
    // Renaming one name of a file onto another name of it does nothing at all (POSIX).
    await rm(aside, { force: true })
    await syncFolder(dirname(to))
  } catch (error) {
    await rm(aside, { force: true }).catch(() => undefined)
    throw storeError(error, `writing ${to}`)
  }
}

async function linkOrCopy(from: string, to: string): Promise<void> {
  try {
    await link(from, to)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    // Another file system, one without links, or one that has enough of them.
    if (!['EXDEV', 'EPERM', 'ENOTSUP', 'EMLINK', 'ENOSYS'].includes(String(code))) throw error
    await copyFile(from, to)
    const copy = await open(to, 'r+')
    try {
      await copy.sync()
    } finally {
      await copy.close()
    }
  }
}

async function isFile(path: string): Promise<boolean> {
  return lstat(path).then(
    (stats) => stats.isFile(),
    () => false,
  )
}
