import { createHash } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { readFileOrNull, writeFileAtomic } from '../disk/atomic-file.ts'
import { readNamed } from '../disk/foreign-file.ts'
import { DefsError, isDefsError, storeError } from '../error.ts'
import { limits } from '../limits.ts'
import type { TufKeeper } from '../source/tuf-metadata.ts'
import { openTufMetadata } from '../trust/tuf.ts'
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
  const fileOf = (root: Buffer) => {
    const digest = createHash('sha256').update(source).update('\0').update(root).digest('hex')
    return join(folder, `${digest.slice(0, 32)}.json`)
  }
  return {
    async open() {
      const root = await pinned()
      const text = (await readFileOrNull(fileOf(root)))?.toString() ?? null
      before = text ?? ''
      const kept = text === null ? null : keptIn(text)
      // A damaged memory must not keep anybody from updating: the pinned root is where all begins.
      return openTufMetadata(kept ?? new Map([['root', root]]), run.startedAt)
    },
    async keep(metadata) {
      const table = [...metadata.kept].map(([role, bytes]) => [role, Buffer.from(bytes).toString('base64')])
      const text = `${JSON.stringify(Object.fromEntries(table), null, 1)}\n`
      if (text === before) return
      try {
        await mkdir(folder, { recursive: true, mode: 0o700 })
        await writeFileAtomic(fileOf(await pinned()), text, 0o600)
      } catch (error) {
        const failure = storeError(error, `writing ${folder}`)
        // Whoever only asks may do so without the right to write.
        if (!isDefsError(failure, 'STORE_PERMISSION')) throw failure
        run.context.emit({ type: 'note', level: 'warning', text: failure.message })
      }
    },
  }
}

function keptIn(text: string): Map<string, Buffer> | null {
  try {
    const table: unknown = JSON.parse(text)
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
