import type { Config } from '../config/config.ts'
import type { Context } from '../context.ts'
import { DefsError, describeError } from '../error.ts'
import { makeEvent } from '../event/make-event.ts'
import { readPointer } from '../hawking/pointer.ts'
import { peekProvenance } from '../hawking/state.ts'
import { openStore } from '../hawking/store.ts'
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
  if (request.force || request.anyRole || !(await mustWait(config, context))) {
    return update(request, config, context)
  }
  const store = openStore(config.store.root, config.store.layout)
  const { current } = await readPointer(store)
  const provenance = current === null ? null : await peekProvenance(store, current)
  const reason = `${passive}: this node is passive and has no management address; it waits to become active`
  return unchangedResult(current, provenance, { source: null, reason })
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
