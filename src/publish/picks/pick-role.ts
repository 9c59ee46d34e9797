import { createPublicKey } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type Key, Metadata, MetadataKind, type Snapshot, Targets } from '@tufjs/models'
import { writeFileAtomic } from '../../disk/atomic-file.ts'
import { readForeign, readNamed } from '../../disk/foreign-file.ts'
import { limits } from '../../limits.ts'
import { bytesOf, momentOf, specVersion } from '../keys/init-keys.ts'
import { fleetKeyFiles, type KeyRing, readKey, roleKeyFile } from '../keys/key-ring.ts'
import { type TufSigner, tufKey, tufSigner } from '../keys/tuf-key.ts'
import type { PublishPaths } from '../paths.ts'
import type { Target } from '../target.ts'

/** The delegated role that picks for a fleet: it may name cards, `fleet/*`, and nothing else. */
export const pickRole = 'fleet'
export const pickedPaths = [`${pickRole}/*`]

/** How long what the role signed is good; it is signed anew when half of it is over. Milliseconds. */
const life = 90 * 86_400_000

/** A version of the role's metadata. */
export interface PickMetadata {
  readonly version: number
  readonly bytes: Buffer
  readonly metadata: Metadata<Targets>
}

/** The public key that `targets` delegates to; null where the cards of fleets are signed by `targets` itself. */
export async function delegatedKey(ring: KeyRing): Promise<Key | null> {
  const { named } = fleetKeyFiles(ring)
  return existsSync(named) ? tufKey(createPublicKey(await readNamed(named, limits.trustFile))) : null
}

/** Whether this key folder is one of a controller that picks: it has the private key of the role. */
export function mayPick(ring: KeyRing): boolean {
  return existsSync(fleetKeyFiles(ring).key)
}

/** The signer of the role. @throws KEYS_MISSING, KEYS_LOCKED */
export async function pickSigner(ring: KeyRing, passphrase: string | null): Promise<TufSigner> {
  return tufSigner(await readKey(fleetKeyFiles(ring).key, passphrase))
}

/**
 * The newest metadata of the role in the tree that its key has signed; null when there is none. Rule: whoever may
 * write into the tree has to have the key. Stops: a snapshot that names what no client accepts, which would cut all
 * of them off.
 */
export async function newestPicks(
  paths: Pick<PublishPaths, 'metadata'>,
  key: Key,
): Promise<PickMetadata | null> {
  const versions = await versionsIn(paths)
  for (const version of versions.toSorted((a, b) => b - a).slice(0, limits.tufDelegations)) {
    const path = join(paths.metadata, `${version}.${pickRole}.json`)
    const bytes = await readForeign(path, limits.tufTargets).then(
      (file) => file.bytes,
      () => null,
    )
    const metadata = bytes && holds(bytes, version, key)
    if (bytes && metadata) return { version, bytes, metadata }
  }
  return null
}

/** Whether the role has signed something that the newest snapshot does not name yet. Looks at names and one file. */
export async function arePicksWaiting(paths: Pick<PublishPaths, 'metadata' | 'keys'>): Promise<boolean> {
  // Where the keys are not that would show it there is nothing to wait for.
  const key = existsSync(roleKeyFile(paths.keys, 'snapshot')) ? await delegatedKey(paths.keys) : null
  const picks = key && (await newestPicks(paths, key))
  if (!picks) return false
  const snapshot = await newestSnapshot(paths)
  return snapshot !== null && (snapshot.signed.meta[`${pickRole}.json`]?.version ?? 0) < picks.version
}

async function versionsIn({ metadata }: Pick<PublishPaths, 'metadata'>): Promise<number[]> {
  const form = new RegExp(`^(\\d{1,15})\\.${pickRole}\\.json$`)
  const names = await readdir(metadata).catch(() => [])
  return names.map((name) => Number(form.exec(name)?.[1] ?? 0)).filter((version) => version > 0)
}

