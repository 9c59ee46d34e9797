import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Config } from '../config/config.ts'
import { readFileOrNull, writeFileAtomic } from '../disk/atomic-file.ts'
import { readNamed } from '../disk/foreign-file.ts'
import { DefsError, isDefsError, storeError } from '../error.ts'
import { openStore } from '../hawking/store.ts'
import { limits } from '../limits.ts'
import type { TufKeeper } from '../source/tuf-metadata.ts'
import type { Run } from './run.ts'
import { keptIn, readAsked, readKept, tufFiles } from './tuf-files.ts'

/** Keeps the trusted metadata of a source in the state. */
export function tufKeeper(source: string, tufRoot: string, run: Run): TufKeeper {
  let before = ''
  async function pinned(): Promise<Buffer> {
    return readNamed(tufRoot, limits.trustFile).catch((cause: unknown) => {
      const message = `cannot read the pinned root ${tufRoot}: check trust.tufRoot`
      throw new DefsError('TRUST_ANCHORS', message, { path: tufRoot, cause })
    })
  }
  const filesOf = (root: Buffer) => tufFiles(source, root, run.store.state)
  const files = async () => filesOf(await pinned())

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
      const there = (await readFileOrNull(filesOf(root).kept))?.toString() ?? null
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
      await put((await files()).kept, all)
    },
    now: run.startedAt,
    asked: async () => readAsked(await files()),
    keepAsked: async (asked) => put((await files()).asked, `${JSON.stringify(asked)}\n`),
    target: async (path) => readFileOrNull((await files()).target(path)),
    keepTarget: async (path, bytes) => put((await files()).target(path), bytes),
  }
}

/** What is trusted of the metadata of internal sources; nothing is judged, written or asked. */
export async function keptMetadata(config: Config): Promise<ReadonlyMap<string, Uint8Array>[]> {
  const { tufRoot } = config.trust
  if (tufRoot === null) return []
  const root = await readNamed(tufRoot, limits.trustFile)
  const { state } = openStore(config.store.root, config.store.layout)
  const found: ReadonlyMap<string, Uint8Array>[] = []
  for (const { kind, name } of config.sources.values()) {
    if (kind !== 'internal') continue
    const kept = await readKept(tufFiles(name, root, state))
    if (kept) found.push(kept)
  }
  return found
}
