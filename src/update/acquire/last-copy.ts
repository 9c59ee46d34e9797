import { join } from 'node:path'
import type { OpenedFile } from '../../archive/opened.ts'
import { contentOfFile } from '../../archive/walk.ts'
import { containerOf, contentOfPacked, readPackedList } from '../../clamav/packed-list.ts'
import { DefsError } from '../../error.ts'
import type { Authentic } from '../../trust/authentic.ts'

/** The copy of a list that the current set has, plain or in a container. */
export interface LastCopy {
  /** What lies in the set. */
  readonly file: OpenedFile
  /** Of the list. Lower-case hexadecimal. */
  readonly sha256: string | null
  /** The list. @throws ARCHIVE_*, STORE_*, INTERRUPTED */
  contents(signal: AbortSignal): AsyncIterable<Buffer>
}

/**
 * Finds the copy of a list in a set that was proved in this run; null when it has none, or a container that is not as we
 * make them.
 * @throws STORE_*
 */
export async function lastCopyOf(list: string, base: Authentic | null): Promise<LastCopy | null> {
  if (base === null) return null
  const plain = base.files.find(({ name }) => name === list)
  if (plain) {
    const path = join(base.directory, plain.name)
    return { file: plain, sha256: plain.sha256, contents: (signal) => contentOfFile(path, signal) }
  }
  const container = base.files.find(({ name }) => name === containerOf(list))
  if (!container) return null
  const path = join(base.directory, container.name)
  const packed = await readPackedList(path).catch((error: unknown) => {
    if (error instanceof DefsError && error.code.startsWith('ARCHIVE_')) return null
    throw error
  })
  if (packed?.name !== list) return null
  return {
    file: container,
    sha256: packed.sha256,
    contents: (signal) => contentOfPacked(path, packed, signal),
  }
}
