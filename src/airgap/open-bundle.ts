import { mkdir } from 'node:fs/promises'
import { planSet } from '../archive/incremental/plan.ts'
import { rebuild } from '../archive/incremental/rebuild.ts'
import { type OpenOptions, openPackage } from '../archive/open.ts'
import type { Opened, OpenedFile } from '../archive/opened.ts'
import { DefsError, storeError } from '../error.ts'
import { readGuard } from '../trust/guard.ts'
import type { Bundle } from './read-bundle.ts'
import { type StatedMember, statementName, statementSignature } from './statement.ts'

/** Where a bundle is opened. */
export interface BundlePlace {
  /** An empty private folder for the set. */
  readonly directory: string
  /** A folder that is not there yet, on the same file system, for what is in the bundle. */
  readonly aside: string
}

/** The set of a bundle, not proved yet. */
export interface OpenedBundle {
  readonly opened: Opened
  /** Files that were copied or patched from the base. */
  readonly reused: number
}

const apart = new Set([statementName, statementSignature])

/**
 * Makes the set of a bundle, from its base where it has one. Nothing in it is believed: the guard judges the result.
 * @throws ARCHIVE_TRUNCATED for a copy that was cut short, ARCHIVE_CORRUPT for one that went wrong, other ARCHIVE_*;
 *   TRUST_GUARD_*, TRUST_FILE_*; STORE_*; INTERRUPTED
 */
export async function openBundle(
  { file, statement }: Bundle,
  base: Pick<Opened, 'directory' | 'files'> | null,
  { directory, aside }: BundlePlace,
  options: OpenOptions,
): Promise<OpenedBundle> {
  await mkdir(aside, { mode: 0o700 }).catch((error: unknown) => {
    throw storeError(error, `making ${aside}`)
  })
  const { files, guard, signature } = await openPackage(file, aside, options)
  const given = files.filter(({ name }) => !apart.has(name))
  assertAsStated(given, statement.members)
  if (!guard) throw new DefsError('TRUST_GUARD_MISSING', `${file} holds no v.grd`, { path: 'v.grd' })
  const names = [...readGuard(guard).files.keys()]
  const steps = planSet({ names, given, base: base?.files ?? [] })
  const folders = { base: base?.directory ?? aside, given: aside, to: directory }
  const made = await rebuild(steps, folders, options)
  const reused = steps.filter(({ how }) => how !== 'given').length
  return { opened: { directory, files: made, guard, signature }, reused }
}

// A copy onto a bad stick and a forged set are different alarms.
function assertAsStated(given: readonly OpenedFile[], members: readonly StatedMember[]): void {
  const stated = new Map(members.map((member) => [member.name, member]))
  const wrong = given
    .filter(({ name, sha256 }) => stated.get(name)?.sha256 !== sha256)
    .map(({ name }) => name)
  const there = new Set(given.map(({ name }) => name))
  const missing = [...stated.keys()].filter((name) => !there.has(name))
  if (wrong.length + missing.length === 0) return
  throw new DefsError('ARCHIVE_CORRUPT', 'the bundle is not as it was written: copy it again', {
    problems: [...wrong.map((name) => `${name} differs`), ...missing.map((name) => `${name} is missing`)],
  })
}
