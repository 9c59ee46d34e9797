import type { Config } from '../config/config.ts'
import type { Context } from '../context.ts'
import { peekSourceRecords } from '../hawking/source-record.ts'
import { openStore } from '../hawking/store.ts'
import { publishMetrics } from '../report/publish-metrics.ts'
import { checkUp } from '../update/check-up.ts'
import { passive, updateByRole } from '../update/update-by-role.ts'
import type { Duties } from './duties.ts'

/** What a daemon does for the tree of the internal server. */
export interface TreeDuties extends Pick<Duties, 'mirror' | 'remembered'> {
  /** Signs anew what is published, when it is time to. @throws KEYS_LOCKED */
  readonly freshen: (context: Context) => Promise<void>
}

/** What a daemon really does under a configuration. */
export function realDuties(config: Config, context: Context, tree: TreeDuties): Duties {
  const store = openStore(config.store.root, config.store.layout)
  return {
    async update(source, own) {
      // Whoever schedules the default source means a usual update, with its fallbacks.
      const named = source === config.default ? null : source
      return updateFrom(named, config, own)
    },
    async check(own) {
      if (config.schedule.some(({ publish }) => publish !== null)) await tree.freshen(own)
      const { step } = await checkUp(config, own)
      // Seed 001: after event 400 the server attempts to download new definitions, without being asked.
      if (step === 'empty') await updateFrom(null, config, own)
    },
    publish: () => publishMetrics(config, context),
    mirror: tree.mirror,
    remembered: async () => ({ ...(await peekSourceRecords(store)), ...(await tree.remembered()) }),
  }
}

async function updateFrom(
  source: string | null,
  config: Config,
  context: Context,
): Promise<'done' | 'waiting'> {
  const request = {
    source,
    dryRun: false,
    force: false,
    anyRole: false,
    allow: null,
    timeout: null,
    lockWait: 0,
  }
  const result = await updateByRole(request, config, context)
  if (result.rolledBack?.failure) throw result.rolledBack.failure
  return result.reason?.startsWith(`${passive}:`) ? 'waiting' : 'done'
}
