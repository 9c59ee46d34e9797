import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Key } from '@tufjs/models'
import { refuseUnsafeFiles } from '../../config/check/trusted-files.ts'
import type { Config } from '../../config/config.ts'
import type { Context } from '../../context.ts'
import { writeFileAtomic } from '../../disk/atomic-file.ts'
import { readForeign } from '../../disk/foreign-file.ts'
import { withLock } from '../../disk/lock.ts'
import { storeError } from '../../error.ts'
import { limits } from '../../limits.ts'
import { readSigner, roleKeyFile } from '../keys/key-ring.ts'
import { writeFreshness } from '../metadata.ts'
import { type PublishPaths, preparePaths } from '../paths.ts'
import type { PublisherRequest } from '../publisher.ts'
import type { Target } from '../target.ts'
import { newestPicks, pickSigner, writePicks } from './pick-role.ts'

/** The bytes of what the role has named last under a path; null when it named nothing there. */
export async function readPicks(paths: PublishPaths, key: Key, path: string): Promise<Buffer | null> {
  const picks = await newestPicks(paths, key)
  const target = picks?.metadata.signed.targets[path]
  if (!target) return null
  const { bytes } = await readForeign(
    join(paths.tree, hashed(path, String(target.hashes['sha256']))),
    limits.fleetCard,
  )
  return bytes
}

function hashed(path: string, sha256: string): string {
  const cut = path.lastIndexOf('/') + 1
  return `${path.slice(0, cut)}${sha256}.${path.slice(cut)}`
}

/**
 * Has the role name a file anew. Where the keys of snapshot and timestamp are here too, hosts see it at once; else
 * whoever holds them takes it in.
 * @throws CONFIG_UNSAFE, KEYS_*, STORE_*
 */
export async function putPicks(
  { path, bytes }: { readonly path: string; readonly bytes: Buffer },
  {
    request,
    paths,
    config,
    context,
  }: {
    readonly request: PublisherRequest
    readonly paths: PublishPaths
    readonly config: Config
    readonly context: Context
  },
): Promise<void> {
  refuseUnsafeFiles(config)
  const signer = await pickSigner(paths.keys, request.passphrase)
  const now = context.now()
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  const sign = async () => {
    try {
      await mkdir(dirname(join(paths.tree, path)), { recursive: true, mode: 0o755 })
    } catch (error) {
      throw storeError(error, `making ${dirname(join(paths.tree, path))}`)
    }
    await writeFileAtomic(join(paths.tree, hashed(path, sha256)), bytes, 0o644, true)
    const before = (await newestPicks(paths, signer.key))?.metadata.signed.targets ?? {}
    const others = Object.values(before)
      .filter((one) => one.path !== path)
      .map((one): Target => ({ path: one.path, bytes: one.length, sha256: String(one.hashes['sha256']) }))
    await writePicks(paths, signer, [...others, { path, bytes: bytes.length, sha256 }], now)
  }
  const shows = (['snapshot', 'timestamp'] as const).every((role) =>
    existsSync(roleKeyFile(paths.keys, role)),
  )
  if (!shows) return sign()
  await preparePaths(paths)
  await withLock(paths, { wait: request.lockWait, context }, async () => {
    await sign()
    const [snapshot, timestamp] = [
      await readSigner(paths.keys, 'snapshot', request.passphrase),
      await readSigner(paths.keys, 'timestamp', request.passphrase),
    ]
    const moments = { now, life: config.publish.life, delegated: signer.key }
    const announce = await writeFreshness(paths, { snapshot, timestamp }, moments)
    await writeFileAtomic(join(paths.tree, path), bytes, 0o644, true)
    await announce()
  })
}
