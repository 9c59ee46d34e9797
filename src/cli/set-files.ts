import { lstat, readdir, readFile } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { digestFile } from '../digest.ts'
import { storeError } from '../error.ts'
import { readIni } from '../ini.ts'
import { limits } from '../limits.ts'

/** One file of a set on disk. */
export interface SetFile {
  readonly name: string
  readonly bytes: number
  /** As the guard states it; of the few small files that no guard names, computed. */
  readonly sha256: string | null
}

// What the guard cannot name: itself, its signature, and the mark of completeness.
const unguarded = ['v.grd', 'v.sig', 'zdone.dat']

/** The files of a set, by name. @throws STORE_PERMISSION, STORE_IO */
export async function readSetFiles(directory: string): Promise<SetFile[]> {
  try {
    const stated = await statedDigests(directory)
    const entries = await readdir(directory, { withFileTypes: true, recursive: true })
    const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
    const files = paths.map(async (path) => {
      const name = relative(directory, path).replaceAll(sep, '/')
      const { size: bytes } = await lstat(path)
      const small = unguarded.includes(name.toLowerCase()) && bytes <= limits.guard
      const sha256 = small ? await hash(path) : (stated.get(name.toLowerCase()) ?? null)
      return { name, bytes, sha256 }
    })
    return (await Promise.all(files)).toSorted((a, b) => (a.name < b.name ? -1 : 1))
  } catch (error) {
    throw storeError(error, `reading ${directory}`)
  }
}

async function hash(path: string): Promise<string | null> {
  return (await digestFile(path, ['sha256'])).hashing.finish('sha256')
}

async function statedDigests(directory: string): Promise<ReadonlyMap<string, string>> {
  const name = (await readdir(directory)).find((entry) => entry.toLowerCase() === 'v.grd')
  if (name === undefined || (await lstat(join(directory, name))).size > limits.guard) return new Map()
  const { sections } = readIni(await readFile(join(directory, name), 'latin1'))
  return new Map(
    sections
      .filter((section) => section.name.startsWith('File-'))
      .map((section) => [
        section.name.slice(5).toLowerCase(),
        section.entries.get('SHA256')?.toLowerCase() ?? '',
      ])
      .filter((pair): pair is [string, string] => /^[0-9a-f]{64}$/.test(pair[1] ?? '')),
  )
}
