import { existsSync } from 'node:fs'
import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { storeWayFlaw, unsafeFiles } from '../config/check/trusted-files.ts'
import type { Config } from '../config/config.ts'
import { layouts, locate } from '../config/layout.ts'
import { freeSpace } from '../disk/free-space.ts'
import { compareVersions } from '../event/version.ts'
import { authorityFile, isAuthorityDamaged } from '../hawking/notices.ts'
import type { StoreFinding } from '../hawking/recover.ts'
import type { Store } from '../hawking/store.ts'
import type { StoreView } from '../hawking/view.ts'
import { limits } from '../limits.ts'
import { dateOf } from '../set-name.ts'
import { type CertificateInUse, certificatesAtEnd, describeEnd } from '../watch/certificates.ts'
import { mixedOwners } from './owner.ts'

/** The store as it was read, and the moment. */
export interface Surroundings {
  readonly store: Store
  readonly view: StoreView
  readonly now: Date
}

/** What is wrong around a store and can only be mended by people. */
export async function surroundingFlaws(around: Surroundings): Promise<DoctorFinding[]> {
  return [
    ...(await vanished(around)),
    ...(await authorityFlaws(around)),
    ...(await ownerFlaws(around)),
    ...clockFlaws(around),
    ...(await diskFlaws(around)),
  ]
}

/** A store whose two halves do not belong together: one was lost, or restored without the other. */
async function vanished({ store, view }: Surroundings): Promise<DoctorFinding[]> {
  if (view.sets.length > 0 && !existsSync(store.state)) {
    const message = `${store.state} is gone: where the sets came from, what is held and barred is forgotten`
    return [{ code: 'state-vanished', path: store.state, message, repaired: false }]
  }
  const remembered = await readdir(store.provenance).catch((): string[] => [])
  if (view.sets.length > 0 || remembered.length === 0) return []
  const message = `${store.virusDefs} holds no set, but ${store.state} tells of some: run 'defs update'`
  return [{ code: 'store-vanished', path: store.virusDefs, message, repaired: false }]
}

async function authorityFlaws({ store }: Surroundings): Promise<DoctorFinding[]> {
  if (!(await isAuthorityDamaged(store))) return []
  const path = authorityFile(store)
  const message = `${path} is damaged: what it sealed does not verify, and 'defs update' fetches it anew`
  return [{ code: 'authority-damaged', path, message, repaired: false }]
}

async function ownerFlaws({ store }: Surroundings): Promise<DoctorFinding[]> {
  const mixed = await mixedOwners(store)
  return mixed ? [{ code: 'owner-mixed', ...mixed, repaired: false }] : []
}

/**
 * A clock that shows a time before what the store has seen already, or more than a year after all of it. Signatures
 * do not depend on it (docs/contract.md section 2), but ages, holds and the schedule do.
 */
function clockFlaws({ store, view, now }: Surroundings): DoctorFinding[] {
  const staged = view.sets.flatMap(({ stagedAt }) => stagedAt ?? [])
  const attempts = [view.attempt?.at, ...Object.values(view.sources).map(({ lastAttempt }) => lastAttempt)]
  const seen = [...staged, ...attempts]
    .map((time) => Date.parse(time ?? ''))
    .filter((time) => !Number.isNaN(time))
  const newest = Math.max(...seen)
  const { current } = view.pointer
  const today = now.toISOString()
  if (newest - now.getTime() > limits.clockSkew) {
    const message = `the clock shows ${today}, but the store was used at ${new Date(newest).toISOString()} already`
    return [{ code: 'clock-behind', path: store.root, message, repaired: false }]
  }
  if (current !== null && dateOf(current).getTime() - now.getTime() > limits.future) {
    const message = `the clock shows ${today}, but the current set is of ${current.slice(0, 8)}`
    return [{ code: 'clock-behind', path: store.root, message, repaired: false }]
  }
  if (seen.length > 0 && now.getTime() - newest > limits.clockAhead) {
    const message = `the clock shows ${today}, more than a year after the last use of the store: is it right?`
    return [{ code: 'clock-ahead', path: store.root, message, repaired: false }]
  }
  return []
}

async function diskFlaws({ store }: Surroundings): Promise<DoctorFinding[]> {
  if (!existsSync(store.root)) return []
  const { fraction } = await freeSpace(store.root)
  if (fraction >= limits.lowDisk) return []
  const message = `only ${Math.floor(fraction * 100)} % of the disk of ${store.root} is free`
  return [{ code: 'disk-low', path: store.root, message, repaired: false }]
}

