import { join } from 'node:path'
import type { Key, Metadata, Root } from '@tufjs/models'
import { DefsError, isDefsError } from '../../error.ts'
import { renamePatiently } from '../../file-in-use.ts'
import { writeFileAtomic } from '../../hawking/atomic-file.ts'
import { makeRootKeys } from './init-keys.ts'
import { makeKey, readKey, writeKey } from './key-file.ts'
import {
  type KeyRing,
  nextKeyFile,
  type OnlineRole,
  onlineRoles,
  type Rotatable,
  readRoot,
  roleKeyFile,
  rootKeyFile,
} from './key-ring.ts'
import { bytesOf, makeRoot } from './make-root.ts'
import { rotateGuard, rotateGuardRoot } from './rotate-guard.ts'
import { type TufSigner, tufSigner } from './tuf-key.ts'

/** What was replaced. */
export interface Rotated {
  readonly role: Rotatable
  /** Version of the metadata's root that says so; null for the keys of guards, which need no new one. */
  readonly rootVersion: number | null
}

/**
 * Replaces the key of a role. Clients follow by themselves: a new root is signed by the keys of the old one and of
 * the new one (TUF specification 6.1); for guards see {@link rotateGuard} and {@link rotateGuardRoot}.
 * @throws KEYS_MISSING when fewer offline keys are there than the threshold; KEYS_LOCKED; STORE_*
 */
export async function rotateKey(
  ring: KeyRing,
  role: Rotatable,
  { passphrase, now }: { readonly passphrase: string | null; readonly now: Date },
): Promise<Rotated> {
  if (role === 'guard' || role === 'guard-root') {
    await (role === 'guard' ? rotateGuard : rotateGuardRoot)(ring, passphrase, now)
    return { role, rootVersion: null }
  }
  const before = await readRoot(ring)
  const old = await readRootSigners(ring, before, passphrase)
  const version = before.signed.version + 1
  const { threshold, keyIDs } = roleOf(before, 'root')
  const kind = keyOf(before, keyIDs[0]).keyType === 'ed25519' ? 'ed25519' : 'ecdsa'
  const root = role === 'root' ? await makeRootKeys(ring, keyIDs.length, kind, passphrase) : null
  const fresh = role === 'root' ? null : makeKey(kind)
  const online = Object.fromEntries(
    onlineRoles.map((name) => [name, keyOf(before, roleOf(before, name).keyIDs[0])]),
  ) as Record<OnlineRole, Key>
  if (fresh && role !== 'root') online[role] = tufSigner(fresh).key
  const rootKeys = root ? root.map(({ key }) => key) : keyIDs.map((id) => keyOf(before, id))
  const metadata = makeRoot({ version, now, threshold, root: rootKeys, online }, [...old, ...(root ?? [])])
  // Aside first: a crash must leave either the old key with the old root, or the new one with the new.
  if (fresh && role !== 'root') await writeKey(nextKeyFile(ring, role), fresh, passphrase)
  await writeFileAtomic(join(ring.roots, `${version}.root.json`), bytesOf(metadata), 0o644)
  if (fresh && role !== 'root') await renamePatiently(nextKeyFile(ring, role), roleKeyFile(ring, role))
  return { role, rootVersion: version }
}

/** As many of the root's keys as are here; at least the threshold. */
async function readRootSigners(
  ring: KeyRing,
  root: Metadata<Root>,
  passphrase: string | null,
): Promise<TufSigner[]> {
  const { keyIDs, threshold } = roleOf(root, 'root')
  const signers: TufSigner[] = []
  for (const id of keyIDs) {
    try {
      signers.push(tufSigner(await readKey(rootKeyFile(ring, id), passphrase)))
    } catch (error) {
      if (!isDefsError(error, 'KEYS_MISSING')) throw error
    }
  }
  if (signers.length >= threshold) return signers
  const message = `${threshold} of the ${keyIDs.length} root keys must sign, but ${ring.offline} holds ${signers.length}: bring them there for the moment`
  throw new DefsError('KEYS_MISSING', message, { path: ring.offline })
}

function roleOf(root: Metadata<Root>, name: string): { keyIDs: readonly string[]; threshold: number } {
  const role = root.signed.roles[name]
  if (role) return role
  throw new DefsError('KEYS_MISSING', `the root names no ${name} role: the keys are damaged`)
}

function keyOf(root: Metadata<Root>, id: string | undefined): Key {
  const key = root.signed.keys[id ?? '']
  if (key) return key
  throw new DefsError('KEYS_MISSING', `the root lacks the key ${id}: the keys are damaged`)
}
