import { existsSync } from 'node:fs'
import { freemem, tmpdir, totalmem } from 'node:os'
import { dirname, join } from 'node:path'
import type { Config } from '../config/config.ts'
import { freeSpace } from '../disk/free-space.ts'
import type { Store } from '../hawking/store.ts'
import { limits } from '../limits.ts'
import { remind, type Watch } from './remind.ts'

/** A folder that fills, by the name it has in alerts. */
interface WatchedFolder {
  readonly name: 'store' | 'state' | 'journal' | 'spool' | 'temporary'
  readonly path: string
}

/** The folders of a store that fill. */
function watchedFolders(store: Store, { events }: Pick<Config, 'events'>): readonly WatchedFolder[] {
  return [
    { name: 'store', path: store.virusDefs },
    { name: 'state', path: store.state },
    ...(!events.journal.enabled ? [] : [{ name: 'journal', path: dirname(store.journal) } as const]),
    ...(events.sinks.length === 0 ? [] : [{ name: 'spool', path: join(store.state, 'spool') } as const]),
    { name: 'temporary', path: tmpdir() },
  ]
}

/**
 * Event 1008 while less than 10 % of a disk is free that one of the folders lies on: at once, then every
 * `events.outdatedEvery`. It names each of the folders. Call it under the lock.
 */
export async function watchDisks(
  watch: Watch,
  free: (path: string) => Promise<number> = freeShare,
): Promise<void> {
  const { store, config } = watch
  const low: WatchedFolder[] = []
  for (const folder of watchedFolders(store, config)) {
    // What cannot be asked is no reason to alarm anybody.
    if ((await free(nearest(folder.path)).catch(() => 1)) < limits.lowDisk) low.push(folder)
  }
  const [first] = low
  if (!first) return remind('disk', null, config.events.outdatedEvery, watch)
  const object = low.map(({ name }) => name).join(', ')
  const reason = low.map(({ name, path }) => `${name} (${path})`).join(', ')
  const facts = { path: first.path, object, reason }
  const trouble = { about: object, again: 'at every change', event: 'disk.low', facts } as const
  await remind('disk', trouble, config.events.outdatedEvery, watch)
}

/** Event 1019 while less than 10 % of the memory is free: at once, then every `events.outdatedEvery`. */
export async function watchMemory(
  watch: Watch,
  free: () => { readonly free: number; readonly total: number } = () => ({
    free: freemem(),
    total: totalmem(),
  }),
): Promise<void> {
  const memory = free()
  const share = memory.free / memory.total
  const every = watch.config.events.outdatedEvery
  if (!(share < limits.lowMemory)) return remind('memory', null, every, watch)
  const reason = `${Math.floor(share * 100)} % of ${Math.round(memory.total / 1024 ** 2)} MiB are free`
  const trouble = { about: 'low', again: 'by time only', event: 'memory.low', facts: { reason } } as const
  await remind('memory', trouble, every, watch)
}

async function freeShare(path: string): Promise<number> {
  return (await freeSpace(path)).fraction
}

function nearest(path: string): string {
  const above = dirname(path)
  return existsSync(path) || above === path ? path : nearest(above)
}
