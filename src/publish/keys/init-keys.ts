import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Metadata, Root } from '@tufjs/models'
import { writeFileAtomic } from '../../disk/atomic-file.ts'
import { DefsError } from '../../error.ts'
import { makeCertificate, pemOf } from '../../trust/issue/make-certificate.ts'
import {
  guardFiles,
  type KeyKind,
  type KeyRing,
  makeFolders,
  makeKey,
  type OnlineRole,
  onlineRoles,
  roleKeyFile,
  rootKeyFile,
  writeKey,
} from './key-ring.ts'
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

/** Version of the specification that the metadata follows. */
export const specVersion = '1.0.31'

const day = 86_400_000
/** How long a root is good; every rotation renews it. Days. */
const rootLife = 365

/** Public keys by role, and how many of the root's must sign. */
export interface RootContents {
  readonly version: number
  readonly now: Date
  readonly threshold: number
  readonly root: readonly TufSigner['key'][]
  readonly online: Readonly<Record<(typeof onlineRoles)[number], TufSigner['key']>>
}

/** Makes a root and signs it with all of `signers`: those of the new root, and of the one before it. */
export function makeRoot(contents: RootContents, signers: readonly TufSigner[]): Metadata<Root> {
  const { version, now, threshold, root, online } = contents
  const keys = [...root, ...Object.values(online)]
  const signed = Root.fromJSON({
    _type: 'root',
    spec_version: specVersion,
    version,
    expires: momentOf(new Date(now.getTime() + rootLife * day)),
    consistent_snapshot: true,
    keys: Object.fromEntries(keys.map((key) => [key.keyID, key.toJSON()])),
    roles: {
      root: { keyids: root.map((key) => key.keyID), threshold },
      ...Object.fromEntries(
        onlineRoles.map((role) => [role, { keyids: [online[role].keyID], threshold: 1 }]),
      ),
    },
  })
  const metadata = new Metadata(signed)
  for (const signer of signers) metadata.sign(signer.sign)
  return metadata
}

/** A moment as metadata writes it: UTC, whole seconds. */
export function momentOf(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`
}

/** The bytes of a metadata file. */
export function bytesOf(metadata: { toJSON(): unknown }): Buffer {
  return Buffer.from(`${JSON.stringify(metadata.toJSON(), null, 1)}\n`)
}
