import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { digestMember } from '../archive/member-file.ts'
import type { OpenedFile } from '../archive/opened.ts'
import { storeError } from '../error.ts'
import type { Authentic, Proved } from '../trust/authentic.ts'
import { makePatches, type PatchJob } from '../vcdiff/make-patches.ts'
import type { StatedMember } from './statement.ts'

/** A member of a bundle that is to be written. */
export interface BundleMember extends StatedMember {
  /** Where its bytes are. */
  readonly path: string
}

/** A proved set that goes into a bundle. */
export interface Exported extends Proved {
  /** Where its guard and signature lie when they are not those of its folder. */
  readonly guardDirectory?: string
}

// What proves the rest comes before it.
const first = ['v.grd', 'v.sig']

/**
 * What a bundle must hold so that the far side, which may have `base`, can make the set: guard and signature first,
 * new files whole, changed ones as `<name>.vcdiff` where that is smaller, unchanged ones not at all.
 * @param patches an empty folder of ours for the patches
 * @throws STORE_*, INTERRUPTED
 */
export async function pickMembers(
  set: Exported,
  base: Authentic | null,
  patches: string,
  signal: AbortSignal,
): Promise<BundleMember[]> {
  const choices = guardFirst(set.files).flatMap((file) => choiceOf(file, set, base, patches) ?? [])
  const jobs = choices.flatMap(({ job }) => job ?? [])
  await makeFolders(jobs)
  const lengths = await makePatches(jobs, signal)
  const members: BundleMember[] = []
  for (const { whole, job } of choices) {
    const bytes = job === null ? undefined : lengths.get(job)
    // A patch that is no smaller than the file is not worth applying.
    if (job === null || bytes === undefined || bytes >= whole.bytes) members.push(whole)
    else members.push(await patchMember(whole.name, job.patch, bytes, signal))
  }
  return members
}

/** What a bundle may hold of a file: all of it, or the patch that the job makes. */
interface Choice {
  readonly whole: BundleMember
  readonly job: PatchJob | null
}

/** Null for a file that the base has, too. */
function choiceOf(file: OpenedFile, set: Exported, base: Authentic | null, patches: string): Choice | null {
  const isGuard = first.includes(file.name.toLowerCase())
  const folder = (isGuard && set.guardDirectory) || set.directory
  const whole = { ...file, path: join(folder, file.name) }
  const before = base?.files.find(({ name }) => name.toLowerCase() === file.name.toLowerCase())
  if (!base || !before || isGuard) return { whole, job: null }
  if (before.sha256 === file.sha256) return null
  const from = { path: join(base.directory, before.name), bytes: before.bytes }
  return { whole, job: { base: from, target: whole, patch: join(patches, `${file.name}.vcdiff`) } }
}

async function makeFolders(jobs: readonly PatchJob[]): Promise<void> {
  for (const folder of new Set(jobs.map(({ patch }) => dirname(patch)))) {
    await mkdir(folder, { recursive: true }).catch((error: unknown) => {
      throw storeError(error, `making ${folder}`)
    })
  }
}

async function patchMember(
  name: string,
  path: string,
  bytes: number,
  signal: AbortSignal,
): Promise<BundleMember> {
  const { sha256 } = await digestMember(path, [], signal)
  return { name: `${name}.vcdiff`, bytes, sha256, path }
}

function guardFirst(files: readonly OpenedFile[]): OpenedFile[] {
  const rank = ({ name }: OpenedFile) => {
    const place = first.indexOf(name.toLowerCase())
    return place < 0 ? first.length : place
  }
  return files.toSorted((a, b) => rank(a) - rank(b))
}
