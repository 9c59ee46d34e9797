import { readFile } from 'node:fs/promises'
import { readAnchors } from '../../trust/anchors.ts'
import type { Trust } from '../../trust/trust.ts'
import { guardFiles } from '../keys/key-ring.ts'
import type { Studio } from '../studio.ts'

/** Judges what we guarded ourselves: by our own root alone. @throws TRUST_ANCHORS */
export async function ownTrust({ config, desk, now }: Studio): Promise<Trust> {
  const path = guardFiles(desk.keys, 'root').certificate
  const anchors = readAnchors([{ path, text: await readFile(path, 'utf8') }])
  return {
    anchors,
    now,
    policy: { allowSha1: config.trust.allowSha1, expired: config.trust.expired, allowFuture: false },
  }
}
