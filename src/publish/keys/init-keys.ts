import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { DefsError } from '../../error.ts'
import { writeFileAtomic } from '../../hawking/atomic-file.ts'
import { makeCertificate, pemOf } from '../../trust/issue/make-certificate.ts'
import { type KeyKind, makeKey, writeKey } from './key-file.ts'
import {
  guardFiles,
  type KeyRing,
  makeFolders,
  type OnlineRole,
  roleKeyFile,
  rootKeyFile,
} from './key-ring.ts'
import { bytesOf, makeRoot } from './make-root.ts'
import { type TufSigner, tufSigner } from './tuf-key.ts'

/** What `keys init` is asked for. */
export interface InitRequest {
  /** How many keys the root role has, and how many of them must sign. */
  readonly rootKeys: number
  readonly threshold: number
  /** For metadata, and for guards. */
  readonly kind: Extract<KeyKind, 'ed25519' | 'ecdsa'>
  readonly guardKind: Extract<KeyKind, 'p256' | 'p384' | 'rsa'>
  /** Null leaves the keys unencrypted. */
  readonly passphrase: string | null
  readonly organisation: string
  readonly now: Date
}

/** What certificates are called, after the name of their organisation. */
export const rootSuffix = ' guard root'
export const signerSuffix = ' guard signer'

/** Years are counted as 365 days. */
export const guardRootDays = 20 * 365
export const guardSignerDays = 3 * 365

/** Where what clients need lies after `keys init`. */
export interface Initialised {
  readonly tufRoot: string
  readonly anchor: string
  readonly offline: string
}

/**
 * Makes every key of an internal server: those of the root role (to be taken offline), of the online roles, and a
 * certificate authority for guards.
 * @throws KEYS_PRESENT when there are keys already; USAGE_ARGUMENT for an impossible threshold; STORE_*
 */
export async function initKeys(ring: KeyRing, request: InitRequest): Promise<Initialised> {
  const { rootKeys, threshold, kind, passphrase, now } = request
  if (threshold < 1 || threshold > rootKeys) {
    const message = `a threshold of ${threshold} cannot be reached with ${rootKeys} root keys`
    throw new DefsError('USAGE_ARGUMENT', message)
  }
  if (existsSync(ring.roots)) {
    const message = `${ring.directory} holds keys already: replacing them would cut off every client; see 'defs keys rotate'`
    throw new DefsError('KEYS_PRESENT', message, { path: ring.directory })
  }
  await makeFolders(ring)
  const root = await makeRootKeys(ring, rootKeys, kind, passphrase)
  const online = await makeOnlineKeys(ring, kind, passphrase)
  await makeGuardAuthority(ring, request)
  const metadata = makeRoot({ version: 1, now, threshold, root: root.map(({ key }) => key), online }, root)
  const tufRoot = join(ring.trust, 'root.json')
  await writeFileAtomic(tufRoot, bytesOf(metadata), 0o644)
  // Last: from now on the ring counts as made.
  await writeFileAtomic(join(ring.roots, '1.root.json'), bytesOf(metadata), 0o644)
  return { tufRoot, anchor: join(ring.trust, 'guard-root.pem'), offline: ring.offline }
}

/** Makes the keys of the root role and writes them where they are to be taken from. */
export async function makeRootKeys(
  ring: KeyRing,
  count: number,
  kind: KeyKind,
  passphrase: string | null,
): Promise<TufSigner[]> {
  const signers: TufSigner[] = []
  for (let made = 0; made < count; made++) {
    const key = makeKey(kind)
    const signer = tufSigner(key)
    await writeKey(rootKeyFile(ring, signer.key.keyID), key, passphrase)
    signers.push(signer)
  }
  return signers
}

async function makeOnlineKeys(
  ring: KeyRing,
  kind: KeyKind,
  passphrase: string | null,
): Promise<Record<OnlineRole, TufSigner['key']>> {
  const make = async (role: OnlineRole) => {
    const key = makeKey(kind)
    await writeKey(roleKeyFile(ring, role), key, passphrase)
    return tufSigner(key).key
  }
  const [targets, snapshot, timestamp] = [
    await make('targets'),
    await make('snapshot'),
    await make('timestamp'),
  ]
  return { targets, snapshot, timestamp }
}

async function makeGuardAuthority(ring: KeyRing, request: InitRequest): Promise<void> {
  const { guardKind, passphrase, organisation, now } = request
  // A client whose clock is a little behind must not meet a certificate of the future.
  const from = new Date(now.getTime() - 86_400_000)
  const key = makeKey(guardKind)
  const certificate = await makeCertificate({
    commonName: `${organisation}${rootSuffix}`,
    key,
    issuer: null,
    authority: true,
    from,
    days: guardRootDays,
  })
  const signerKey = makeKey(guardKind)
  const signer = await makeCertificate({
    commonName: `${organisation}${signerSuffix}`,
    key: signerKey,
    issuer: { certificate, key },
    authority: false,
    from,
    days: guardSignerDays,
  })
  await writeKey(guardFiles(ring, 'root').key, key, passphrase)
  await writeKey(guardFiles(ring, 'signer').key, signerKey, passphrase, pemOf(signer))
  await writeFileAtomic(guardFiles(ring, 'root').certificate, pemOf(certificate), 0o644)
  await writeFileAtomic(join(ring.trust, 'guard-root.pem'), pemOf(certificate), 0o644)
}
