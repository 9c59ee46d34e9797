import type { Config } from '../config/config.ts'
import type { Context } from '../context.ts'
import { DefsError, describeError } from '../error.ts'
import { makeEvent } from '../event/make-event.ts'
import { designatedRecord, schedulePause } from '../hawking/observations.ts'
import { readPointer } from '../hawking/pointer.ts'
import { prepareStore } from '../hawking/prepare.ts'
import { peekRecord, writeRecord } from '../hawking/record-file.ts'
import { peekProvenance } from '../hawking/state.ts'
import { openStore, type Store } from '../hawking/store.ts'
import { limits } from '../limits.ts'
import { runCommand } from '../run-command.ts'
import { type UpdateResult, unchangedResult } from './result.ts'
import type { UpdateRequest } from './run.ts'
import { update } from './update.ts'

/** The beginning of the `reason` of a run that did nothing because of the role of its node. */
export const passive = 'passive'

/** A request that may name the role it is for. */
export interface RoleRequest extends UpdateRequest {
  /** Update whatever the role of this node is. */
  readonly anyRole: boolean
  /** Do nothing while the schedule is paused. */
  readonly scheduled?: boolean
}

/**
 * An update, unless this node is passive and has to wait: then nothing is asked, nothing is changed and that is a
 * result. `--force` overrides. @throws what `update` throws
 */
export async function updateByRole(
  request: RoleRequest,
  config: Config,
  context: Context,
): Promise<UpdateResult> {
  const store = openStore(config.store.root, config.store.layout)
  const why = await whyNot(request, store, config, context)
  if (why === null) {
    if (!request.dryRun) await keepDesignation(store, config, context)
    return update(request, config, context)
  }
  const { current } = await readPointer(store)
  const provenance = current === null ? null : await peekProvenance(store, current)
  return unchangedResult(current, provenance, { source: null, reason: why })
}

/** Why nothing is to be done; null when there is no reason. */
async function whyNot(
  request: RoleRequest,
  store: Store,
  config: Config,
  context: Context,
): Promise<string | null> {
  if (request.force) return null
  if (request.scheduled) {
    const pause = await schedulePause(store, context.now())
    const end = pause?.until ? `until ${pause.until}` : 'without an end'
    if (pause) return `paused: updates by schedule are paused ${end}; 'defs schedule resume' ends it`
  }
  if (request.anyRole) return null
  if (await mustWait(config, context)) {
    return `${passive}: this node is passive and has no management address; it waits to become active`
  }
  return otherDesignated(store, config, context)
}

const sameProduct = (a: string, b: string) => a.toLowerCase() === b.toLowerCase()

/** That another product was designated to update this store; each other one is told by one event. */
async function otherDesignated(
  store: Store,
  { product, role }: Config,
  { now, emit }: Context,
): Promise<string | null> {
  const designated = await peekRecord(store, designatedRecord)
  if (designated === null || sameProduct(designated.product, product.name)) return null
  const other = designated.product
  const reason =
    role.is === 'designated'
      ? `'${other}' is the designated updater already: one only may be, 'defs update --force' takes its place`
      : `'${other}' is its designated updater, '${product.name}' reads what that brings`
  if (!designated.told.some((name) => sameProduct(name, product.name))) {
    const told = [...designated.told, product.name]
    // What cannot be kept is told again, which harms nobody.
    await writeRecord(store, designatedRecord, { ...designated, told }).catch(() => undefined)
    const event = makeEvent(
      'store.designated-elsewhere',
      { reason },
      { now: now(), productVersion: product.version },
    )
    emit({ type: 'event', event })
  }
  return `designated: ${reason}`
}

/** Writes down that this product is the designated updater of a store, or no longer is. @throws STORE_* */
async function keepDesignation(store: Store, { product, role, store: { group } }: Config, { now }: Context) {
  const before = await peekRecord(store, designatedRecord)
  const ours = before !== null && sameProduct(before.product, product.name)
  if (role.is === 'designated' && !ours) {
    await prepareStore(store, group)
    const since = now().toISOString()
    await writeRecord(store, designatedRecord, { product: product.name, since, told: [] })
  } else if (role.is !== 'designated' && ours) {
    await writeRecord(store, designatedRecord, null)
  }
}

/**
 * Whether this node has to wait: it is the passive one of a cluster and has no address of its own to reach a source
 * from (docs/domain.md section 11). A role that its program does not tell counts as active: an update on the
 * passive node does no harm, since the store is node-local, and a node that never updates does.
 * @throws INTERRUPTED
 */
async function mustWait(config: Config, context: Context): Promise<boolean> {
  if (config.managementAddress) return false
  if (config.role.command.length === 0) return config.role.is === 'passive'
  return askRole(config, context)
}

async function askRole(config: Config, context: Context): Promise<boolean> {
  const why = await runRoleCommand(config, context)
  if (why === 'active' || why === 'passive') return why === 'passive'
  const { version } = config.product
  const facts = { reason: why.unknown, path: config.role.command[0] ?? null }
  const event = makeEvent('role.unknown', facts, { now: context.now(), productVersion: version })
  context.emit({ type: 'event', event })
  return false
}

async function runRoleCommand(
  { role }: Config,
  { signal }: Context,
): Promise<'active' | 'passive' | { readonly unknown: string }> {
  const name = role.command[0] ?? ''
  try {
    const cwd = process.cwd()
    const ended = await runCommand(role.command, { cwd, timeout: limits.roleCommand, signal })
    if (ended.stopped === 'interrupted')
      throw new DefsError('INTERRUPTED', `interrupted while asking '${name}'`)
    if (ended.stopped) return { unknown: `'${name}' did not end within ${limits.roleCommand} ms` }
    if (ended.status === 0) return 'active'
    if (ended.status === 1) return 'passive'
    return { unknown: `'${name}' ended with ${ended.status ?? 'a signal'}` }
  } catch (error) {
    if (error instanceof DefsError) throw error
    return { unknown: `'${name}' cannot be run: ${describeError(error)}` }
  }
}
