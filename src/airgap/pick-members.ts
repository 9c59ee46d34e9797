import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { digestMember } from '../archive/digest-member.ts'
import type { OpenedFile } from '../archive/opened.ts'
import { storeError } from '../error.ts'
import type { Authentic, Proved } from '../trust/authentic.ts'
import { makePatch } from '../vcdiff/make-patch.ts'
import type { StatedMember } from './statement.ts'

/** A member of a bundle that is to be written. */
export interface Member extends StatedMember {
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
): Promise<Member[]> {
  const members: Member[] = []
  for (const file of guardFirst(set.files)) {
    const isGuard = first.includes(file.name.toLowerCase())
    const folder = (isGuard && set.guardDirectory) || set.directory
    const whole = { ...file, path: join(folder, file.name) }
    const before = base?.files.find(({ name }) => name.toLowerCase() === file.name.toLowerCase())
    if (!base || !before || isGuard) members.push(whole)
    else if (before.sha256 !== file.sha256) {
      const from = join(base.directory, before.name)
      members.push((await patchOf(file, from, whole.path, patches, signal)) ?? whole)
    }
  }
  return members
}

function guardFirst(files: readonly OpenedFile[]): OpenedFile[] {
  const rank = ({ name }: OpenedFile) => {
    const place = first.indexOf(name.toLowerCase())
    return place < 0 ? first.length : place
  }
  return files.toSorted((a, b) => rank(a) - rank(b))
}

/** Null when the patch is no smaller than the file. */
async function patchOf(
  file: OpenedFile,
  base: string,
  target: string,
  patches: string,
  signal: AbortSignal,
): Promise<Member | null> {
  const name = `${file.name}.vcdiff`
  const patch = join(patches, name)
  await mkdir(dirname(patch), { recursive: true }).catch((error: unknown) => {
    throw storeError(error, `making ${dirname(patch)}`)
  })
  const { bytes } = await makePatch({ base, target, patch, signal })
  if (bytes >= file.bytes) return null
  const { sha256 } = await digestMember(patch, [], signal)
  return { name, bytes, sha256, path: patch }
}
