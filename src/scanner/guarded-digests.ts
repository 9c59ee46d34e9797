import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Digest } from '../digest.ts'
import { readIni } from '../ini.ts'

/** What the guard of a proved set says of its files, by lower-case name; the strongest digest of each. */
export async function guardedDigests(directory: string): Promise<ReadonlyMap<string, Digest>> {
  const { sections } = readIni(await readFile(join(directory, 'v.grd'), 'latin1'))
  const digests = new Map<string, Digest>()
  for (const { name, entries } of sections) {
    const file = /^file-(.+)$/i.exec(name)?.[1]
    const values = new Map([...entries].map(([key, value]) => [key.toLowerCase(), value.toLowerCase()]))
    for (const algorithm of ['sha1', 'sha256'] as const) {
      const hex = values.get(algorithm)
      if (file !== undefined && hex !== undefined) digests.set(file.toLowerCase(), { algorithm, hex })
    }
  }
  return digests
}
