import { readFile } from 'node:fs/promises'
import { isAbsolute } from 'node:path'
import type { RulesConfig } from '../../config/config.ts'
import { DefsError, storeError } from '../../error.ts'
import type { Fetched } from '../../fetch/fetched.ts'
import type { SignatureKind } from '../../source/pack/proof-files.ts'
import type { Signer } from '../../trust/authentic.ts'
import type { DetachedProof } from '../../trust/detached-proof.ts'
import { type MinisignKey, readMinisignKeys } from '../../trust/minisign/public-key.ts'
import { verifyMinisign } from '../../trust/minisign/verify-minisign.ts'
import { verifyDetached } from '../../trust/verify-detached.ts'
import type { Run } from '../run.ts'
import type { Evidence } from './evidence.ts'

/**
 * Proves a fetched pack: by every signature its source is to have, else by the digest that was pinned - fetching has
 * held it against that - else by nothing, which the configuration then says.
 * @throws TRUST_*
 */
export async function provePack(
  fetched: Fetched,
  { signatures, digest }: Evidence,
  config: RulesConfig,
  run: Run,
): Promise<DetachedProof> {
  if (signatures.size === 0) return { signer: unsigned(fetched, config), signedAt: null }
  const content = digest?.bytes ?? (await contentOf(fetched.file))
  const proofs: DetachedProof[] = []
  for (const [kind, signature] of signatures)
    proofs.push(await verifyBy[kind](content, signature, config, run))
  // Rule: the pack is the one that the signed file states. Stops: another pack beside good papers.
  if (digest !== null && digest.sha256 !== fetched.sha256) {
    const text = `${fetched.url}: its SHA-256 is ${fetched.sha256} and not ${digest.sha256} as signed`
    throw new DefsError('TRUST_DIGEST', text, { path: fetched.url })
  }
  const [first] = proofs
  if (!first) throw new DefsError('BUG', 'a signature without a verdict')
  const moments = proofs.flatMap(({ signedAt }) => signedAt ?? [])
  return { signer: first.signer, signedAt: moments.length === 0 ? null : Math.min(...moments) }
}

const verifyBy: Record<
  SignatureKind,
  (content: Uint8Array, signature: Uint8Array, config: RulesConfig, run: Run) => Promise<DetachedProof>
> = {
  minisign: async (content, signature, config) =>
    verifyMinisign(content, signature, await minisignKeys(config.minisign ?? '')),
  pkcs7: async (content, signature, _, { trust }) => verifyDetached(content, signature, trust),
}

async function minisignKeys(keyOrFile: string): Promise<readonly MinisignKey[]> {
  if (!isAbsolute(keyOrFile)) return readMinisignKeys(keyOrFile, 'the configuration')
  const text = await readFile(keyOrFile, 'utf8').catch((cause: unknown) => {
    const message = `cannot read the public key ${keyOrFile}: check minisign of the source`
    throw new DefsError('TRUST_ANCHORS', message, { cause, path: keyOrFile })
  })
  return readMinisignKeys(text, keyOrFile)
}

async function contentOf(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file)
  } catch (error) {
    throw storeError(error, `reading ${file}`)
  }
}

function unsigned({ sha256 }: Fetched, config: RulesConfig): Signer {
  const pinned = config.sha256 !== null
  const name = pinned ? 'SHA-256 of the configuration' : 'nobody (allowUnsigned)'
  const fingerprint = pinned ? sha256 : ''
  const method = pinned ? 'pinned sha256' : 'unsigned, md5'
  return { name, fingerprint, anchor: name, anchorFingerprint: fingerprint, method, expired: false }
}
