import { closeSync, existsSync, fsyncSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Config } from '../../config/config.ts'
import type { FleetConfig, FleetPolicy } from '../../config/fleet.ts'
import type { Context } from '../../context.ts'
import { replaceFile, writeFileAtomic } from '../../disk/atomic-file.ts'
import { openToAppend, readForeignText, refuseForeignLink } from '../../disk/foreign-file.ts'
import { livingHolder, withLock } from '../../disk/lock.ts'
import { makePrivateFolder } from '../../disk/private-folder.ts'
import { DefsError, storeError } from '../../error.ts'
import { newestFirst } from '../../event/journal.ts'
import { makeEvent } from '../../event/make-event.ts'
import { openStore } from '../../hawking/store.ts'
import { limits } from '../../limits.ts'
import { fleetKeyFiles } from '../../publish/keys/key-ring.ts'
import { publishPaths } from '../../publish/paths.ts'
import { mayPick } from '../../publish/picks/pick-role.ts'
import type { PublisherRequest } from '../../publish/publisher.ts'
import type { ReportFeed } from '../bus/feed.ts'
import { folderFeed } from '../bus/folder-feed.ts'
import { natsFeed } from '../bus/nats-feed.ts'
import type { FactDisk } from '../fact-file.ts'
import type { ControllerPaths, FleetEventFacts, Ground, RolloutTree, ToldEvent } from './ground.ts'
import { type ControllerPlace, pickingTree } from './picking-tree.ts'
import { rolloutTree } from './tree.ts'

/** A controller's configuration with its places: what every command of it works with. */
export interface Site {
  readonly fleet: FleetConfig
  readonly policy: FleetPolicy
  /** Milliseconds between two looks. */
  readonly every: number
  readonly paths: ControllerPaths
  readonly config: Config
  readonly context: Context
  readonly ground: Omit<Ground, 'feed'>
  readonly openFeed: () => ReportFeed
  /** The controller that runs; null when none does. */
  readonly running: () => Promise<{ readonly pid: number; readonly since: string } | null>
  readonly report: (name: Parameters<typeof makeEvent>[0], facts: FleetEventFacts) => void
}

/** How long a command waits for another one that writes facts, and for another publisher. Milliseconds. */
const patience = 20_000

/** The lock of the one controller of a tree. */
export function runLock(paths: Pick<ControllerPaths, 'folder'>): string {
  return join(paths.folder, 'run.lock')
}

/**
 * Opens the controller's side of a configuration.
 * @throws USAGE_ARGUMENT when it has none
 */
export function openSite(config: Config, context: Context, passphrase: string | null): Site {
  const { fleet } = config
  const control = fleet?.controller
  if (!fleet || !control) {
    const what = fleet ? 'is of a host of the fleet' : 'names no fleet'
    const message = `this configuration ${what}: run it where the publisher's is, with fleet.rings and publish.keys`
    throw new DefsError('USAGE_ARGUMENT', message)
  }
  const folder = control.state ?? join(publishPaths(config, null).state, 'fleet')
  const paths = pathsIn(folder)
  const request: PublisherRequest = { to: null, passphrase, lockWait: patience }
  const { journal } = openStore(config.store.root, config.store.layout)
  const report: Site['report'] = (name, facts) => {
    const event = makeEvent(name, facts, { now: context.now(), productVersion: config.product.version })
    context.emit({ type: 'event', event })
  }
  const ground: Omit<Ground, 'feed'> = {
    policy: control.policy,
    paths,
    disk: factDisk,
    tree: treeOf(control.policy, request, { folder, config, context }),
    now: context.now,
    locked: (work) => withLock({ state: folder }, { wait: patience, context }, work),
    tell: report,
    told: (since) => toldSince(journal, since),
    note: (text) => context.emit({ type: 'note', level: 'warning', text }),
  }
  return {
    fleet,
    policy: control.policy,
    every: control.every,
    paths,
    config,
    context,
    ground,
    openFeed: () =>
      fleet.bus === null
        ? folderFeed(fleet.reports ?? join(folder, 'reports'), context.now, context.sleep)
        : natsFeed(fleet.bus, fleet.name, context.now),
    async running() {
      const holder = await livingHolder(runLock(paths))
      return holder ? { pid: holder.pid, since: holder.since } : null
    },
    report,
  }
}

