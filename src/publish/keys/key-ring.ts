import { createPrivateKey, generateKeyPairSync, type KeyObject, X509Certificate } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Metadata, MetadataKind, type Root } from '@tufjs/models'
import type { Certificate } from 'pkijs'
import { isMissing, writeFileAtomic } from '../../disk/atomic-file.ts'
import { readNamed } from '../../disk/foreign-file.ts'
import { makePrivateFolder } from '../../disk/private-folder.ts'
import { DefsError, storeError } from '../../error.ts'
import { limits } from '../../limits.ts'
import { type Certified, certificatesOf, pemOf } from '../../trust/issue/make-certificate.ts'
import { type TufSigner, tufSigner } from './tuf-key.ts'

/** Roles whose keys stay with the publisher. */
export const onlineRoles = ['targets', 'snapshot', 'timestamp'] as const
export type OnlineRole = (typeof onlineRoles)[number]

/**
 * Every key that can be replaced: the metadata roles, the signer of guards, the authority above it, and the key of
 * the delegated role `fleet`, which is made that way.
 */
export const rotatable = ['root', ...onlineRoles, 'guard', 'guard-root', 'fleet'] as const
export type Rotatable = (typeof rotatable)[number]

/** Where the keys lie. Paths only: making one touches no disk. */
export interface KeyRing {
  readonly directory: string
  /** Keys to be taken away and kept offline: those of the root role, and that of the guards' root. */
  readonly offline: string
  readonly online: string
  readonly guard: string
  /** Every root of the metadata, `<version>.root.json`. */
  readonly roots: string
  /** What clients are given: the first root and the guards' root. */
  readonly trust: string
}

export function keyRing(directory: string): KeyRing {
  const below = (name: string) => join(directory, name)
  return {
    directory,
    offline: below('offline'),
    online: below('online'),
    guard: below('guard'),
    roots: below('roots'),
    trust: below('trust'),
  }
}

/** Makes the folders of a key ring, for their owner alone. @throws STORE_* */
export async function makeFolders(ring: KeyRing): Promise<void> {
  for (const path of [ring.directory, ring.offline, ring.online, ring.guard, ring.roots, ring.trust]) {
    await makePrivateFolder(path)
  }
}

/** The file of one key of the root role. */
export function rootKeyFile(ring: KeyRing, keyId: string): string {
  return join(ring.offline, `root-${keyId.slice(0, 16)}.pem`)
}

/** The file of the key of an online role. */
export function roleKeyFile(ring: KeyRing, role: OnlineRole): string {
  return join(ring.online, `${role}.pem`)
}

/**
 * The files of a certificate of the guards. The signer's are one, with the certificates above it. The root's key goes
 * offline; behind its certificate stand those of the roots before it.
 */
export function guardFiles(ring: KeyRing, which: 'root' | 'signer'): { key: string; certificate: string } {
  const signer = join(ring.guard, 'signer.pem')
  if (which === 'signer') return { key: signer, certificate: signer }
  return { key: join(ring.offline, 'guard-root.pem'), certificate: join(ring.guard, 'root.pem') }
}

/**
 * The key of the role `fleet`: its private half belongs on the controller alone, its public half stays with whoever
 * signs `targets`, which delegates to it.
 */
export function fleetKeyFiles(ring: KeyRing): { readonly key: string; readonly named: string } {
  return { key: join(ring.online, 'fleet.pem'), named: join(ring.roots, 'fleet.pem') }
}

/** Every root there is, by version, oldest first. @throws KEYS_MISSING when `keys init` never ran */
export async function readRoots(ring: KeyRing): Promise<{ version: number; bytes: Buffer }[]> {
  const names = existsSync(ring.roots) ? await readdir(ring.roots) : []
  const versions = names
    .map((name) => Number(/^(\d+)\.root\.json$/.exec(name)?.[1]))
    .filter((version) => version > 0)
    .sort((a, b) => a - b)
  if (versions.length === 0) {
    const message = `${ring.directory} holds no keys: run 'defs keys init' first`
    throw new DefsError('KEYS_MISSING', message, { path: ring.directory })
  }
  return Promise.all(
    versions.map(async (version) => ({
      version,
      bytes: await readNamed(join(ring.roots, `${version}.root.json`), limits.trustFile),
    })),
  )
}

/** The newest root. @throws KEYS_MISSING */
export async function readRoot(ring: KeyRing): Promise<Metadata<Root>> {
  const newest = (await readRoots(ring)).at(-1)
  return Metadata.fromJSON(MetadataKind.Root, JSON.parse(newest?.bytes.toString() ?? '{}'))
}

/** Where a new key waits until the root that names it is written. */
export function nextKeyFile(ring: KeyRing, role: OnlineRole): string {
  return `${roleKeyFile(ring, role)}.next`
}

