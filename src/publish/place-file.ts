import { copyFile, link, lstat, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { makeYounger, replaceByRename } from '../disk/atomic-file.ts'
import { assertSpace } from '../disk/free-space.ts'

/**
 * Makes an immutable file of the tree appear whole: another name of `from` where the file system has that, else a
 * copy. Nothing happens when it is there already: its name is different for different bytes.
 * @param reserve bytes that a copy leaves free on the disk of the tree (`store.reserve`)
 * @throws STORE_*
 */
export async function placeFile(from: string, to: string, reserve: number): Promise<void> {
  if (await isFile(to)) return
  await placeOver(from, to, reserve)
}

/**
 * The same for a file that changes: readers see the old one or the new one, which is younger by a second at least.
 * @throws STORE_*
 */
export async function placeOver(from: string, to: string, reserve: number): Promise<void> {
  await replaceByRename(to, async (aside) => {
    await linkOrCopy(from, aside, reserve)
    await makeYounger(aside, to)
    return true
  })
}

async function linkOrCopy(from: string, to: string, reserve: number): Promise<void> {
  try {
    await link(from, to)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    // Another file system, one without links, or one that has enough of them.
    if (!['EXDEV', 'EPERM', 'ENOTSUP', 'EMLINK', 'ENOSYS'].includes(String(code))) throw error
    assertSpace(dirname(to), (await lstat(from)).size, reserve)
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
