import { Readable } from 'node:stream'
import { create } from 'tar'

/** A folder as a stream of tar, links as links, by the names below it. */
export function packFolder(folder: string, name: string): Readable {
  return Readable.from(create({ cwd: folder, follow: false, portable: true, strict: true }, [name]))
}
