import { lstatSync, readdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Config } from '../config/config.ts'
import type { Context } from '../context.ts'
import { becomeUser, nameOf, type UserNumbers } from '../disk/act-as.ts'
import { isMissing } from '../disk/atomic-file.ts'
import { DefsError, storeError } from '../error.ts'
import { listSets, setDirectory } from '../hawking/sets.ts'
import { openStore, type Store } from '../hawking/store.ts'

/**
 * Goes on as the user whose store it is, when root runs a command that writes to it: what is made must be readable for
 * the service that lives there, and root must not write where somebody else can turn the paths. Irrevocable.
 * @param writes where a published tree lies, for one of another owner root stays root; null for the store alone
 * @returns whether it is another user now
 * @throws STORE_PERMISSION for a store of several users
 */
export async function actAsOwner(
  config: Pick<Config, 'store'>,
  writes: string | null,
  context: Pick<Context, 'emit'>,
): Promise<boolean> {
  const { root, layout } = config.store
  const owner = await ownerOf(openStore(root, layout))
  if (owner.uid === 0) return false
  if (writes !== null && ownerOfNearest(writes).uid !== owner.uid) return false
  const text = `going on as ${becomeUser(owner)}, the owner of ${root}`
  context.emit({ type: 'note', level: 'information', text })
  return true
}

/**
 * Refuses the store of another user than the one this process went on as for an earlier family: root is not to be had back.
 * @param family whose store it is; null where there is one alone
 * @throws STORE_PERMISSION
 */
export function refuseOtherOwner(config: Pick<Config, 'store'>, family: string | null): void {
  const { root, layout } = config.store
  const [owner, own] = [ownerOfNearest(openStore(root, layout).root).uid, process.geteuid?.()]
  if (own === undefined || owner === own) return
  const how = family === null ? '' : ` (--family ${family})`
  const text = `${root} belongs to ${nameOf(owner)}, and this run went on as ${nameOf(own)} for a family before it: run the command for this family by itself${how}`
  throw new DefsError('STORE_PERMISSION', text, { path: root })
}

/**
 * Whose store this is. A store that one user owns throughout is that user's; one that is not there yet is that of
 * whoever owns the folder it will be made in; one whose sets and state are root's is root's.
 * @throws STORE_PERMISSION when it belongs to several: what one of them writes the other could not read
 */
async function ownerOf(store: Store): Promise<UserNumbers> {
  try {
    const base = ownerOfNearest(store.root)
    const folders = present([store.virusDefs, store.state])
    const owned = [...folders, ...present(await contentsOf(store))]
    if (owned.every(({ uid }) => uid === base.uid)) return base
    if (folders.length > 0 && folders.every(({ uid }) => uid === 0)) return { uid: 0, gid: 0 }
    throw mixed(store, base, owned)
  } catch (error) {
    throw storeError(error, `looking whose store ${store.root} is`)
  }
}

/** Folders and files of the store that belong to somebody else than its root folder; null when none do. */
export async function mixedOwners(store: Store): Promise<{ path: string; message: string } | null> {
  if (process.platform === 'win32') return null
  const [base] = present([store.root])
  if (base === undefined) return null
  const inside = (await listSets(store)).flatMap((set) => namesIn(setDirectory(store, set)))
  const paths = [store.virusDefs, store.state, ...(await contentsOf(store)), ...inside]
  const others = present(paths).filter(({ uid }) => uid !== base.uid)
  const [first] = others
  if (first === undefined) return null
  const more = others.length === 1 ? '' : ` and ${others.length - 1} more`
  const message = `${first.path}${more} belong to ${nameOf(first.uid)}, the store to ${nameOf(base.uid)}: 'chown -R ${nameOf(base.uid)} ${store.root}' makes it one user's`
  return { path: first.path, message }
}

/** What updates make and need later; drop folder, workspaces and other products' files may be anybody's. */
async function contentsOf(store: Store): Promise<string[]> {
  const below = [store.state, store.provenance, store.partial, store.quarantine].flatMap(namesIn)
  const sets = (await listSets(store)).map((set) => setDirectory(store, set))
  return [...below, store.definfo, ...sets]
}

// Without promises, as these looks come before every command that writes: what they load would be most of their cost.
function namesIn(folder: string): string[] {
  return unlessMissing(() => readdirSync(folder).map((name) => join(folder, name))) ?? []
}

interface Owned {
  readonly path: string
  readonly uid: number
}

function present(paths: readonly string[]): Owned[] {
  // Another run may have removed one since it was listed.
  return paths.flatMap((path) => unlessMissing(() => ({ path, uid: lstatSync(path).uid })) ?? [])
}

/** Who owns a path, or the nearest folder above it that is there. */
function ownerOfNearest(path: string): UserNumbers {
  const found = unlessMissing(() => statSync(path))
  if (found) return { uid: found.uid, gid: found.gid }
  if (dirname(path) === path) throw new DefsError('STORE_IO', `there is no ${path}`, { path })
  return ownerOfNearest(dirname(path))
}

function unlessMissing<T>(look: () => T): T | null {
  try {
    return look()
  } catch (error) {
    if (isMissing(error)) return null
    throw error
  }
}

function mixed(store: Store, base: UserNumbers, owned: readonly Owned[]): DefsError {
  const owner = base.uid === 0 ? (owned.find(({ uid }) => uid !== 0)?.uid ?? 0) : base.uid
  const others = owned.filter(({ uid }) => uid !== owner)
  const [first] = others
  const where = first === undefined ? store.root : first.path
  const whose = nameOf(first === undefined ? base.uid : first.uid)
  const text = `${store.root} belongs to ${nameOf(owner)}, but ${where} to ${whose}: give all of it to one user (chown -R ${nameOf(owner)} ${store.root}), then run again`
  return new DefsError('STORE_PERMISSION', text, { path: where })
}
