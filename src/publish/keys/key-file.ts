import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { DefsError, storeError } from '../../error.ts'
import { writeFileAtomic } from '../../hawking/atomic-file.ts'

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
  const pem = await readFile(path, 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
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
