import type { Config } from '../config/config.ts'
import type { Context } from '../context.ts'
import { readPointer } from '../hawking/pointer.ts'
import { peekProvenance } from '../hawking/provenance.ts'
import { openStore } from '../hawking/store.ts'
import type { UpdateRequest, UpdateResult } from './result.ts'
import { mustWait } from './role.ts'
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
  return {
    source: null,
    previous: current,
    current,
    changed: false,
    reason: `${passive}: this node is passive and has no management address; it waits to become active`,
    grade: provenance?.grade ?? null,
    sequence: provenance?.sequence?.number ?? null,
    bytesDownloaded: 0,
    filesReused: 0,
    incremental: false,
    signedBy: provenance?.signer.name ?? null,
    verifiedBy: null,
    durationMs: 0,
    gate: [],
    events: [],
    rolledBack: null,
  }
}
