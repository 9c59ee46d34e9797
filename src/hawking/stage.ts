import { rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Context } from '../context.ts'
import { Hashing } from '../digest.ts'
import { isLeftover, kindAt, renameDurably, syncFolder } from '../disk/atomic-file.ts'
import { renamePatiently } from '../disk/rename.ts'
import { DefsError, storeError } from '../error.ts'
import type { SetName } from '../set-name.ts'
import { readIni } from '../text/ini.ts'
import type { Authentic } from '../trust/authentic.ts'
import { type Access, seal, sealFile } from './flush-set.ts'
import { groupNumber } from './prepare.ts'
import { moveToQuarantine } from './quarantine.ts'
import { setDirectory } from './sets.ts'
import type { Store } from './store.ts'

declare const complete: unique symbol

/** A set that lies whole and flushed under its dated name; nothing points to it yet. */
export interface Staged {
  readonly set: SetName
  /** The dated folder. */
  readonly directory: string
  readonly authentic: Authentic
  /** Made only by {@link stage}. */
  readonly [complete]: true
}

/** A set that `definfo.dat` names as current. */
export interface Active {
  readonly set: SetName
  readonly directory: string
  readonly previous: SetName | null
}

export interface StageOptions {
  /** Group that may read the set; null for everybody. */
  readonly group: string | null
  readonly context: Pick<Context, 'signal'>
}

/**
 * Gives an authentic set its dated name. It lies in a workspace of this store; when this resolves it is whole and
 * flushed under `VirusDefs/`, and nothing new points to it. The only maker of {@link Staged}.
 *
 * The order makes a crash harmless: the files are flushed, then the marker, then the folder is named after the
 * set inside the workspace (from here on recover.ts can finish the work), then it is moved up.
 * @throws STORE_FULL, STORE_PERMISSION, STORE_IO; INTERRUPTED
 */
export async function stage(authentic: Authentic, store: Store, options: StageOptions): Promise<Staged> {
  const { signal } = options.context
  const { set } = authentic
  const workspace = workspaceOf(authentic, store)
  const directory = setDirectory(store, set)
  try {
    const access = { group: options.group === null ? null : await groupNumber(options.group) }
    signal.throwIfAborted()
    const aside = join(workspace, marker)
    const last = await takeOutMarker(authentic, aside)
    const others = await lowerNames(authentic)
    await seal(authentic.directory, new Map(others.map(({ name, bytes }) => [name, bytes])), access, signal)
    await putInMarker(aside, last, authentic.directory, access)
    const ready = join(workspace, set)
    await renameDurably(authentic.directory, ready)
    await moveUp(ready, set, store)
    const files = [...others, last].sort((a, b) => (a.name < b.name ? -1 : 1))
    // The brand says what has just been done; no other file may claim it.
    return { set, directory, authentic: { ...authentic, directory, files } } as unknown as Staged
  } catch (error) {
    if (signal.aborted)
      throw new DefsError('INTERRUPTED', `interrupted while staging ${set}`, { cause: error })
    throw storeError(error, `staging ${set}`)
  }
}

/** Staging is a rename, so the set must lie on the file system of the store, where a crash leaves it to the sweep. */
function workspaceOf({ directory }: Authentic, store: Store): string {
  const workspace = dirname(directory)
  if (dirname(workspace) === store.virusDefs && isLeftover(basename(workspace))) return workspace
  throw new DefsError('BUG', `${directory} does not lie in a workspace of ${store.virusDefs}`)
}

/** Our readers look for guard and signature in lower case; every other file keeps the vendor's spelling. */
async function lowerNames({ directory, files }: Authentic): Promise<SetFile[]> {
  const named: SetFile[] = []
  for (const file of files) {
    const lower = file.name.toLowerCase()
    if (lower === marker) continue
    const name = lower === 'v.grd' || lower === 'v.sig' ? lower : file.name
    if (name !== file.name) await renamePatiently(join(directory, file.name), join(directory, name))
    named.push({ ...file, name })
  }
  return named
}

/**
 * Moves a flushed set to its dated name. A set of the same name (a damaged one that was fetched again) makes way
 * first; the moment between the two renames is the only one at which the name is missing, and then both the old
 * and the new set lie whole in the workspace.
 */
async function moveUp(ready: string, set: SetName, store: Store): Promise<void> {
  const directory = setDirectory(store, set)
  if ((await kindAt(directory)) === 'nothing') return renameDurably(ready, directory)
  const workspace = dirname(ready)
  const old = join(workspace, `${set}.old`)
  await renamePatiently(directory, old)
  await renamePatiently(ready, directory)
  await syncFolder(store.virusDefs)
  await syncFolder(workspace)
  const evidence = { set, code: null, problems: [`${set} was fetched again and replaced`] }
  // The new set is in place; failing to keep the old one as evidence is no reason to fail.
  await moveToQuarantine(store, old, evidence).catch(() => undefined)
}

/** One file of a set, as trust/ proved it. */
export type SetFile = Authentic['files'][number]

/** The file that is moved in last: its presence says that the set is whole (docs/domain.md section 1.2). */
export const marker = 'zdone.dat'

/**
 * Takes the marker out of an unpacked set, to be put back at the end. One that the guard names keeps the vendor's
 * bytes; any other is unproven and makes way for our own, a line with the set's name.
 * @returns what the marker will be
 */
async function takeOutMarker(authentic: Authentic, aside: string): Promise<SetFile> {
  const found = authentic.files.find(({ name }) => name.toLowerCase() === marker)
  if (found && isGuarded(authentic)) {
    await renamePatiently(join(authentic.directory, found.name), aside)
    return { ...found, name: marker }
  }
  if (found) await rm(join(authentic.directory, found.name))
  const bytes = Buffer.from(markerText(authentic.set))
  await writeFile(aside, bytes, { flag: 'wx', mode: 0o600 })
  const hashing = new Hashing(['sha256'])
  hashing.update(bytes)
  return { name: marker, bytes: bytes.length, sha256: hashing.finish('sha256') ?? '', sha1: null }
}

/** Puts the marker into a set all of whose other files are flushed. */
async function putInMarker(aside: string, file: SetFile, directory: string, access: Access): Promise<void> {
  await sealFile(aside, file.bytes, access)
  await renamePatiently(aside, join(directory, marker))
  await syncFolder(directory)
}

/** What the marker of a set says that we staged, unless its guard names one. */
export function markerText(set: SetName): string {
  return `${set}\r\n`
}

/** Whether the guard names the marker, whose bytes are the vendor's then. */
export function isGuarded({ guard }: Pick<Authentic, 'guard'>): boolean {
  if (!guard) return false
  const { sections } = readIni(Buffer.from(guard).toString('latin1'))
  return sections.some(({ name }) => name.toLowerCase() === `file-${marker}`)
}
