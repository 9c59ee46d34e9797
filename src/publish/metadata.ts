import { createHash } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type Key, Metadata, MetadataKind, MetaFile, Snapshot, Targets, Timestamp } from '@tufjs/models'
import { writeFileAtomic } from '../disk/atomic-file.ts'
import { readForeign, readForeignText } from '../disk/foreign-file.ts'
import { DefsError } from '../error.ts'
import { limits } from '../limits.ts'
import { bytesOf, momentOf, specVersion } from './keys/init-keys.ts'
import { readRoots } from './keys/key-ring.ts'
import type { TufSigner } from './keys/tuf-key.ts'
import type { PublishPaths } from './paths.ts'
import { newestPicks, type PickMetadata, pickedPaths, pickRole } from './picks/pick-role.ts'
import type { Target } from './target.ts'

/** Who signs the metadata. */
export interface MetadataSigners {
  readonly targets: TufSigner
  readonly snapshot: TufSigner
  readonly timestamp: TufSigner
}

/** Targets and snapshot are renewed when half of this is over, with whatever is published then. Milliseconds. */
const longLife = 90 * 86_400_000

/** A metadata file of the tree with its version. */
interface Kept<T> {
  readonly version: number
  readonly metadata: T
  readonly bytes: Buffer
}

/**
 * Writes roots, targets and snapshot under their versioned names, which nobody reads yet, and returns what is left
 * to do: naming them in a new timestamp (TUF specification 7). Versions go on from those that lie in the tree.
 */
export async function writeMetadata(
  paths: PublishPaths,
  signers: MetadataSigners,
  files: readonly Target[],
  { now, life, delegated }: { readonly now: Date; readonly life: number; readonly delegated: Key | null },
): Promise<() => Promise<void>> {
  const roots = await readRoots(paths.keys)
  for (const { version, bytes } of roots) await write(paths, `${version}.root.json`, bytes)
  const targets = await writeTargets(paths, signers.targets, files, { now, delegated })
  return writeSnapshotOf(targets, paths, signers, { now, life, delegated })
}

/** The same for whoever does not sign `targets`: what it says already goes on, with the newest that a fleet picked. */
export async function writeFreshness(
  paths: PublishPaths,
  signers: Omit<MetadataSigners, 'targets'>,
  moments: { readonly now: Date; readonly life: number; readonly delegated: Key | null },
): Promise<() => Promise<void>> {
  const targets = await newest(paths, 'targets')
  if (targets === null) throw new DefsError('PUBLISH_REFUSED', `${paths.metadata} has nothing signed yet`)
  return writeSnapshotOf(targets, paths, signers, moments)
}

async function writeSnapshotOf(
  targets: Kept<unknown>,
  paths: PublishPaths,
  signers: Omit<MetadataSigners, 'targets'>,
  { now, life, delegated }: { readonly now: Date; readonly life: number; readonly delegated: Key | null },
): Promise<() => Promise<void>> {
  const roots = await readRoots(paths.keys)
  const picks = delegated && (await newestPicks(paths, delegated))
  const snapshot = await writeSnapshot(paths, signers.snapshot, { targets, picks }, now)
  const newest = roots.at(-1)
  return async () => {
    if (newest) await write(paths, 'root.json', newest.bytes)
    const version = (await timestampVersion(paths)) + 1
    const signed = new Timestamp({
      version,
      specVersion,
      expires: momentOf(new Date(now.getTime() + life)),
      snapshotMeta: metaOf(snapshot),
    })
    await write(paths, 'timestamp.json', signedBytes(new Metadata(signed), signers.timestamp))
  }
}

async function writeTargets(
  paths: PublishPaths,
  signer: TufSigner,
  files: readonly Target[],
  { now, delegated }: { readonly now: Date; readonly delegated: Key | null },
): Promise<Kept<unknown>> {
  const table = Object.fromEntries(
    files.map(({ path, bytes, sha256 }) => [path, { length: bytes, hashes: { sha256 } }]),
  )
  const before = await newest(paths, 'targets')
  const delegations = delegated === null ? {} : { delegations: delegationsTo(delegated) }
  const signed = (version: number) =>
    Targets.fromJSON({ ...common('targets', version, now), targets: table, ...delegations })
  if (before) {
    const old = Metadata.fromJSON(MetadataKind.Targets, JSON.parse(before.bytes.toString()))
    const parts = ({ targets, delegations: to }: ReturnType<Targets['toJSON']>) =>
      JSON.stringify([targets, to])
    const same = parts(old.signed.toJSON()) === parts(signed(1).toJSON())
    if (same && isFresh(old, signer, now)) return { ...before, metadata: old }
  }
  return writeNext(paths, 'targets', before, (version) => new Metadata(signed(version)), signer)
}

