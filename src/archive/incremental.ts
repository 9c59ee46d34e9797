import { mkdir } from 'node:fs/promises'
import { DefsError, storeError } from '../error.ts'
import { type OpenOptions, openPackage } from './open.ts'
import type { Opened } from './opened.ts'
import { planSet, rebuild } from './rebuild.ts'

/** Where an incremental package is opened, and what it starts from. */
export interface IncrementalOpening extends OpenOptions {
  /** The set on disk that the package starts from. */
  readonly base: Pick<Opened, 'directory' | 'files'>
  /** A folder that is not there yet, on the same file system as the new set, for what is in the package. */
  readonly aside: string
  /** The names that a guard lists, in lower case. @throws TRUST_GUARD_INVALID */
  readonly namesIn: (guard: Uint8Array) => Iterable<string>
}

/** A set made from a base and an incremental package. Like any opened package it is not proved yet. */
export interface Rebuilt {
  readonly opened: Opened
  /** How many of its files were copied or patched from the base. */
  readonly reused: number
}

/**
 * The other way to an opened set: with an incremental package (docs/contract.md section 7) and the set it
 * starts from, into `directory`, which must be there, private and empty. Package, base and guard prove nothing
 * to each other: the result is judged as if it had come in full.
 * @throws ARCHIVE_*, FETCH_HTML, TRUST_GUARD_MISSING, TRUST_FILE_*, what `namesIn` throws, STORE_*, INTERRUPTED
 */
export async function openIncremental(
  file: string,
  directory: string,
  options: IncrementalOpening,
): Promise<Rebuilt> {
  const { aside, base, namesIn } = options
  await mkdir(aside, { mode: 0o700 }).catch((error: unknown) => {
    throw storeError(error, `making ${aside}`)
  })
  const given = await openPackage(file, aside, options)
  if (!given.guard) {
    throw new DefsError('TRUST_GUARD_MISSING', `${file} holds no v.grd: take the full package`, {
      path: 'v.grd',
    })
  }
  const names = [...namesIn(given.guard)]
  const steps = planSet({ names, given: given.files, base: base.files })
  const files = await rebuild(steps, { base: base.directory, given: aside, to: directory }, options)
  const { guard, signature } = given
  return {
    opened: { directory, files, guard, signature },
    reused: steps.filter(({ how }) => how !== 'given').length,
  }
}
