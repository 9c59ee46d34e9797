import { chownSync, lchownSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

/** The user and group `nobody`, as most systems number them. */
const nobody = 65_534

function giveAway(folder: string): void {
  chownSync(folder, nobody, nobody)
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    if (entry.isDirectory()) giveAway(path)
    else lchownSync(path, nobody, nobody)
  }
}

/**
 * Does work without the rights of root, to whom no mode of a file says no: as `nobody`, who is given the folder first.
 * Whoever is not root works as he is.
 */
export async function asNobody<T>(folder: string, work: () => Promise<T>): Promise<T> {
  if (process.geteuid?.() !== 0) return work()
  giveAway(folder)
  process.seteuid?.(nobody)
  try {
    return await work()
  } finally {
    process.seteuid?.(0)
  }
}
