import { createPublicKey, X509Certificate } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readNamed } from '../../disk/foreign-file.ts'
import { limits } from '../../limits.ts'
import {
  fleetKeyFiles,
  guardFiles,
  type KeyRing,
  onlineRoles,
  readRoot,
  roleKeyFile,
  rootKeyFile,
} from './key-ring.ts'
import { tufKey } from './tuf-key.ts'

/** One key as `keys show` tells of it; never the key itself. */
export interface KeyView {
  readonly role: string
  readonly id: string
  readonly kind: string
  /** Whether its private half is here; an offline key should not be. */
  readonly present: boolean
  /** RFC 3339; of the root or the certificate that names the key. */
  readonly expires: string
}

/** What `keys show` tells. */
export interface KeysView {
  readonly rootVersion: number
  readonly threshold: number
  readonly keys: readonly KeyView[]
}

/** The keys there are, by role. @throws KEYS_MISSING */
export async function showKeys(ring: KeyRing): Promise<KeysView> {
  const { signed } = await readRoot(ring)
  const keys = ['root', ...onlineRoles].flatMap((role) =>
    (signed.roles[role]?.keyIDs ?? []).map((id) => ({
      role,
      id,
      kind: signed.keys[id]?.scheme ?? 'unknown',
      present: existsSync(
        onlineRoles.some((name) => name === role)
          ? roleKeyFile(ring, role as (typeof onlineRoles)[number])
          : rootKeyFile(ring, id),
      ),
      expires: signed.expires,
    })),
  )
  const fleet = await fleetView(ring, signed.expires)
  const guards = await Promise.all((['root', 'signer'] as const).map((which) => guardView(ring, which)))
  return {
    rootVersion: signed.version,
    threshold: signed.roles['root']?.threshold ?? 0,
    keys: [...keys, ...fleet, ...guards],
  }
}

async function fleetView(ring: KeyRing, expires: string): Promise<KeyView[]> {
  const files = fleetKeyFiles(ring)
  if (!existsSync(files.named)) return []
  const { keyID: id, scheme: kind } = tufKey(createPublicKey(await readNamed(files.named, limits.trustFile)))
  return [{ role: 'fleet', id, kind, present: existsSync(files.key), expires }]
}

async function guardView(ring: KeyRing, which: 'root' | 'signer'): Promise<KeyView> {
  const files = guardFiles(ring, which)
  const certificate = new X509Certificate(await readNamed(files.certificate, limits.trustFile))
  return {
    role: which === 'root' ? 'guard-root' : 'guard',
    id: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
    kind: certificate.publicKey.asymmetricKeyType ?? 'unknown',
    present: existsSync(files.key),
    expires: new Date(certificate.validTo).toISOString(),
  }
}
