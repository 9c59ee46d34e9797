import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** What a server of the tests serves: files by path (`/` between folders, none in front), or a folder on disk. */
export type Served = Map<string, Uint8Array> | string

/** One file or folder of a {@link Served}. */
export interface Entry {
  readonly name: string
  readonly folder: boolean
  readonly bytes: number
  readonly modified: Date
}

/** The time that files of a map bear; fixed, so validators only change with the content's size. */
const mapTime = new Date(Date.UTC(2026, 10, 21, 6, 0, 0))

/** `/a//b/` as `a/b`; undefined for a path that climbs out. */
export function plainPath(path: string): string | undefined {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.')
  return parts.includes('..') ? undefined : parts.join('/')
}

/** The file or folder at a plain path; undefined when there is none. */
export function entryAt(served: Served, path: string): Entry | undefined {
  const name = path.slice(path.lastIndexOf('/') + 1)
  if (typeof served === 'string') {
    const found = statSync(join(served, path), { throwIfNoEntry: false })
    return found && { name, folder: found.isDirectory(), bytes: found.size, modified: found.mtime }
  }
  const file = served.get(path)
  if (file) return { name, folder: false, bytes: file.length, modified: mapTime }
  const isFolder = path === '' || [...served.keys()].some((key) => key.startsWith(`${path}/`))
  return isFolder ? { name, folder: true, bytes: 0, modified: mapTime } : undefined
}

/** What lies directly below a folder; undefined when it is none. */
export function entriesBelow(served: Served, path: string): Entry[] | undefined {
  if (entryAt(served, path)?.folder !== true) return undefined
  const prefix = path === '' ? '' : `${path}/`
  const names =
    typeof served === 'string'
      ? readdirSync(join(served, path))
      : [...served.keys()].filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length))
  const own = new Set(names.map((name) => name.split('/')[0] ?? name))
  return [...own].sort().flatMap((name) => entryAt(served, prefix + name) ?? [])
}

/** The bytes of a file; undefined when there is none. */
export function bytesAt(served: Served, path: string): Buffer | undefined {
  if (typeof served !== 'string') {
    const file = served.get(path)
    return file && Buffer.from(file.buffer, file.byteOffset, file.length)
  }
  return entryAt(served, path)?.folder === false ? readFileSync(join(served, path)) : undefined
}
