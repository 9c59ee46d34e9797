import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { copyMember } from '../../archive/member-file.ts'
import { openPackage } from '../../archive/open.ts'
import type { Opened, OpenedFile } from '../../archive/opened.ts'
import { canaryFile, canaryLine } from '../../clamav/canary.ts'
import { digestFile } from '../../digest.ts'
import { temporaryFolder } from '../../disk/atomic-file.ts'
import { readNamed } from '../../disk/foreign-file.ts'
import { assertSpace } from '../../disk/free-space.ts'
import { DefsError, storeError } from '../../error.ts'
import { readPointer } from '../../hawking/pointer.ts'
import { listSets } from '../../hawking/sets.ts'
import { marker } from '../../hawking/stage.ts'
import { peekProvenance } from '../../hawking/state.ts'
import { unknownSet } from '../../hawking/unknown-set.ts'
import { limits } from '../../limits.ts'
import { type SetName, setName } from '../../set-name.ts'
import { readAnchors } from '../../trust/anchors.ts'
import type { Authentic, Trust } from '../../trust/authentic.ts'
import { authenticate } from '../../trust/authenticate.ts'
import { guardSet, isOwnSeal } from '../../update/acquire/seal.ts'
import { inspectSet } from '../../update/recover/inspect.ts'
import { beginRun } from '../../update/run.ts'
import type { MirroredDatabase } from '../catalog.ts'
import { guardFiles } from '../keys/key-ring.ts'
import type { Publisher } from '../publisher.ts'

/**
 * A folder of definitions. One that is a set already - it has a guard - is proved as it is; any other one is the
 * admin's own: it gets a guard, signed by our guard authority. Only a copy is judged and published.
 * @param set its name; an own set without one is the next revision of today
 * @throws ARCHIVE_*, TRUST_*, STORE_*
 */
export async function acquireFromFolder(
  folder: string,
  set: SetName | null,
  taken: readonly SetName[],
  publisher: Publisher,
): Promise<Acquired> {
  const directory = temporaryFolder(publisher.paths.work)
  const discard = () => rm(directory, { recursive: true, force: true })
  try {
    await mkdir(directory, { mode: 0o700 })
    const opened = await open(resolve(folder), directory, publisher)
    const own = opened.guard === null
    const name = set ?? (own ? nextRevision(publisher.now, taken) : null)
    const claim = { set: name, sequence: null, grade: 'certified' } as const
    const whole =
      own && name !== null
        ? await guardSet(opened, { ...claim, set: name }, publisher.keys.guard, publisher.now)
        : opened
    const trust = await trustOf(publisher, own)
    return { authentic: authenticate(whole, claim, trust), source: own ? 'own' : 'folder', discard }
  } catch (error) {
    await discard()
    throw storeError(error, `reading ${folder}`)
  }
}

function open(folder: string, directory: string, { config, context }: Publisher): Promise<Opened> {
  const { entries, unpacked, ratio } = config.limits
  return openPackage(folder, directory, {
    limits: { entries, unpacked, ratio },
    reserve: config.store.reserve,
    algorithms: ['sha1'],
    context,
    signal: context.signal,
  })
}

/** Own sets are judged by our own root alone; others by the pinned anchors as well. */
async function trustOf(publisher: Publisher, own: boolean): Promise<Trust> {
  const { config, context } = publisher
  const ours = await ownTrust(publisher)
  if (own || config.trust.anchors.length === 0) return ours
  const { trust: pinned } = beginRun(config, context, { timeout: null, force: false })
  return { ...pinned, anchors: [...pinned.anchors, ...ours.anchors] }
}

function nextRevision(now: Date, taken: readonly SetName[]): SetName {
  const [year, month, day] = [now.getUTCFullYear(), now.getUTCMonth() + 1, now.getUTCDate()]
  for (let revision = 1; revision < 1000; revision++) {
    const name = setName(year, month, day, revision)
    if (name && !taken.includes(name)) return name
  }
  throw new DefsError('USAGE_ARGUMENT', `no revision of today is left: name a set`)
}

/**
 * A set of the store, the current one by default, proved anew in full. One that the store sealed for itself gets a
 * guard of ours.
 * @throws STORE_NO_DEFINITIONS without any set; STORE_UNKNOWN_SET; the first problem of a damaged one
 */
