import { createPrivateKey, generateKeyPairSync } from 'node:crypto'
import type { Opened } from '../../archive/opened.ts'
import { DefsError } from '../../error.ts'
import {
  authorityFile,
  readAuthorityCertificate,
  readAuthorityFile,
  writeAuthorityFile,
} from '../../hawking/notices.ts'
import { marker } from '../../hawking/stage.ts'
import type { Grade, Sequence, SetName } from '../../set-name.ts'
import { readAnchors } from '../../trust/anchors.ts'
import type { Authentic } from '../../trust/authentic.ts'
import { authenticate } from '../../trust/authenticate.ts'
import { type Certified, certificateOf, makeCertificate, pemOf } from '../../trust/issue/make-certificate.ts'
import { guardText, signGuard } from '../../trust/issue/sign-guard.ts'
import type { Run } from '../run.ts'
import { writeSmall } from './small-file.ts'

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
  return pem === null ? null : { key: createPrivateKey(pem), certificate: certificateOf(pem) }
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

/** What a guard of ours says of its set. */
export interface Guarding {
  readonly set: SetName
  readonly sequence: Sequence | null
  readonly grade: Grade
}

/**
 * Gives the files of a folder a guard, signed by one of our own keys: `v.grd` and `v.sig` are written beside them.
 * A guard or marker that came with them is left out, so that only ours speaks.
 * @throws ARCHIVE_UNKNOWN for a folder without definitions; STORE_*
 */
export async function guardSet(
  { directory, files }: Pick<Opened, 'directory' | 'files'>,
  { set, sequence, grade }: Guarding,
  signer: Certified,
  now: Date,
): Promise<Opened> {
  const own = files.filter(({ name }) => !['v.grd', 'v.sig', marker].includes(name.toLowerCase()))
  if (own.length === 0) throw new DefsError('ARCHIVE_UNKNOWN', 'the folder holds no definitions')
  const header = [
    ['SetName', set],
    ...(sequence === null ? [] : [['Sequence', String(sequence.number)] as const]),
    ['Grade', grade],
    ['LastModifiedUtcSeconds', String(Math.floor(now.getTime() / 1000))],
  ] as const
  const guard = Buffer.from(guardText(own, header))
  const signature = await signGuard(guard, signer)
  const added = [
    await writeSmall(directory, 'v.grd', guard),
    await writeSmall(directory, 'v.sig', Buffer.from(signature)),
  ]
  return { directory, files: [...own, ...added], guard, signature }
}

/** Whether a set was sealed by the store's own authority, which nobody else has any reason to trust. */
export async function isOwnSeal(
  { signer }: Pick<Authentic, 'signer'>,
  { store }: Pick<Run, 'store'>,
): Promise<boolean> {
  const text = await readAuthorityCertificate(store)
  if (text === null) return false
  const anchors = readAnchors([{ path: authorityFile(store), text }])
  return anchors.some(({ fingerprint }) => fingerprint === signer.anchorFingerprint)
}
