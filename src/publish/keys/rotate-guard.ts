import type { KeyObject } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { renamePatiently } from '../../file-in-use.ts'
import { writeFileAtomic } from '../../hawking/atomic-file.ts'
import { limits } from '../../limits.ts'
import { type Certified, certificatesOf, makeCertificate, pemOf } from '../../trust/issue/make-certificate.ts'
import { guardRootDays, guardSignerDays, rootSuffix, signerSuffix } from './init-keys.ts'
import { type KeyKind, makeKey, writeKey } from './key-file.ts'
import { guardFiles, type KeyRing, readCertified } from './key-ring.ts'

const day = 86_400_000

/** Replaces the signer of guards; its certificate is from the same guard root. @throws KEYS_*, STORE_* */
export async function rotateGuard(ring: KeyRing, passphrase: string | null, now: Date): Promise<void> {
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
export async function rotateGuardRoot(ring: KeyRing, passphrase: string | null, now: Date): Promise<void> {
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
  const before = certificatesOf(await readFile(files.certificate, 'utf8'))
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
