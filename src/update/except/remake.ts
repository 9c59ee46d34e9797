import { canaryFile, canaryLine } from '../../clamav/canary.ts'
import { isDatabase } from '../../detection/signature-file.ts'
import { listSets } from '../../hawking/sets.ts'
import { peekProvenance, readBars } from '../../hawking/state.ts'
import type { SetName } from '../../set-name.ts'
import type { Authentic } from '../../trust/authentic.ts'
import { freshName } from '../acquire/name-pack.ts'
import { writeSmall } from '../acquire/small-file.ts'
import { contentsOf } from '../contents.ts'
import type { Run } from '../run.ts'
import type { Draft } from './edit-set.ts'
import { type ExceptedDraft, exceptionsInForce, withExceptions } from './exceptions.ts'

/** Files that every set has of its own. */
const own: readonly string[] = ['v.grd', 'v.sig', 'zdone.dat', canaryFile]

/** The files of a set but for those that are about itself. */
export function contentsIn<T extends { readonly name: string }>(files: readonly T[]): T[] {
  return files.filter(({ name }) => !own.includes(name.toLowerCase()))
}

/**
 * Seals what was made of a set as a set of its own: the guard of its publisher no longer fits.
 * @param of what it was made of
 * @throws STORE_*, TRUST_*
 */
export async function remake(
  of: Pick<Authentic, 'sequence' | 'grade'>,
  set: SetName,
  { directory, files }: Draft,
  run: Run,
): Promise<Authentic> {
  const isClamav = files.some(({ name }) => isDatabase(name))
  const canary = isClamav ? [await writeSmall(directory, canaryFile, Buffer.from(canaryLine(set)))] : []
  const { sequence, grade } = of
  // What signs is large, and most sets come signed.
  const { sealSet } = await import('../acquire/seal.ts')
  return sealSet({ directory, files: [...files, ...canary] }, { set, sequence, grade }, run)
}

/** A set as it is to be installed, and what was put into it. */
export interface Remade {
  readonly authentic: Authentic
  /** Null when no exception is in force. */
  readonly excepted: ExceptedDraft | null
  /** The set it was made of, as its publisher named it; null when it is that set. */
  readonly of: SetName | null
}

/**
 * Puts the exceptions in force into a set that came with a guard of its publisher, while it lies in its workspace and
 * nothing can use it. One that none of them changes stays as it was signed, unless a set that was made here has its
 * name.
 * @throws ARCHIVE_* for a database that cannot be read; STORE_*, TRUST_*, INTERRUPTED
 */
export async function exceptBefore(authentic: Authentic, run: Run): Promise<Remade> {
  const { directory, set } = authentic
  const inForce = await exceptionsInForce(run)
  const taken = ((await peekProvenance(run.store, set))?.of ?? null) !== null
  if (inForce.length === 0 && !taken) return { authentic, excepted: null, of: null }
  const files = contentsIn(authentic.files).map((file) => ({ ...file, sha1: null }))
  const draft = await withExceptions({ directory, files }, run)
  const contents = contentsOf(draft.files)
  const excepted = inForce.length === 0 ? null : draft
  if (!taken && contents === contentsOf(files)) return { authentic, excepted, of: null }
  const name = (await setWith(contents, run)) ?? (await freshName(set, run))
  return {
    authentic: await remake(authentic, name, { directory, files: draft.files }, run),
    excepted,
    of: set,
  }
}

/** The name of a set that was made here and holds the same, or held it and was barred. */
async function setWith(contents: string, { store }: Run): Promise<SetName | null> {
  const barred = (await readBars(store)).find((bar) => bar.contents === contents)
  if (barred) return barred.set
  for (const set of await listSets(store)) {
    const provenance = await peekProvenance(store, set)
    if ((provenance?.of ?? null) !== null && provenance?.contents === contents) return set
  }
  return null
}
