import type { Config } from '../config/config.ts'
import type { Context } from '../context.ts'
import { isPast, pauseRecord } from '../hawking/observations.ts'
import { peekRecord, writeRecord } from '../hawking/record-file.ts'
import { peekSourceRecords } from '../hawking/state.ts'
import { openStore } from '../hawking/store.ts'
import type { UpdateResult } from '../update/result.ts'
import type { RoleRequest } from '../update/role.ts'
import type { Remembered } from './agenda.ts'

/** What a daemon does, as functions, so that its loop can be driven through months in a moment. */
export interface DaemonTasks {
  /**
   * Updates from a source, with its fallbacks when it is the default one.
   * @returns `waiting` when this node is passive and has to wait
   * @throws what an update throws; STORE_BUSY when another run is at work
   */
  readonly update: (source: string, context: Context) => Promise<'done' | 'waiting'>
  /**
   * Mirrors a source into a channel of the internal server.
   * @throws what publishing throws; STORE_BUSY when another run is at work
   */
  readonly mirror: (source: string, channel: string, context: Context) => Promise<void>
  /** Proves the current set, mends what is broken, and sees that scanner and store agree. @throws DefsError */
  readonly check: (context: Context) => Promise<void>
  /** Whether the schedule is paused; `ended` once, when the pause has come to its end. Never throws. */
  readonly paused?: () => Promise<'no' | 'paused' | 'ended'>
  /** Publishes metrics after a run or a check. Never throws. */
  readonly publish: () => Promise<void>
  /** What is remembered of each job. Never throws. */
  readonly remembered: () => Promise<Remembered>
}

/** What a daemon does for the tree of the internal server. */
export interface TreeDuties extends Pick<DaemonTasks, 'mirror' | 'remembered'> {
  /** Signs anew what is published, when it is time to. @throws KEYS_LOCKED */
  readonly freshen: (context: Context) => Promise<void>
}

/** What a daemon does to a store, and whom it tells of it. */
export interface StoreDuties {
  readonly update: (request: RoleRequest, config: Config, context: Context) => Promise<UpdateResult>
  /** Does the work of a check. */
  readonly checking: (
    config: Config,
    context: Context,
    work: (context: Context) => Promise<void>,
  ) => Promise<void>
  /** Tells others how things stand. Never throws. */
  readonly publish: () => Promise<void>
  readonly now: () => Date
}

/** What a daemon really does under a configuration. */
export function daemonTasks(config: Config, tree: TreeDuties, duties: StoreDuties): DaemonTasks {
  const store = openStore(config.store.root, config.store.layout)
  const hasTree = config.schedule.some(({ publish }) => publish !== null)
  return {
    async update(source, own) {
      // Whoever schedules the default source means a usual update, with its fallbacks.
      const named = source === config.default ? null : source
      return updateFrom(named, config, duties, own)
    },
    async check(own) {
      if (hasTree) await tree.freshen(own)
      const { scheduledCheck } = await import('../update/recover/check-up.ts')
      let empty = false
      await duties.checking(config, own, async (under) => {
        empty = (await scheduledCheck(config, under)).step === 'empty'
      })
      // docs/domain.md section 7: after event 400 the server attempts to download new definitions, without
      // being asked.
      if (empty) await updateFrom(null, config, duties, own)
    },
    async paused() {
      const pause = await peekRecord(store, pauseRecord)
      if (pause === null) return 'no'
      if (!isPast(pause, duties.now())) return 'paused'
      const gone = await writeRecord(store, pauseRecord, null).then(
        () => true,
        () => false,
      )
      return gone ? 'ended' : 'no'
    },
    publish: duties.publish,
    mirror: tree.mirror,
    remembered: async () => ({
      ...(await peekSourceRecords(store)),
      ...(hasTree ? await tree.remembered() : {}),
    }),
  }
}

async function updateFrom(
  source: string | null,
  config: Config,
  duties: StoreDuties,
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
  const { passive } = await import('../update/role.ts')
  const result = await duties.update(request, config, context)
  if (result.rolledBack?.failure) throw result.rolledBack.failure
  return result.reason?.startsWith(`${passive}:`) ? 'waiting' : 'done'
}