/**
 * The tree as whoever has these keys may move it.
 * @throws KEYS_MISSING where somebody else picks
 */
function treeOf(
  policy: FleetPolicy,
  request: PublisherRequest,
  { folder, config, context }: ControllerPlace,
): RolloutTree {
  const { keys } = publishPaths(config, request.to)
  if (mayPick(keys)) return pickingTree(policy, request, { folder, config, context })
  if (!existsSync(fleetKeyFiles(keys).named)) return rolloutTree(policy, request, config, context)
  const { key } = fleetKeyFiles(keys)
  const message = `'targets' delegates to the key of the role fleet, and ${key} is not here: the controller runs where it is`
  throw new DefsError('KEYS_MISSING', message, { path: key })
}

function pathsIn(folder: string): ControllerPaths {
  return {
    folder,
    log: join(folder, 'facts.jsonl'),
    snapshot: join(folder, 'facts.json'),
    hosts: join(folder, 'hosts.json'),
    heard: join(folder, 'heard.json'),
    record: join(folder, 'controller.json'),
    ages: join(folder, 'ages.json'),
  }
}

/** @throws USAGE_ARGUMENT for a name that no ring has */
export function assertRing({ rings }: Pick<FleetPolicy, 'rings'>, name: string): void {
  if (rings.some((ring) => ring.name === name)) return
  const known = rings.map((ring) => ring.name).join(', ')
  throw new DefsError('USAGE_ARGUMENT', `there is no ring '${name}' (there are: ${known})`)
}

/** Makes the controller's folder, for its owner alone. @throws STORE_* */
export async function prepareSite({ paths, config }: Pick<Site, 'paths' | 'config'>): Promise<void> {
  const { state } = openStore(config.store.root, config.store.layout)
  for (const path of [dirname(paths.folder), paths.folder, state]) {
    await refuseForeignLink(path)
    await makePrivateFolder(path)
  }
}

/** The real disk. @throws STORE_* */
const factDisk: FactDisk = {
  async read(path) {
    return readForeignText(path, limits.publishText)
  },
  async mark(path) {
    try {
      const found = statSync(path, { bigint: true, throwIfNoEntry: false })
      return found ? `${found.ino}-${found.size}-${found.mtimeNs}` : 'none'
    } catch (error) {
      throw storeError(error, `looking at ${path}`)
    }
  },
  async append(path, text) {
    try {
      const file = openToAppend(path, 0o600)
      try {
        writeFileSync(file, text)
        fsyncSync(file)
      } finally {
        closeSync(file)
      }
    } catch (error) {
      throw storeError(error, `writing ${path}`)
    }
  },
  async replace(path, text) {
    if (typeof text === 'string') return writeFileAtomic(path, text, 0o600)
    await replaceFile(path, 0o600, async (file) => {
      for (const piece of text) await file.write(piece)
    })
  },
}

/** Events of a fleet since a moment; a journal that is not there told nothing. */
async function toldSince(journal: string, since: Date): Promise<ToldEvent[]> {
  const events: ToldEvent[] = []
  let older = 0
  for await (const { name, time, set, ring, host } of newestFirst(journal)) {
    // A clock that was set back leaves single old lines.
    if (time < since.toISOString()) older += 1
    if (older > 100) break
    events.push({
      name,
      time,
      ...(set === null ? {} : { set }),
      ...(ring === undefined ? {} : { ring }),
      ...(host === undefined ? {} : { host }),
    })
  }
  return events
}
