import { join } from 'node:path'
import { type Changes, diffSets, type NamedChange } from '../../../detection/diff-sets.ts'
import { searchSets } from '../../../detection/search-sets.ts'
import type { SetOnDisk } from '../../../detection/set-files.ts'
import { digestFile } from '../../../digest.ts'
import { DefsError } from '../../../error.ts'
import type { SetView } from '../../../hawking/view.ts'
import { compareSetNames, isAlias, type SetAlias, type SetName } from '../../../set-name.ts'
import { type CommandResult, formatSet, type Line } from '../../output.ts'
import { readSets, type StoreReading } from '../../read-store.ts'
import type { Session } from '../../session.ts'
import { readSetFiles } from '../sets.ts'

type Reading = Pick<StoreReading, 'config' | 'view'>

export interface DiffInput {
  /** Null for the previous set. */
  readonly before: SetName | SetAlias | null
  /** Null for the current one. */
  readonly after: SetName | SetAlias | null
}

/** Says how two sets on disk differ. @throws STORE_UNKNOWN_SET, ARCHIVE_*, STORE_* */
export async function runDiff(input: DiffInput, session: Session): Promise<CommandResult> {
  const reading = await readSets(session)
  const before = await setOnDisk(wanted(input.before ?? 'previous', reading), session)
  const after = await setOnDisk(wanted(input.after ?? 'current', reading), session)
  const { files, ...names } = await diffSets(before, after, readingOf(reading, session))
  const json = {
    before: before.set,
    after: after.set,
    files,
    added: plain(names.added),
    removed: plain(names.removed),
    changed: plain(names.changed),
    counts: { files: countsOf(files), ...countsOf(names) },
  }
  return { exitCode: 0, json, lines: diffLines(before.set, after.set, files, names) }
}

function diffLines(
  before: string,
  after: string,
  files: Changes<string>,
  names: Changes<NamedChange>,
): Line[] {
  const signatures = (list: readonly NamedChange[]) => list.map(describeName)
  return [
    { text: `${before} -> ${after}`, tone: 'title' },
    `files       ${counted(files)}`,
    `signatures  ${counted(names)}`,
    ...marked('file ', files),
    ...marked('', {
      added: signatures(names.added),
      removed: signatures(names.removed),
      changed: signatures(names.changed),
    }),
  ]
}

function marked(what: string, { added, removed, changed }: Changes<string>): string[] {
  return [
    ...added.map((name) => `+ ${what}${name}`),
    ...removed.map((name) => `- ${what}${name}`),
    ...changed.map((name) => `~ ${what}${name}`),
  ]
}

function describeName({ name, kind }: NamedChange): string {
  return kind === 'detection' ? name : `${name} (${kind})`
}

function counted({ added, removed, changed }: Changes<unknown>): string {
  return `${added.length} added, ${removed.length} removed, ${changed.length} changed`
}

function countsOf({ added, removed, changed }: Changes<unknown>) {
  return { added: added.length, removed: removed.length, changed: changed.length }
}

/** A name that is new as a detection and as an exception is one name. */
function plain(list: readonly NamedChange[]): string[] {
  return [...new Set(list.map(({ name }) => name))]
}

export interface SearchInput {
  readonly name: string
  /** Sets of this day and later ones, `YYYYMMDD`; null for all. */
  readonly since: string | null
}

/** Says in which sets on disk something is detected. @throws ARCHIVE_*, STORE_* */
export async function runSearch({ name, since }: SearchInput, session: Session): Promise<CommandResult> {
  const reading = await readSets(session)
  const views = reading.view.sets
    .filter(({ set }) => since === null || set.slice(0, 8) >= since)
    .toSorted((one, other) => compareSetNames(one.set, other.set))
  const sets: SetOnDisk[] = []
  for (const view of views) sets.push(await setOnDisk(view, session))
  const found = await searchSets(name, sets, readingOf(reading, session))
  const [first = null, last = null] = [found.sets.at(0), found.sets.at(-1)]
  const lines = found.places.map(
    ({ set, file, kind }) => `${set}  ${file}${kind === 'detection' ? '' : ` (${kind})`}`,
  )
  const none = `${name} is in none of the ${sets.length} sets on disk`
  return {
    exitCode: 0,
    json: { name, sets: found.sets, first, last, places: found.places },
    lines: lines.length > 0 ? lines : [none],
  }
}

function wanted(named: SetName | SetAlias, { view }: Reading): SetView {
  const { sets } = view
  // Newest first.
  const found =
    named === 'latest' ? sets[0] : sets.find((one) => (isAlias(named) ? one[named] : one.set === named))
  if (found) return found
  const known = sets.map((one) => `${one.set} (${formatSet(one.set)})`).join(', ') || 'none'
  const what = isAlias(named) ? `there is no ${named} set` : `the set ${named} is not on disk`
  throw new DefsError('STORE_UNKNOWN_SET', `${what} (there: ${known})`, isAlias(named) ? {} : { path: named })
}

const notContents = ['v.grd', 'v.sig', 'zdone.dat']

/** What the guard says of its files is believed, as `show` does; `defs verify` proves it. */
async function setOnDisk({ set, directory }: SetView, { context }: Session): Promise<SetOnDisk> {
  const files: { name: string; sha256: string }[] = []
  for (const { name, sha256 } of await readSetFiles(directory)) {
    if (notContents.includes(name.toLowerCase())) continue
    const digest = sha256 ?? (await digestOf(join(directory, name), context.signal))
    files.push({ name, sha256: digest })
  }
  return { set, directory, files }
}

async function digestOf(path: string, signal: AbortSignal): Promise<string> {
  const { hashing } = await digestFile(path, ['sha256'], signal)
  return hashing.finish('sha256') ?? ''
}

function readingOf({ config }: Reading, { context }: Session) {
  const { entries, unpacked, ratio } = config.limits
  return { limits: { entries, unpacked, ratio }, signal: context.signal }
}