/** What each use of a certificate is renewed by; the file is replaced for any other. */
const renewals: Readonly<Record<string, string>> = {
  root: "run 'defs keys rotate root' with its offline keys",
  guard: "run 'defs keys rotate guard' with the offline key of guard-root",
  'guard-root': "run 'defs keys rotate guard-root' with its offline key",
  signer: 'ask its publisher for a set that is signed anew, or the set is refused then',
}

/** What events 1044 and 1045 tell of, in their words. */
export async function certificateFlaws(config: Config, now: Date): Promise<DoctorFinding[]> {
  const { ended, ending } = await certificatesAtEnd(config, now)
  const finding =
    (code: 'certificate-ended' | 'certificate-ending', text: string) => (one: CertificateInUse) => {
      const cure = renewals[one.use] ?? 'replace the file'
      return { code, path: one.path, message: `${text}: ${describeEnd(one)}; ${cure}`, repaired: false }
    }
  return [
    ...ended.map(finding('certificate-ended', 'a certificate has ended')),
    ...ending.map(finding('certificate-ending', 'a certificate comes to its end')),
  ]
}

/** Bytes of all interrupted downloads together. */
export async function partialBytes(store: Store): Promise<number> {
  const names = await readdir(store.partial).catch((): string[] => [])
  const sizes = names.map(
    async (name) => (await lstat(join(store.partial, name)).catch(() => null))?.size ?? 0,
  )
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)
}
/** One thing that is wrong (docs/contract.md section 3). */
export interface DoctorFinding extends Omit<StoreFinding, 'code'> {
  readonly code:
    | StoreFinding['code']
    /** A lock whose process is dead. */
    | 'lock-dead'
    /** More sets than `store.keep`, protected ones apart. */
    | 'sets-too-many'
    /** Interrupted downloads take more room than they may. */
    | 'partial-full'
    /** The file of the authority that seals what has no guard of its own cannot be read. */
    | 'authority-damaged'
    /** Files of the store belong to several users. */
    | 'owner-mixed'
    | 'state-vanished'
    | 'store-vanished'
    | 'clock-behind'
    | 'clock-ahead'
    | 'disk-low'
    | 'certificate-ending'
    | 'certificate-ended'
    | 'freshclam-active'
    /** freshclam fills the store, and deletes what it does not know there. */
    | 'freshclam-directory'
    /** systemd listens for clamd elsewhere. */
    | 'clamd-socket'
    /** A database is there in both forms, and the engine loads both. */
    | 'clamd-two-forms'
    | 'clamd-directory'
    | 'clamd-condition'
    | 'clamd-apparmor'
    | 'clamd-unreadable'
    | 'sign-roots'
    /** An anchor, key or program that others could change. */
    | 'file-unsafe'
    /** Others could put another folder in the place of the store. */
    | 'store-unsafe'
    /** The files of CSAPI, which the product needs and nobody updates any more. */
    | 'csapi-missing'
    /** An on-access scanner that looks into the folders we work in. */
    | 'on-access-scan'
}

/**
 * Who besides root, the caller and the owner of a store could decide what it holds or what is run for it. A store that
 * one user owns throughout is that user's (docs/contract.md section 8); what is judged here is the way to it. Modes and
 * owners inside are looked at with the store itself.
 */
export function unsafeFlaws(config: Config, store: Store): DoctorFinding[] {
  const found = unsafeFiles(config).map(({ key, path, message }): DoctorFinding => {
    return { code: 'file-unsafe', path, message: `${key}: ${message}`, repaired: false }
  })
  const message = storeWayFlaw(config)
  if (message === null) return found
  return [...found, { code: 'store-unsafe', path: store.root, message, repaired: false }]
}

/** From here on nothing updates CSAPI any more, and the product still needs its files (docs/domain.md section 1.5). */
const frozenSince = '6.5.7'

/** The files of CSAPI that are not there, where the layout has such a place. */
export async function csapiFlaws({
  store,
  product,
}: Pick<Config, 'store' | 'product'>): Promise<DoctorFinding[]> {
  const { csapi } = layouts[store.layout]
  if (csapi === null || compareVersions(product.version, frozenSince) < 0) return []
  const path = locate(store.root, csapi)
  const names = await readdir(path).catch((): string[] => [])
  if (names.length > 0) return []
  const text = `holds no file: ${product.name} ${product.version} no longer updates it and still relies on what lies there`
  const cure = 'install the product anew, or copy the folder from a machine of the same version'
  return [{ code: 'csapi-missing', path, message: `${path} ${text}; ${cure}`, repaired: false }]
}
