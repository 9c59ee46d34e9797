import { mkdir, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { writeMember } from '../../archive/member-file.ts'
import type { OpenedFile } from '../../archive/opened.ts'
import { withZip } from '../../archive/zip.ts'
import { temporaryFolder } from '../../disk/atomic-file.ts'
import { assertSpace } from '../../disk/free-space.ts'
import { DefsError, storeError } from '../../error.ts'
import { inLanes } from '../../thread/lanes.ts'
import type { Authentic } from '../../trust/authentic.ts'
import { type Measured, makePatches, type PatchJob } from '../../vcdiff/make-patches.ts'
import type { Catalog, CatalogStep, Release } from '../catalog.ts'
import type { Publisher } from '../publisher.ts'
import { findPackage } from '../refresh-tree.ts'
import { describe, type FullPackage } from './package.ts'
import { type PublishedMember, type PublishedPackage, readPublished } from './published-package.ts'
import { type PackedContent, writeZip, type ZipMember } from './zip-writer.ts'

/** An incremental package larger than this share of the full one saves too little to be worth its making. */
const worthwhile = 0.6

/** Members of a package that every incremental one carries in full. */
const carried = new Set(['v.grd', 'v.sig'])

/** Incremental packages, and where they lie until they are placed. */
export interface Steps {
  readonly steps: readonly CatalogStep[]
  readonly files: readonly (readonly [file: string, path: string])[]
}

/** A set that is being published, packed in full. */
export interface Making {
  readonly authentic: Authentic
  readonly full: FullPackage
  /** The set before it, when its package has been read already. */
  readonly older: PublishedPackage | null
}

/**
 * Makes incremental packages from each of some older sets to this one: the new guard and signature, new files in
 * full, changed ones as `<name>.vcdiff` (docs/contract.md section 7). One that would not pay is left out; the full
 * package always works.
 * @param bases the older sets
 * @throws STORE_*, INTERRUPTED
 */
export async function makeSteps(
  making: Making,
  bases: readonly Release[],
  catalog: Catalog,
  publisher: Publisher,
): Promise<Steps> {
  const steps: CatalogStep[] = []
  const files: [string, string][] = []
  for (const base of bases) {
    const made = await makeStep(base, making, catalog, publisher)
    if (made.step.bytes > making.full.bytes * worthwhile) await rm(made.path, { force: true })
    else {
      steps.push(made.step)
      files.push([made.step.file, made.path])
    }
  }
  return { steps, files }
}

async function makeStep(
  base: Release,
  making: Making,
  catalog: Catalog,
  publisher: Publisher,
): Promise<{ readonly step: CatalogStep; readonly path: string }> {
  const { paths, config, context } = publisher
  const { authentic, full, older } = making
  const files = new Map(authentic.files.map((file) => [file.name, file]))
  const work = temporaryFolder(paths.work)
  const path = `${work}.zip`
  try {
    const published = older?.set === base.set ? older : await readPublished(base, catalog, publisher)
    if (published === null) throw damaged(findPackage(base.full, catalog, paths.tree))
    const changes = [...full.members].flatMap(([name, content]) => {
      const file = files.get(name)
      return (file && changeOf(file, content, { authentic, published, work })) ?? []
    })
    // A patch is no larger than what it makes, but for a few bytes.
    const most = authentic.files.reduce((sum, { bytes }) => sum + bytes, 0)
    await mkdir(work, { mode: 0o700 })
    assertSpace(work, most, config.store.reserve)
    await unpackBases(changes, published, publisher)
    const { signal } = context
    await writeZip(path, await membersOf(changes, signal), { signal, reserve: config.store.reserve })
    const packed = await describe(path, `${authentic.set}-from-${base.set}`)
    return { step: { ...packed, base: base.set }, path }
  } catch (error) {
    await rm(path, { force: true })
    throw storeError(error, `making the incremental package from ${base.set}`)
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

function damaged(path: string): DefsError {
  const text = `${path} is not what was published: restore it, or withdraw its set`
  return new DefsError('STORE_IO', text, { path })
}

/** What the package may hold of a file: all of it, or the patch of what the base has in its place. */
interface Change {
  readonly name: string
  readonly content: PackedContent
  readonly patch: { readonly job: PatchJob; readonly base: PublishedMember['place'] } | null
}

/** What is compared, and the folder that patches are made in. */
interface Comparing {
  readonly authentic: Authentic
  readonly published: PublishedPackage
  readonly work: string
}

/** Null for a file that the base has, too. */
function changeOf(
  { name, bytes, sha256 }: OpenedFile,
  content: PackedContent,
  { authentic, published, work }: Comparing,
): Change | null {
  const before = published.members.get(name)
  if (!before || carried.has(name.toLowerCase())) return { name, content, patch: null }
  if (before.sha256 === sha256) return null
  const base: Measured = { path: join(work, 'base', name), bytes: before.place.entry.unpacked }
  const target: Measured = { path: join(authentic.directory, name), bytes }
  const job = { base, target, patch: join(work, 'patch', `${name}.vcdiff`) }
  return { name, content, patch: { job, base: before.place } }
}

/** Unpacks what patches start from; the package is what was published, and that was proved. */
async function unpackBases(
  changes: readonly Change[],
  { path }: PublishedPackage,
  { config, context }: Publisher,
): Promise<void> {
  const patches = changes.flatMap(({ patch }) => patch ?? [])
  for (const folder of new Set(patches.flatMap(({ job }) => [dirname(job.base.path), dirname(job.patch)])))
    await mkdir(folder, { recursive: true, mode: 0o700 })
  const largestFirst = patches.toSorted((a, b) => b.job.base.bytes - a.job.base.bytes)
  await withZip(path, config.limits, ({ contentOf }) =>
    inLanes(largestFirst, context.signal, ({ job, base }, signal) =>
      writeMember(job.base.path, contentOf(base, signal), () => undefined, config.store.reserve),
    ),
  )
}

async function membersOf(changes: readonly Change[], signal: AbortSignal): Promise<ZipMember[]> {
  const lengths = await makePatches(
    changes.flatMap(({ patch }) => patch?.job ?? []),
    signal,
  )
  return changes.map(({ name, content, patch }) => {
    const bytes = patch === null ? undefined : lengths.get(patch.job)
    // A patch that is no smaller than the file is not worth applying.
    if (patch === null || bytes === undefined || bytes >= content.bytes) return { name, content }
    return { name: `${name}.vcdiff`, content: { path: patch.job.patch, bytes } }
  })
}
