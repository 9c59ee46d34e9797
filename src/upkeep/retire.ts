import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Config } from '../config/config.ts'
import { ownFolder } from '../config/layout.ts'
import type { Context } from '../context.ts'
import { kindAt, removeFolder } from '../disk/atomic-file.ts'
import { lockPath, withLock } from '../disk/lock.ts'
import { DefsError, storeError } from '../error.ts'
import { makeEvent } from '../event/make-event.ts'
import { readDaemon } from '../hawking/notices.ts'
import { designatedRecord } from '../hawking/observations.ts'
import { readPointer } from '../hawking/pointer.ts'
import { peekRecord } from '../hawking/record-file.ts'
import { listSets, setDirectory } from '../hawking/sets.ts'
import { peekProvenance } from '../hawking/state.ts'
import { openStore, type Store } from '../hawking/store.ts'
import { consumersOf, unlistConsumer } from '../hawking/usage.ts'
import type { SetName } from '../set-name.ts'
import { unregisterUsage } from '../update/shared-sep.ts'

export interface RetireRequest {
  /** Do it; else only say what would be done. */
  readonly yes: boolean
  readonly user: string
  /** Milliseconds to wait for another run to end. */
  readonly lockWait: number
}

/** What goes, what stays and why. */
export interface RetireResult {
  readonly product: string
  /** Products that `usage.dat` lists beside ours. */
  readonly others: readonly string[]
  /** Paths. */
  readonly removed: readonly string[]
  readonly kept: readonly { readonly path: string; readonly why: string }[]
  readonly dryRun: boolean
}

/**
 * Takes this product out of a store that it shares: its lines in `usage.dat`, the sets that it brought and nobody else
 * uses, its state. Definitions that another product uses, or that somebody else put there, stay as they are.
 * @throws STORE_BUSY while a daemon or another run is at work; STORE_*
 */
export async function retire(
  { yes, user, lockWait }: RetireRequest,
  config: Config,
  context: Context,
): Promise<RetireResult> {
  const store = openStore(config.store.root, config.store.layout)
  const product = config.product.name
  const plan = await planRetirement(store, config)
  const told = { product, others: plan.others, removed: plan.paths, kept: plan.kept, dryRun: !yes }
  if (!yes || (await kindAt(store.state)) === 'nothing') return told
  const daemon = await readDaemon(store)
  if (daemon !== null) {
    const text = `a daemon looks after ${store.root}: stop it first (process ${daemon.pid})`
    throw new DefsError('STORE_BUSY', text, { path: store.root })
  }
  await withLock(store, { wait: lockWait, context }, async () => {
    const reason = `by ${user}; ${plan.others.length === 0 ? 'nobody else uses it' : `${plan.others.join(', ')} keep it`}`
    const facts = { reason, user, path: store.root }
    const moment = { now: context.now(), productVersion: config.product.version }
    context.emit({ type: 'event', event: makeEvent('store.retired', facts, moment) })
    try {
      await carryOut(plan, store, config)
    } catch (error) {
      throw storeError(error, `taking ${product} out of ${store.root}`)
    }
  })
  if (plan.state) await removeFolder(store.state)
  return told
}

interface Plan {
  readonly others: readonly string[]
  readonly sets: readonly SetName[]
  /** Everything that goes, for people. */
  readonly paths: readonly string[]
  readonly kept: RetireResult['kept']
  /** Whether the pointer goes, too: nobody is left to read it. */
  readonly pointer: boolean
  /** Whether the state goes. */
  readonly state: boolean
  /** Stores of endpoint products whose `usage.dat` lists us. */
  readonly neighbours: readonly string[]
}

async function planRetirement(store: Store, config: Config): Promise<Plan> {
  const own = config.product.name.toLowerCase()
  const usage = await consumersOf(store)
  const isOther = (name: string) => name.toLowerCase() !== own
  const others = [...new Set([...usage.values()].flat().filter(isOther))]
  const { current, previous } = await readPointer(store)
  const used = new Map<string, string>()
  for (const [set, consumers] of usage) {
    const by = consumers.filter(isOther)
    if (by.length > 0) used.set(set, `used by ${by.join(', ')}`)
  }
  // Who reads the store follows the pointer, whatever usage.dat says.
  if (others.length > 0) {
    if (current !== null && !used.has(current)) used.set(current, 'current, and others read this store')
    if (previous !== null && !used.has(previous)) used.set(previous, 'the one before the current one')
  }
  const sets: SetName[] = []
  const kept: { path: string; why: string }[] = []
  for (const set of await listSets(store)) {
    const path = setDirectory(store, set)
    const why = used.get(set) ?? ((await peekProvenance(store, set)) === null ? 'not brought by defs' : null)
    if (why === null) sets.push(set)
    else kept.push({ path, why })
  }
  const designated = await peekRecord(store, designatedRecord)
  const state = designated === null || designated.product.toLowerCase() === own
  if (!state) {
    // Another product runs defs in this very store: all but our own entries are its.
    const why = `${designated.product} updates this store with it`
    for (const set of sets.splice(0)) kept.push({ path: setDirectory(store, set), why })
    kept.push({ path: store.state, why })
  }
  const pointer = kept.length === 0
  const neighbours = [...config.sources.values()].flatMap((source) =>
    source.kind === 'shared-sep' && source.register ? [source.path] : [],
  )
  const publishing = join(ownFolder(store.root), 'publish')
  if ((await kindAt(publishing)) !== 'nothing')
    kept.push({ path: publishing, why: 'the internal server and its keys' })
  if (!pointer) kept.push({ path: store.definfo, why: 'others read it' })
  const paths = [
    ...sets.map((set) => setDirectory(store, set)),
    ...(pointer ? await present([store.definfo]) : []),
    ...([...usage.values()].flat().some((name) => !isOther(name))
      ? [`${store.usage}: ${config.product.name}`]
      : []),
    ...neighbours.map((path) => `${join(path, 'usage.dat')}: ${config.product.name}`),
    ...(state ? await present([store.current, store.state, ...statusFiles(config)]) : []),
  ]
  return { others, sets, paths, kept, pointer, state, neighbours }
}

async function present(paths: readonly string[]): Promise<string[]> {
  const kinds = await Promise.all(paths.map(kindAt))
  return paths.filter((_, index) => kinds[index] !== 'nothing')
}

/** What tells others how things stand; one of several families is told of in a file that is for all of them. */
function statusFiles({ store, families }: Config): string[] {
  return families.size === 0 ? [join(ownFolder(store.shared), 'status.json')] : []
}

/** Removes all but the lock, under which this is done. Entries go before sets: nothing names what is gone. */
async function carryOut(plan: Plan, store: Store, config: Config): Promise<void> {
  const { product } = config
  await unlistConsumer(store, product.name)
  for (const path of plan.neighbours) {
    if ((await kindAt(path)) !== 'nothing') await unregisterUsage(path, product.name)
  }
  if (plan.pointer) await rm(store.definfo, { force: true })
  if (!plan.state) return
  if ((await kindAt(store.current)) === 'link') await rm(store.current, { force: true })
  for (const set of plan.sets) await removeFolder(setDirectory(store, set))
  for (const path of statusFiles(config)) await rm(path, { force: true })
  const lock = lockPath(store)
  for (const name of await readdir(store.state)) {
    const path = join(store.state, name)
    if (!path.startsWith(lock)) await rm(path, { recursive: true, force: true })
  }
}
