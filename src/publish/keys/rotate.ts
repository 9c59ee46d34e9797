import { createPublicKey, type KeyObject } from 'node:crypto'
import { join } from 'node:path'
import type { Key, Metadata, Root } from '@tufjs/models'
import { writeFileAtomic } from '../../disk/atomic-file.ts'
import { readNamed } from '../../disk/foreign-file.ts'
import { renamePatiently } from '../../disk/rename.ts'
import { DefsError, isDefsError } from '../../error.ts'
import { limits } from '../../limits.ts'
import { type Certified, certificatesOf, makeCertificate, pemOf } from '../../trust/issue/make-certificate.ts'
import {
  bytesOf,
  guardRootDays,
  guardSignerDays,
  makeRoot,
  makeRootKeys,
  rootSuffix,
  signerSuffix,
} from './init-keys.ts'
import {
  fleetKeyFiles,
  guardFiles,
  type KeyKind,
  type KeyRing,
  makeKey,
  nextKeyFile,
  type OnlineRole,
  onlineRoles,
  type Rotatable,
  readCertified,
  readKey,
  readRoot,
  roleKeyFile,
  rootKeyFile,
  writeKey,
} from './key-ring.ts'
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
  if (role === 'fleet') {
    await rotateFleet(ring, passphrase)
    return { role, rootVersion: null }
  }
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

/**
 * Makes the key of the role `fleet`, or another one in its place: from the next signing on `targets` delegates to it.
 * The private half first: what is named must exist.
 */
async function rotateFleet(ring: KeyRing, passphrase: string | null): Promise<void> {
  const root = await readRoot(ring)
  const kind = keyOf(root, roleOf(root, 'root').keyIDs[0]).keyType === 'ed25519' ? 'ed25519' : 'ecdsa'
  const key = makeKey(kind)
  const files = fleetKeyFiles(ring)
  await writeKey(files.key, key, passphrase)
  const named = createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString()
  await writeFileAtomic(files.named, named, 0o644)
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

const day = 86_400_000

/** Replaces the signer of guards; its certificate is from the same guard root. @throws KEYS_*, STORE_* */
async function rotateGuard(ring: KeyRing, passphrase: string | null, now: Date): Promise<void> {
  const issuer = await readCertified(ring, 'root', passphrase)
  const { above = [] } = await readCertified(ring, 'signer', passphrase)
  await writeSigner(ring, { ...issuer, above }, passphrase, now)
}

/**
 * Replaces the authority of guards, and its signer with it. The old root certifies the new one, and that certificate
 * travels inside every signature: a client that pinned the old root goes on without being touched, and old guards
 * stay good for whoever pins what `trust/guard-root.pem` holds from now on, the new root and the ones before it. The
 * last `limits.guardRoots` are led to; a client that pinned an older one must be given the new file.
 * @throws KEYS_MISSING while the old root's key is away; KEYS_LOCKED; STORE_*
 */
async function rotateGuardRoot(ring: KeyRing, passphrase: string | null, now: Date): Promise<void> {
  const old = await readCertified(ring, 'root', passphrase)
  const { above = [] } = await readCertified(ring, 'signer', passphrase)
  const key = makeKey(kindOf(old.key))
  const named = {
    commonName: nextName(nameOf(old)),
    key,
    authority: true,
    from: new Date(now.getTime() - day),
  }
  const root = await makeCertificate({ ...named, issuer: null, days: guardRootDays })
  // Never beyond the root that gives it: a chain is as good as its shortest certificate.
  const left = (old.certificate.notAfter.value.getTime() - named.from.getTime()) / day
  const crossed = await makeCertificate({ ...named, issuer: old, days: left })
  const files = guardFiles(ring, 'root')
  const before = certificatesOf((await readNamed(files.certificate, limits.trustFile)).toString())
  const roots = [root, ...before].slice(0, limits.guardRoots + 1)
  const pem = roots.map(pemOf).join('')
  // In this order, so that a crash leaves a ring that works: the key of the new root first, aside.
  await writeKey(`${files.key}.next`, key, passphrase)
  await writeFileAtomic(files.certificate, pem, 0o644)
  const ways = [crossed, ...above].slice(0, limits.guardRoots)
  await writeSigner(ring, { certificate: root, key, above: ways }, passphrase, now)
  await renamePatiently(`${files.key}.next`, files.key)
  await writeFileAtomic(join(ring.trust, 'guard-root.pem'), pem, 0o644)
}

async function writeSigner(
  ring: KeyRing,
  issuer: Certified,
  passphrase: string | null,
  now: Date,
): Promise<void> {
  const key = makeKey(kindOf(issuer.key))
  const certificate = await makeCertificate({
    commonName: `${organisationOf(nameOf(issuer))}${signerSuffix}`,
    key,
    issuer,
    authority: false,
    from: new Date(now.getTime() - day),
    days: guardSignerDays,
  })
  const pem = [certificate, ...(issuer.above ?? [])].map(pemOf).join('')
  await writeKey(guardFiles(ring, 'signer').key, key, passphrase, pem)
}

function kindOf(key: KeyObject): KeyKind {
  if (key.asymmetricKeyType === 'rsa') return 'rsa'
  return key.asymmetricKeyDetails?.namedCurve === 'secp384r1' ? 'p384' : 'p256'
}

function nameOf({ certificate }: Certified): string {
  return String(certificate.subject.typesAndValues[0]?.value.valueBlock.value ?? '')
}

const rootForm = new RegExp(`^(.*)${rootSuffix}(?: (\\d+))?$`)

function organisationOf(root: string): string {
  return rootForm.exec(root)?.[1] ?? root
}

/** A name of its own for each root: whoever looks for an issuer by its name finds one. */
function nextName(root: string): string {
  return `${organisationOf(root)}${rootSuffix} ${Number(rootForm.exec(root)?.[2] ?? 1) + 1}`
}