/**
 * Has the role say something under a new key: what it said last to hosts, or that it names nothing yet. Without it
 * whoever asks for a card would find a role that is named and not there.
 */
export async function beginPicks(
  paths: Pick<PublishPaths, 'metadata'>,
  signer: TufSigner,
  now: Date,
): Promise<void> {
  if ((await newestPicks(paths, signer.key)) !== null) return
  await writePicks(paths, signer, await shownPicks(paths), now)
}

/** What the newest snapshot vouches for, by whatever key it was signed. */
async function shownPicks(paths: Pick<PublishPaths, 'metadata'>): Promise<Target[]> {
  const shown = (await newestSnapshot(paths))?.signed.meta[`${pickRole}.json`]
  if (!shown) return []
  const { bytes } = await readForeign(
    join(paths.metadata, `${shown.version}.${pickRole}.json`),
    limits.tufTargets,
  )
  shown.verify(bytes)
  const { signed } = Metadata.fromJSON(MetadataKind.Targets, JSON.parse(bytes.toString()))
  return Object.values(signed.targets).map(({ path, length, hashes }) => ({
    path,
    bytes: length,
    sha256: String(hashes['sha256']),
  }))
}

async function newestSnapshot(paths: Pick<PublishPaths, 'metadata'>): Promise<Metadata<Snapshot> | null> {
  const names = await readdir(paths.metadata).catch(() => [])
  const newest = Math.max(0, ...names.map((name) => Number(/^(\d+)\.snapshot\.json$/.exec(name)?.[1] ?? 0)))
  if (newest === 0) return null
  const { bytes } = await readForeign(join(paths.metadata, `${newest}.snapshot.json`), limits.tufSnapshot)
  return Metadata.fromJSON(MetadataKind.Snapshot, JSON.parse(bytes.toString()))
}

function holds(bytes: Buffer, version: number, key: Key): Metadata<Targets> | null {
  try {
    const metadata = Metadata.fromJSON(MetadataKind.Targets, JSON.parse(bytes.toString()))
    const { signed } = metadata
    key.verifySignature(metadata)
    const own = Object.keys(signed.targets).every((path) => /^fleet\/[^/]+$/.test(path))
    return signed.version === version && own && !signed.delegations && form.test(expiryIn(bytes))
      ? metadata
      : null
  } catch {
    return null
  }
}

const form = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/

function expiryIn(bytes: Buffer): string {
  const { signed }: { signed?: { expires?: unknown } } = JSON.parse(bytes.toString())
  return String(signed?.expires)
}

/** Writes the next version of the role's metadata under its versioned name; the snapshot is what names it to clients. */
export async function writePicks(
  paths: Pick<PublishPaths, 'metadata'>,
  signer: TufSigner,
  files: readonly Target[],
  now: Date,
): Promise<PickMetadata> {
  const before = await newestPicks(paths, signer.key)
  const targets = Object.fromEntries(
    files.map(({ path, bytes, sha256 }) => [path, { length: bytes, hashes: { sha256 } }]),
  )
  const signed = (version: number) =>
    Targets.fromJSON({
      _type: 'targets',
      spec_version: specVersion,
      version,
      expires: momentOf(new Date(now.getTime() + life)),
      targets,
    })
  if (before !== null) {
    const same =
      JSON.stringify(before.metadata.signed.toJSON()['targets']) ===
      JSON.stringify(signed(1).toJSON()['targets'])
    if (same && Date.parse(expiryIn(before.bytes)) - now.getTime() > life / 2) return before
  }
  const version = Math.max(0, ...(await versionsIn(paths))) + 1
  const metadata = new Metadata(signed(version))
  metadata.sign(signer.sign)
  const bytes = bytesOf(metadata)
  await writeFileAtomic(join(paths.metadata, `${version}.${pickRole}.json`), bytes, 0o644, true)
  return { version, bytes, metadata }
}
