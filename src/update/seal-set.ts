import { createPrivateKey, generateKeyPairSync } from 'node:crypto'
import type { Opened } from '../archive/opened.ts'
import { DefsError } from '../error.ts'
import { authorityFile, readAuthorityFile, writeAuthorityFile } from '../hawking/authority-file.ts'
import { readAnchors } from '../trust/anchors.ts'
import type { Authentic } from '../trust/authentic.ts'
import { authenticate } from '../trust/authenticate.ts'
import { type Certified, certificateOf, makeCertificate, pemOf } from '../trust/issue/make-certificate.ts'
import { type Guarding, guardSet } from './guard-set.ts'
import type { Run } from './run.ts'

// Its dates say nothing: the key never leaves the store, and clocks are wrong at times. UTCTime ends with 2049.
const since = new Date('2000-01-01T00:00:00Z')
const days = 18_250

/**
 * Seals a set that carries no guard and was proved by means of its own (a ClamAV database, a pack of rules): it gets
 * a guard of ours, signed by the store's own authority, so that from here on it is a set like any other. What was
 * proved once is proved again, from the disk, by every later run. The authority is made on first use; it counts for
 * what lies in this store and never for what arrives.
 * @param opened the proved files, in a workspace of the store
 * @throws STORE_*; TRUST_* when the files are no longer what they were
 */
export async function sealSet(
  opened: Pick<Opened, 'directory' | 'files'>,
  claim: Guarding,
  run: Run,
): Promise<Authentic> {
  const authority = (await readAuthority(run)) ?? (await makeAuthority(run))
  const guarded = await guardSet(opened, claim, authority, run.startedAt)
  const path = authorityFile(run.store)
  const anchors = readAnchors([{ path, text: pemOf(authority.certificate) }])
  return authenticate(guarded, claim, { ...run.trust, anchors })
}

async function readAuthority({ store }: Run): Promise<Certified | null> {
  const pem = await readAuthorityFile(store)
  if (pem === null) return null
  try {
    return { key: createPrivateKey(pem), certificate: certificateOf(pem) }
  } catch (cause) {
    const path = authorityFile(store)
    const message = `${path} is damaged: move it away; sets sealed by it are then fetched again`
    throw new DefsError('STORE_RECORD', message, { path, cause })
  }
}

async function makeAuthority({ store }: Run): Promise<Certified> {
  const { privateKey: key } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const certificate = await makeCertificate({
    commonName: `authority of the store ${store.root}`,
    key,
    issuer: null,
    authority: true,
    from: since,
    days,
  })
  const pem = `${key.export({ type: 'pkcs8', format: 'pem' })}${pemOf(certificate)}`
  await writeAuthorityFile(store, pem)
  return { key, certificate }
}
