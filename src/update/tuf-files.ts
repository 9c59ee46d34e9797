import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { readFileOrNull } from '../disk/atomic-file.ts'
import { nullable, object, text } from '../disk/json-shape.ts'
import type { TufAsked } from '../source/tuf-metadata.ts'

/** Where the state keeps what is trusted of one source's metadata. Paths only. */
export interface TufFiles {
  /** All of the metadata, replaced by one rename, so that it is always of one piece. */
  readonly kept: string
  /** What was asked, see {@link TufAsked}. */
  readonly asked: string
  /** Where a small target is kept. */
  readonly target: (path: string) => string
}

/**
 * The files of a source. Their names bear the digest of the pinned root: pinning another one begins anew.
 * @param root the bytes of the pinned root
 * @param state the folder of the store's state
 */
export function tufFiles(source: string, root: Uint8Array, state: string): TufFiles {
  const digest = createHash('sha256').update(source).update('\0').update(root).digest('hex')
  const place = join(state, 'tuf', digest.slice(0, 32))
  return {
    kept: `${place}.json`,
    asked: `${place}.asked.json`,
    target: (path) => join(`${place}.files`, createHash('sha256').update(path).digest('hex').slice(0, 32)),
  }
}

/** What was asked before; nothing when that cannot be read. */
export async function readAsked({ asked }: TufFiles): Promise<TufAsked> {
  try {
    const json = await readFileOrNull(asked)
    return (json && askedShape(JSON.parse(json.toString()))) ?? nothingAsked
  } catch {
    return nothingAsked
  }
}

const nothingAsked: TufAsked = { rootAt: null, timestamp: null }

const askedShape = object<TufAsked>({
  rootAt: nullable(text),
  timestamp: nullable(object({ url: text, validator: text })),
})

/** Kept metadata by role, out of its file; null for one that is damaged. */
export function keptIn(json: string): Map<string, Buffer> | null {
  try {
    const table: unknown = JSON.parse(json)
    if (typeof table !== 'object' || table === null) return null
    const entries = Object.entries(table).map(
      ([role, bytes]) => [role, Buffer.from(String(bytes), 'base64')] as const,
    )
    const kept = new Map(entries)
    return kept.has('root') ? kept : null
  } catch {
    return null
  }
}

/** The same out of the files of a source; null for none. @throws STORE_* when they cannot be read */
export async function readKept({ kept }: TufFiles): Promise<Map<string, Buffer> | null> {
  const json = await readFileOrNull(kept)
  return json === null ? null : keptIn(json.toString())
}
