import { createHash } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Config } from '../config/config.ts'
import { readFileOrNull, writeFileAtomic } from '../disk/atomic-file.ts'
import { readNamed } from '../disk/foreign-file.ts'
import { nullable, object, text } from '../disk/json-shape.ts'
import { DefsError, isDefsError, storeError } from '../error.ts'
import { openStore } from '../hawking/store.ts'
import { limits } from '../limits.ts'
import type { TufAsked, TufKeeper } from '../source/tuf-metadata.ts'
import type { Run } from './run.ts'

/**
 * Keeps the trusted metadata of a source in one file of the state, replaced by one rename, so that it is always of
 * one piece. The name bears the digest of the pinned root: pinning another one begins anew.
 */
export function tufKeeper(source: string, tufRoot: string, run: Run): TufKeeper {
  const folder = join(run.store.state, 'tuf')
  let before = ''
  async function pinned(): Promise<Buffer> {
    return readNamed(tufRoot, limits.trustFile).catch((cause: unknown) => {
      const message = `cannot read the pinned root ${tufRoot}: check trust.tufRoot`
      throw new DefsError('TRUST_ANCHORS', message, { path: tufRoot, cause })
    })
  }
  const placeOf = (root: Buffer) => {
    const digest = createHash('sha256').update(source).update('\0').update(root).digest('hex')
    return join(folder, digest.slice(0, 32))
  }
  const fileOf = (root: Buffer) => `${placeOf(root)}.json`
  const askedFile = async () => `${placeOf(await pinned())}.asked.json`
  const targetFile = async (path: string) =>
    join(`${placeOf(await pinned())}.files`, createHash('sha256').update(path).digest('hex').slice(0, 32))

  async function put(path: string, bytes: string | Uint8Array): Promise<void> {
    try {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 })
      await writeFileAtomic(path, bytes, 0o600)
    } catch (error) {
      const failure = storeError(error, `writing ${path}`)
      // Whoever only asks may do so without the right to write.
      if (!isDefsError(failure, 'STORE_PERMISSION')) throw failure
      run.context.emit({ type: 'note', level: 'warning', text: failure.message })
    }
  }
  return {
    async open() {
      const root = await pinned()
      const there = (await readFileOrNull(fileOf(root)))?.toString() ?? null
      before = there ?? ''
      const kept = there === null ? null : keptIn(there)
      // Loaded by those who pin a root: most sources have none.
      const { openTufMetadata } = await import('../trust/tuf.ts')
      // A damaged memory must not keep anybody from updating: the pinned root is where all begins.
      return openTufMetadata(kept ?? new Map([['root', root]]), run.startedAt)
    },
    async keep(metadata) {
      const table = [...metadata.kept].map(([role, bytes]) => [role, Buffer.from(bytes).toString('base64')])
      const all = `${JSON.stringify(Object.fromEntries(table), null, 1)}\n`
      if (all === before) return
      await put(fileOf(await pinned()), all)
    },
    now: run.startedAt,
    async asked() {
      return askedIn((await readFileOrNull(await askedFile()))?.toString() ?? '')
    },
    keepAsked: async (asked) => put(await askedFile(), `${JSON.stringify(asked)}\n`),
    target: async (path) => readFileOrNull(await targetFile(path)),
    keepTarget: async (path, bytes) => put(await targetFile(path), bytes),
  }
}

/** What is trusted of the metadata of internal sources; nothing is judged, written or asked. */
export async function keptMetadata(config: Config): Promise<ReadonlyMap<string, Uint8Array>[]> {
  const { tufRoot } = config.trust
  if (tufRoot === null) return []
  const root = await readNamed(tufRoot, limits.trustFile)
  const folder = join(openStore(config.store.root, config.store.layout).state, 'tuf')
  const found: ReadonlyMap<string, Uint8Array>[] = []
  for (const { kind, name } of config.sources.values()) {
    if (kind !== 'internal') continue
    const digest = createHash('sha256').update(name).update('\0').update(root).digest('hex')
    const json = (await readFileOrNull(join(folder, `${digest.slice(0, 32)}.json`)))?.toString() ?? null
    const kept = json === null ? null : keptIn(json)
    if (kept) found.push(kept)
  }
  return found
}

function askedIn(json: string): TufAsked {
  try {
    return readAsked(JSON.parse(json)) ?? nothingAsked
  } catch {
    return nothingAsked
  }
}

const nothingAsked: TufAsked = { rootAt: null, timestamp: null }

const readAsked = object<TufAsked>({
  rootAt: nullable(text),
  timestamp: nullable(object({ url: text, validator: text })),
})

function keptIn(json: string): Map<string, Buffer> | null {
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
