import { join } from 'node:path'
import type { Unpacked } from '../../archive/opened.ts'
import type { RulesConfig } from '../../config/config.ts'
import { readFileOrNull } from '../../disk/atomic-file.ts'
import { DefsError, isDefsError } from '../../error.ts'
import { listSets, setDirectory } from '../../hawking/sets.ts'
import { readBars } from '../../hawking/state.ts'
import { compareSetNames, dateOf, type SetName, setName } from '../../set-name.ts'
import { foldName, type Guard, readGuard } from '../../trust/guard.ts'
import type { Run } from '../run.ts'

/** What is known of a pack's age beside the pack. */
export interface Dates {
  /** Seconds since 1970. */
  readonly signedAt: number | null
  /** As the server says. */
  readonly modified: Date | null
}

/**
 * Names the set that a pack is: a set of the store with the same contents is the same set; else the day it is dated
 * with (UTC) and the next revision of that day that no set has or had.
 * @throws TRUST_SET_NAME when nothing dates it, or the day has no revision left
 */
export async function namePack(
  opened: Unpacked,
  dates: Dates,
  { version }: RulesConfig,
  run: Run,
): Promise<SetName> {
  const told = {
    signature: dates.signedAt === null ? null : new Date(dates.signedAt * 1000),
    modified: dates.modified,
    members: opened.newest,
    fetched: run.startedAt,
  }
  const date = version === null ? (told.signature ?? told.modified ?? told.members) : told[version]
  return nameContents(opened, date, run)
}

/**
 * The name of a set of rules by its contents and the day that dates it, see {@link namePack}.
 * @param after the name is no older than this set; null for any
 * @throws TRUST_SET_NAME when nothing dates it, or the day has no revision left
 */
export async function nameContents(
  opened: Pick<Unpacked, 'files'>,
  date: Date | null,
  run: Run,
  after: SetName | null = null,
): Promise<SetName> {
  const sets = await listSets(run.store)
  for (const set of sets) {
    const before = after !== null && compareSetNames(set, after) < 0
    if (!before && (await holdsTheSame(set, opened, run))) return set
  }
  // A rolled-back set stays barred by its name, even when it is gone from the disk.
  const taken = [...sets, ...(await readBars(run.store)).map(({ set }) => set)]
  const name = date === null ? undefined : nextOf(date, taken)
  if (name) return name
  const what =
    date === null ? 'nothing dates the pack' : `no set can be dated ${date.toISOString().slice(0, 10)}`
  throw new DefsError('TRUST_SET_NAME', `${what}: 'version: fetched' names it by the day it comes`)
}

/** A name of the same day that no set has or had, the next revision where there is one. @throws TRUST_SET_NAME, STORE_* */
export async function freshName(of: SetName, { store }: Pick<Run, 'store'>): Promise<SetName> {
  const taken = [of, ...(await listSets(store)), ...(await readBars(store)).map(({ set }) => set)]
  const next = nextOf(dateOf(of), taken)
  if (next) return next
  const [year, month, day] = [Number(of.slice(0, 4)), Number(of.slice(4, 6)), Number(of.slice(6, 8))]
  for (let revision = 1; revision < 1000; revision += 1) {
    const name = setName(year, month, day, revision)
    if (name && !taken.includes(name)) return name
  }
  const text = `no revision of ${of.slice(0, 8)} is left: remove a set of that day`
  throw new DefsError('TRUST_SET_NAME', text)
}

function nextOf(date: Date, taken: readonly SetName[]): SetName | undefined {
  const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()]
  const first = setName(year, month, day, 0)
  if (!first) return undefined
  const revisions = taken
    .filter((set) => set.slice(0, 8) === first.slice(0, 8))
    .map((set) => Number(set.slice(9)))
  return setName(year, month, day, Math.max(0, ...revisions) + 1)
}

async function holdsTheSame(set: SetName, { files }: Pick<Unpacked, 'files'>, run: Run): Promise<boolean> {
  const guard = await guardOf(set, run)
  if (guard?.files.size !== files.length) return false
  return files.every(({ name, sha256 }) => guard.files.get(foldName(name))?.sha256 === sha256)
}

// What cannot be read is not the same; whether it is sound is judged elsewhere.
async function guardOf(set: SetName, { store }: Run): Promise<Guard | null> {
  const bytes = await readFileOrNull(join(setDirectory(store, set), 'v.grd'))
  try {
    return bytes && readGuard(bytes)
  } catch (error) {
    if (isDefsError(error, 'TRUST_GUARD_INVALID')) return null
    throw error
  }
}