export async function acquireFromStore(set: SetName | null, publisher: Publisher): Promise<Acquired> {
  const { config, context } = publisher
  const run = beginRun(config, context, { timeout: null, force: false })
  const onDisk = await listSets(run.store)
  if (set !== null && !onDisk.includes(set)) throw unknownSet(set, onDisk)
  const wanted = set ?? (await readPointer(run.store)).current
  if (wanted === null) {
    throw new DefsError('STORE_NO_DEFINITIONS', `${run.store.root} holds no current set to be published`)
  }
  const { proved, problems } = await inspectSet(wanted, run)
  if (proved) {
    const source = (await peekProvenance(run.store, wanted))?.source ?? 'store'
    if (await isOwnSeal(proved, run)) return { ...(await reGuard(proved, publisher)), source }
    return { authentic: proved, source, discard: async () => {} }
  }
  const [first] = problems
  throw first?.error ?? new DefsError('BUG', `${wanted} is neither proved nor refused`)
}

/**
 * A copy of a set that the store had sealed for itself, under a guard of the publisher, which clients know.
 * @param authentic the set, proved in this run
 * @param set its name from now on
 * @throws STORE_*, KEYS_*; TRUST_DIGEST when it changes meanwhile
 */
export async function reGuard(
  authentic: Authentic,
  publisher: Publisher,
  set: SetName = authentic.set,
): Promise<{ authentic: Authentic; discard: () => Promise<void> }> {
  const directory = temporaryFolder(publisher.paths.work)
  const discard = () => rm(directory, { recursive: true, force: true })
  try {
    await mkdir(directory, { mode: 0o700 })
    const bytes = authentic.files.reduce((sum, file) => sum + file.bytes, 0)
    assertSpace(directory, bytes, publisher.config.store.reserve)
    const files = await copyAll(authentic, directory, publisher)
    if (set !== authentic.set) await renameCanary(files, directory, set)
    const { sequence, grade } = authentic
    const claim = { set, sequence, grade }
    const guarded = await guardSet({ directory, files }, claim, publisher.keys.guard, publisher.now)
    return { authentic: authenticate(guarded, claim, await ownTrust(publisher)), discard }
  } catch (error) {
    await discard()
    throw storeError(error, `giving ${authentic.set} a guard of ours`)
  }
}

/** What the scanner finds, to prove which set it has, names that set. */
async function renameCanary(files: OpenedFile[], directory: string, set: SetName): Promise<void> {
  const at = files.findIndex(({ name }) => name === canaryFile)
  if (at < 0) return
  const path = join(directory, canaryFile)
  await writeFile(path, canaryLine(set))
  const { bytes, hashing } = await digestFile(path, ['sha256'])
  files[at] = { name: canaryFile, bytes, sha256: hashing.finish('sha256') ?? '', sha1: null }
}

async function copyAll(
  { directory: from, files }: Authentic,
  to: string,
  { context: { signal }, config }: Publisher,
): Promise<OpenedFile[]> {
  const copies: OpenedFile[] = []
  for (const { name, sha256 } of files) {
    if (['v.grd', 'v.sig', marker].includes(name.toLowerCase())) continue
    await mkdir(dirname(join(to, name)), { recursive: true, mode: 0o700 })
    const copy = await copyMember(join(from, name), join(to, name), ['sha1'], signal, config.store.reserve)
    if (copy.sha256 !== sha256)
      throw new DefsError('TRUST_DIGEST', `${name} changed while it was copied: run again`, { path: name })
    copies.push({ name, ...copy })
  }
  return copies
}

/** A proved set that is to be published, and where it is from. */
export interface Acquired {
  readonly authentic: Authentic
  /** The configured source, `store`, or `own`. */
  readonly source: string
  /** Who vouches for it; whoever signed its guard when absent. */
  readonly signedBy?: string
  readonly fingerprint?: string | null
  /** What `freshclam` is to be given, and where the files lie that the tree has not yet. */
  readonly databases?: readonly MirroredDatabase[]
  readonly files?: ReadonlyMap<string, string>
  /** Removes what was made for it. */
  readonly discard: () => Promise<void>
}

/** Judges what we guarded ourselves: by our own root alone. @throws TRUST_ANCHORS */
export async function ownTrust({ config, paths, now }: Publisher): Promise<Trust> {
  const path = guardFiles(paths.keys, 'root').certificate
  const anchors = readAnchors([{ path, text: (await readNamed(path, limits.trustFile)).toString() }])
  return {
    anchors,
    now,
    policy: { allowSha1: config.trust.allowSha1, expired: config.trust.expired, allowFuture: false },
  }
}
