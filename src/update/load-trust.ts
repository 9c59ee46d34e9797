import { readFile } from 'node:fs/promises'
import type { Config } from '../config/config.ts'
import { needsAnchors } from '../config/needs-anchors.ts'
import { DefsError } from '../error.ts'
import { authorityFile, readAuthorityFile } from '../hawking/authority-file.ts'
import type { Store } from '../hawking/store.ts'
import { readAnchors } from '../trust/anchors.ts'
import type { Trust } from '../trust/trust.ts'

/** What arrives is judged by this: the pinned anchors and the policy of the configuration. @throws TRUST_ANCHORS */
export async function loadTrust(config: Config, now: Date, allowFuture: boolean): Promise<Trust> {
  const sources = [...config.sources.values()]
  const needed = sources.length === 0 || sources.some(needsAnchors)
  const pems = await Promise.all(config.trust.anchors.map(readPem))
  const { allowSha1, expired } = config.trust
  const anchors = needed || pems.length > 0 ? readAnchors(pems) : []
  return { anchors, now, policy: { allowSha1, expired, allowFuture } }
}

/**
 * What lies in the store is judged by this: the same, and the store's own authority for the sets it sealed.
 * @throws TRUST_ANCHORS when its file is damaged; STORE_*
 */
export async function trustOnDisk(trust: Trust, store: Store): Promise<Trust> {
  const text = await readAuthorityFile(store)
  if (text === null) return trust
  return { ...trust, anchors: [...trust.anchors, ...readAnchors([{ path: authorityFile(store), text }])] }
}

async function readPem(path: string): Promise<{ path: string; text: string }> {
  try {
    return { path, text: await readFile(path, 'utf8') }
  } catch (cause) {
    throw new DefsError('TRUST_ANCHORS', `cannot read the trust anchor ${path}: check trust.anchors`, {
      cause,
      path,
    })
  }
}
