import { mkdir, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { openPackage } from '../archive/open.ts'
import type { Opened, OpenedFile } from '../archive/opened.ts'
import { temporaryFolder } from '../disk/atomic-file.ts'
import { assertSpace } from '../disk/free-space.ts'
import { storeError } from '../error.ts'
import { compareStanding } from '../set-name.ts'
import type { Authentic } from '../trust/authentic.ts'
import { type Measured, makePatches, type PatchJob } from '../vcdiff/make-patches.ts'
import type { Catalog, CatalogStep, Release } from './catalog.ts'
import { describe, type PackedFile } from './package.ts'
import type { Publisher } from './publisher.ts'
import { findPackage } from './refresh-tree.ts'
import { writeZip, type ZipMember } from './zip-writer.ts'

/** An incremental package larger than this share of the full one saves too little to be worth its making. */
const worthwhile = 0.6

/** Members of a package that every incremental one carries in full. */
const carried = new Set(['v.grd', 'v.sig'])

/** Incremental packages, and where they lie until they are placed. */
export interface Steps {
  readonly steps: readonly CatalogStep[]
  readonly files: readonly (readonly [file: string, path: string])[]
}

/**
 * Makes incremental packages from each of the newest `publish.incremental` older sets to this one: the new guard
 * and signature, new files in full, changed ones as `<name>.vcdiff` (docs/contract.md section 7). One that
 * would not pay is left out; the full package always works.
 * @throws STORE_*, INTERRUPTED
 */
export async function makeSteps(
  authentic: Authentic,
  full: PackedFile,
  catalog: Catalog,
  publisher: Publisher,
): Promise<Steps> {
  const older = catalog.releases.filter((one) => compareStanding(authentic, one) > 0)
  const bases =
    publisher.config.publish.incremental === 0 ? [] : older.slice(-publisher.config.publish.incremental)
  const steps: CatalogStep[] = []
  const files: [string, string][] = []
  for (const base of bases) {
    const made = await makeStep(base, authentic, catalog, publisher)
    if (made.step.bytes > full.packed.bytes * worthwhile) await rm(made.path, { force: true })
    else {
      steps.push(made.step)
      files.push([made.step.file, made.path])
    }
  }
  return { steps, files }
}

async function makeStep(
  base: Release,
  authentic: Authentic,
  catalog: Catalog,
  { paths, config, context }: Publisher,
): Promise<{ readonly step: CatalogStep; readonly path: string }> {
  const work = temporaryFolder(paths.work)
  const path = `${work}.zip`
  try {
    await mkdir(join(work, 'base'), { recursive: true, mode: 0o700 })
    const { entries, unpacked, ratio } = config.limits
    const opened = await openPackage(findPackage(base.full, catalog, paths.tree), join(work, 'base'), {
      limits: { entries, unpacked, ratio },
      reserve: config.store.reserve,
      algorithms: [],
      context,
      signal: context.signal,
    })
    // A patch is no larger than what it makes, but for a few bytes.
    const most = authentic.files.reduce((sum, { bytes }) => sum + bytes, 0)
    assertSpace(work, most, config.store.reserve)
    const members = await membersOf(authentic, opened, join(work, 'patch'), context.signal)
    await writeZip(path, members, context.signal, config.store.reserve)
    const packed = await describe(path, `${authentic.set}-from-${base.set}`)
    return { step: { ...packed, base: base.set }, path }
  } catch (error) {
    await rm(path, { force: true })
    throw storeError(error, `making the incremental package from ${base.set}`)
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

async function membersOf(
  authentic: Authentic,
  base: Opened,
  patches: string,
  signal: AbortSignal,
): Promise<ZipMember[]> {
  const changes = authentic.files.flatMap((file) => changeOf(file, authentic, base, patches) ?? [])
  const jobs = changes.flatMap(({ job }) => job ?? [])
  for (const folder of new Set(jobs.map(({ patch }) => dirname(patch))))
    await mkdir(folder, { recursive: true, mode: 0o700 })
  const lengths = await makePatches(jobs, signal)
  return changes.map(({ name, content, job }) => {
    const bytes = job === null ? undefined : lengths.get(job)
    // A patch that is no smaller than the file is not worth applying.
    if (job === null || bytes === undefined || bytes >= content.bytes) return { name, content }
    return { name: `${name}.vcdiff`, content: { path: job.patch, bytes } }
  })
}

/** What the package may hold of a file: all of it, or the patch that the job makes. */
interface Change {
  readonly name: string
  readonly content: Measured
  readonly job: PatchJob | null
}

/** Null for a file that the base has, too. */
function changeOf(
  { name, bytes, sha256 }: OpenedFile,
  { directory }: Authentic,
  base: Opened,
  patches: string,
): Change | null {
  const content = { path: join(directory, name), bytes }
  const before = base.files.find((file) => file.name === name)
  if (!before || carried.has(name.toLowerCase())) return { name, content, job: null }
  if (before.sha256 === sha256) return null
  const from = { path: join(base.directory, before.name), bytes: before.bytes }
  return { name, content, job: { base: from, target: content, patch: join(patches, `${name}.vcdiff`) } }
}