/** The signer of an online role: the one that the newest root names. @throws KEYS_MISSING, KEYS_LOCKED */
export async function readSigner(
  ring: KeyRing,
  role: OnlineRole,
  passphrase: string | null,
): Promise<TufSigner> {
  const named = (await readRoot(ring)).signed.roles[role]?.keyIDs ?? []
  const file = roleKeyFile(ring, role)
  const signer = tufSigner(await readKey(file, passphrase))
  if (named.includes(signer.key.keyID)) return signer
  // A rotation was cut short between the root and the key.
  const next = tufSigner(await readKey(nextKeyFile(ring, role), passphrase))
  if (named.includes(next.key.keyID)) return next
  throw new DefsError('KEYS_MISSING', `${file} is not the key that the root names for ${role}`, {
    path: file,
  })
}

/** A certificate of the guards with its key. @throws KEYS_MISSING, KEYS_LOCKED */
export async function readCertified(
  ring: KeyRing,
  which: 'root' | 'signer',
  passphrase: string | null,
): Promise<Certified> {
  const files = guardFiles(ring, which)
  const [certificate, ...above] = certificatesOf(
    (await readNamed(files.certificate, limits.trustFile)).toString(),
  )
  if (!certificate) throw new DefsError('KEYS_MISSING', `${files.certificate} holds no certificate`)
  const key = await readKey(files.key, passphrase)
  if (which === 'signer') return { key, certificate, above }
  if (certifies(certificate, key)) return { key, certificate }
  // A rotation was cut short between the certificate and the key.
  return { key: await readKey(`${files.key}.next`, passphrase), certificate }
}

function certifies(certificate: Certificate, key: KeyObject): boolean {
  return new X509Certificate(pemOf(certificate)).checkPrivateKey(key)
}

/** Kinds of key: the first two sign metadata, the last three guards. */
export type KeyKind = 'ed25519' | 'ecdsa' | 'p256' | 'p384' | 'rsa'

/** Makes a private key. RSA keys have 3072 bits (NIST SP 800-57: good beyond 2030). */
export function makeKey(kind: KeyKind): KeyObject {
  switch (kind) {
    case 'ed25519':
      return generateKeyPairSync('ed25519').privateKey
    case 'rsa':
      return generateKeyPairSync('rsa', { modulusLength: 3072 }).privateKey
    case 'p384':
      return generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey
    default:
      return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
  }
}

/**
 * Writes a private key as PKCS#8, encrypted (PBES2, AES-256) unless `passphrase` is null; only its owner may read
 * the file. A certificate in PEM may go with it, so that the two are replaced as one.
 * @throws STORE_*
 */
export async function writeKey(
  path: string,
  key: KeyObject,
  passphrase: string | null,
  certificate = '',
): Promise<void> {
  const form = { type: 'pkcs8', format: 'pem' } as const
  const pem =
    passphrase === null ? key.export(form) : key.export({ ...form, cipher: 'aes-256-cbc', passphrase })
  await writeFileAtomic(path, `${pem}${certificate}`, 0o600)
}

/**
 * Reads a private key.
 * @throws KEYS_MISSING when there is no such file, KEYS_LOCKED when the passphrase is wrong or missing
 */
export async function readKey(path: string, passphrase: string | null): Promise<KeyObject> {
  const pem = await readNamed(path, limits.trustFile).catch((error: unknown) => {
    if (error instanceof Error && isMissing(error.cause)) {
      const message = `there is no key ${path}: bring the offline keys back to where they were made, or see 'defs keys init'`
      throw new DefsError('KEYS_MISSING', message, { path })
    }
    throw storeError(error, `reading ${path}`)
  })
  try {
    return createPrivateKey(passphrase === null ? pem : { key: pem, passphrase })
  } catch (cause) {
    const message = `the key ${path} cannot be opened: check the passphrase (publish.passphraseFile)`
    throw new DefsError('KEYS_LOCKED', message, { path, cause })
  }
}

/** Where a passphrase comes from; never from the command line, which everybody may read. */
export interface PassphrasePlace {
  readonly file: string | null
  /** Name of an environment variable. */
  readonly variable: string
}

/** Shorter ones are guessed. Characters. */
const least = 8

/**
 * The passphrase of the keys: the first line of the file, else the variable; null when neither is there.
 * @throws KEYS_LOCKED for a file that cannot be read, and for a passphrase of fewer than 8 characters
 */
export async function readPassphrase(
  { file, variable }: PassphrasePlace,
  env: Readonly<Record<string, string | undefined>>,
): Promise<string | null> {
  const given = file === null ? env[variable] : await firstLine(file)
  if (given === undefined || (given === '' && file === null)) return null
  if (given.length >= least) return given
  const where = file ?? `the variable ${variable}`
  throw new DefsError('KEYS_LOCKED', `the passphrase in ${where} has fewer than ${least} characters`)
}

async function firstLine(path: string): Promise<string> {
  try {
    return (await readNamed(path, limits.config)).toString().split(/\r?\n/)[0] ?? ''
  } catch (cause) {
    const message = `cannot read the passphrase from ${path}: check publish.passphraseFile`
    throw new DefsError('KEYS_LOCKED', message, { path, cause })
  }
}
