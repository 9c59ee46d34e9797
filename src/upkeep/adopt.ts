import { existsSync, lstatSync } from 'node:fs'
import { mkdir, readdir, readlink, rm, symlink } from 'node:fs/promises'
import { basename, dirname, join, relative } from 'node:path'
import type { Config } from '../config/config.ts'
import { layouts } from '../config/layout.ts'
import type { Context } from '../context.ts'
import { isMissing, renameDurably, syncFolder } from '../disk/atomic-file.ts'
import { lockPath, withLock } from '../disk/lock.ts'
import { renamePatiently } from '../disk/rename.ts'
import { DefsError, storeError } from '../error.ts'
import { readFamily, writeFamily } from '../hawking/line/family.ts'
import { readDaemon } from '../hawking/notices.ts'
import { openStore, type Store } from '../hawking/store.ts'

/** What the caller of `families adopt` asks for. */
export interface AdoptRequest {
  readonly family: string
  /** Whether the family is to be the only store again. */
  readonly back: boolean
  /** Milliseconds to wait for another run to end. */
  readonly lockWait: number
}

/** The outcome of `families adopt`. */
export interface AdoptResult {
  readonly family: string
  readonly from: string
  readonly to: string
  /** False when it lay there already. */
  readonly changed: boolean
}

/**
 * Makes the store of a flat configuration that of its first family, `<store.root>/<family>`, or the other way round. Folders
 * are renamed and nothing is copied: everything goes aside first, and to its place by one rename, so that a family is never
 * half there; a run that was cut short is finished by the next one. Where the sets lay before a link stays behind, for a
 * scanner that was told of that place.
 * @throws USAGE_ARGUMENT for a family that the configuration does not have, or one whose store lies elsewhere; STORE_BUSY
 *   while a daemon or a run is at work; STORE_*
 */
export async function adopt(request: AdoptRequest, config: Config, context: Context): Promise<AdoptResult> {
  const { family, back, lockWait } = request
  const shared = config.store.shared
  const below = join(shared, family)
  refuseElsewhere(request, config, below)
  const [from, to] = back ? [below, shared] : [shared, below]
  const [flat, own] = [shared, below].map((root) => openStore(root, config.store.layout)) as [Store, Store]
  const [source, target] = back ? [own, flat] : [flat, own]
  const aside = join(shared, `.${family}.adopting`)
  const begun = existsSync(aside)
  if (!begun && !existsSync(source.state)) {
    if (existsSync(target.state)) return { family, from, to, changed: false }
    throw new DefsError('STORE_NO_DEFINITIONS', `there is no store in ${from}: nothing to adopt`, {
      path: from,
    })
  }
  await refuseDaemon(target)
  if (existsSync(target.state))
    throw new DefsError('STORE_IO', `there is a store in ${to} already: move it away first`, { path: to })
  await refuseDaemon(source)
  const move = () => moveStore({ family, back, shared, from, to, aside, config })
  try {
    if (existsSync(source.state)) await withLock(source, { wait: lockWait, context }, move)
    else await move()
    // It moved with the folder that it lies in.
    await rm(lockPath(target), { force: true })
  } catch (error) {
    throw storeError(error, `moving ${from} to ${to}`)
  }
  const record = await readFamily(target)
  if (record) await writeFamily(target, { ...record, family: back ? 'default' : family })
  return { family, from, to, changed: true }
}

async function refuseDaemon(store: Store): Promise<void> {
  const daemon = existsSync(store.state) ? await readDaemon(store) : null
  if (daemon)
    throw new DefsError(
      'STORE_BUSY',
      `stop the daemon first: process ${daemon.pid} looks after ${store.root}`,
    )
}

function refuseElsewhere({ family, back }: AdoptRequest, { families }: Config, below: string): void {
  const root = families.get(family)
  if (root === undefined && back && families.size === 0) return
  const known = [...families.keys()].map((name) => `'${name}'`).join(', ') || 'none'
  if (root === undefined)
    throw new DefsError('USAGE_ARGUMENT', `write '${family}' below families first (there: ${known})`)
  if (root !== below)
    throw new DefsError('USAGE_ARGUMENT', `the store of '${family}' lies in ${root}: nothing is moved there`)
}

interface Move {
  readonly family: string
  readonly back: boolean
  readonly shared: string
  readonly from: string
  readonly to: string
  readonly aside: string
  readonly config: Config
}

async function moveStore({ family, back, shared, from, to, aside, config }: Move): Promise<void> {
  const [sets = 'VirusDefs'] = layouts[config.store.layout].hawking
  const link = join(shared, sets)
  if (back) {
    await removeLink(link, join(family, sets))
    if (existsSync(from)) await renameDurably(from, aside)
    for (const name of await readdir(aside)) await renamePatiently(join(aside, name), join(to, name))
    await syncFolder(shared)
    await rm(aside, { recursive: true, force: true })
  } else {
    await mkdir(aside, { recursive: true, mode: 0o755 })
    const others = new Set([family, ...config.families.keys(), basename(aside)])
    for (const name of await readdir(from)) {
      // What tells of all families stays, and so do folders of families that are there already.
      const stays = others.has(name) || name.startsWith('status.json') || isLink(join(from, name))
      if (!stays) await renamePatiently(join(from, name), join(aside, name))
    }
    await syncFolder(aside)
    await renameDurably(aside, to)
    if (process.platform !== 'win32') await symlink(relative(dirname(link), join(to, sets)), link)
  }
  await rm(join(shared, 'status.json'), { force: true })
}

function isLink(path: string): boolean {
  return lstatSync(path).isSymbolicLink()
}

/** Takes our own link away; anything else in its place is somebody's and stays. */
async function removeLink(path: string, target: string): Promise<void> {
  try {
    if ((await readlink(path)) === target) await rm(path)
  } catch (error) {
    if (!isMissing(error) && !(error instanceof Error && 'code' in error && error.code === 'EINVAL'))
      throw error
  }
}