/** The key of a fleet may name its cards and nothing else; where it is asked, nobody else is. */
function delegationsTo(key: Key) {
  const role = { name: pickRole, keyids: [key.keyID], threshold: 1, terminating: true, paths: pickedPaths }
  return { keys: { [key.keyID]: key.toJSON() }, roles: [role] }
}

async function writeSnapshot(
  paths: PublishPaths,
  signer: TufSigner,
  { targets, picks }: { readonly targets: Kept<unknown>; readonly picks: PickMetadata | null },
  now: Date,
): Promise<Kept<unknown>> {
  const before = await newest(paths, 'snapshot')
  if (before) {
    const old = Metadata.fromJSON(MetadataKind.Snapshot, JSON.parse(before.bytes.toString()))
    const versions = [targets.version, picks?.version]
    const same = ['targets', pickRole].every(
      (role, at) => old.signed.meta[`${role}.json`]?.version === versions[at],
    )
    if (same && isFresh(old, signer, now)) return { ...before, metadata: old }
  }
  const make = (version: number) => {
    const { expires } = common('snapshot', version, now)
    return new Metadata(
      new Snapshot({
        version,
        specVersion,
        expires,
        meta: { 'targets.json': metaOf(targets), ...(picks ? { [`${pickRole}.json`]: metaOf(picks) } : {}) },
      }),
    )
  }
  return writeNext(paths, 'snapshot', before, make, signer)
}

async function writeNext<T extends Targets | Snapshot>(
  paths: PublishPaths,
  role: 'targets' | 'snapshot',
  before: Kept<unknown> | null,
  make: (version: number) => Metadata<T>,
  signer: TufSigner,
): Promise<Kept<unknown>> {
  const version = (before?.version ?? 0) + 1
  const metadata = make(version)
  const bytes = signedBytes(metadata, signer)
  await write(paths, `${version}.${role}.json`, bytes)
  return { version, metadata, bytes }
}

function common(type: 'targets' | 'snapshot', version: number, now: Date) {
  const expires = momentOf(new Date(now.getTime() + longLife))
  return { _type: type, spec_version: specVersion, version, expires }
}

function isFresh(
  { signed, signatures }: Metadata<Targets> | Metadata<Snapshot>,
  signer: TufSigner,
  now: Date,
): boolean {
  const left = Date.parse(signed.expires) - now.getTime()
  return left > longLife / 2 && Object.hasOwn(signatures, signer.key.keyID)
}

function signedBytes<T extends Targets | Snapshot | Timestamp>(
  metadata: Metadata<T>,
  signer: TufSigner,
): Buffer {
  metadata.sign(signer.sign)
  return bytesOf(metadata)
}

function metaOf({ version, bytes }: Pick<Kept<unknown>, 'version' | 'bytes'>): MetaFile {
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  return new MetaFile({ version, length: bytes.length, hashes: { sha256 } })
}

/** The highest version of a role in the tree; null when there is none. */
async function newest(paths: PublishPaths, role: string): Promise<Kept<null> | null> {
  const form = new RegExp(`^(\\d+)\\.${role}\\.json$`)
  const versions = (await readdir(paths.metadata)).map((name) => Number(form.exec(name)?.[1] ?? 0))
  const version = Math.max(0, ...versions)
  if (version === 0) return null
  const { bytes } = await readForeign(join(paths.metadata, `${version}.${role}.json`), limits.publishText)
  return { version, metadata: null, bytes }
}

async function timestampVersion(paths: PublishPaths): Promise<number> {
  const text = await readForeignText(join(paths.metadata, 'timestamp.json'), limits.publishText)
  if (text === null) return 0
  return Metadata.fromJSON(MetadataKind.Timestamp, JSON.parse(text)).signed.version
}

async function write(paths: PublishPaths, name: string, bytes: Uint8Array): Promise<void> {
  const path = join(paths.metadata, name)
  const there = await readForeign(path, limits.publishText).catch(() => null)
  if (there?.bytes.equals(bytes)) return
  await writeFileAtomic(path, bytes, 0o644, true)
}
