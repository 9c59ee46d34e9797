import { rm } from 'node:fs/promises'
import { withLockAt } from '../../disk/lock.ts'
import { DefsError } from '../../error.ts'
import type { FleetStatus } from '../status.ts'
import { exitCodeOfFleet, fleetStatus } from '../view.ts'
import { AgeLog } from './age-log.ts'
import { Controller, type FleetLook } from './controller.ts'
import type { Ground } from './ground.ts'
import type { ControllerRecord } from './record.ts'
import { prepareSite, runLock, type Site } from './site.ts'

/** What comes within this time is looked at together: a look costs the same for one report and for a thousand. Milliseconds. */
const gatherFor = 200

/** How a run ended: the fleet as it stood at the last look. */
export interface ControllerEnd {
  readonly status: FleetStatus
  readonly exitCode: 0 | 3 | 5 | 7 | 9 | 10 | 100
}

/**
 * Runs the controller until the signal of the context ends it, or for one look.
 * @throws STORE_BUSY when another controller runs, or has taken over (event 1117); STORE_*, KEYS_*
 */
export async function runController(
  site: Site,
  { once, onLook }: { readonly once: boolean; readonly onLook: (status: FleetStatus) => void },
): Promise<ControllerEnd> {
  const { context, paths } = site
  await prepareSite(site)
  return withLockAt(runLock(paths), { wait: 0, context }, async (stillOurs) => {
    const since = context.now().toISOString()
    const feed = site.openFeed()
    const ground: Ground = { ...site.ground, feed }
    const controller = new Controller(ground)
    const ages = new AgeLog(ground)
    let written = ''
    try {
      for (;;) {
        const look = await controller.look()
        await ages.take(look.world)
        const record: ControllerRecord = {
          pid: process.pid,
          since,
          feed: { kind: feed.state().kind, state: feed.state().state, since: feed.state().since },
          onBus: feed.state().kind === 'nats' ? (look.card?.number ?? null) : null,
        }
        const text = `${JSON.stringify(record)}\n`
        if (text !== written) await ground.disk.replace(paths.record, text)
        written = text
        const end = describe(look, record)
        onLook(end.status)
        if (once || context.signal.aborted) return end
        if (!(await stillOurs())) throw displaced(site)
        await feed.wait(site.every, context.signal).catch(() => undefined)
        await context.sleep(gatherFor, context.signal).catch(() => undefined)
        if (context.signal.aborted) return end
      }
    } finally {
      await controller.close()
      await feed.close()
      await rm(paths.record, { force: true })
    }
  })
}

function describe(look: FleetLook, record: ControllerRecord): ControllerEnd {
  const { world, card } = look
  const status = fleetStatus(
    world,
    {
      card: { number: card?.number ?? 0, inTree: card !== null, onBus: record.onBus === null ? null : true },
      controller: { running: true, pid: record.pid, since: record.since },
      feed: { kind: 'none', state: record.feed.state === 'up' ? 'up' : 'away', since: record.feed.since },
      treeReadable: look.treeReadable,
    },
    look.decision,
  )
  const authentic = look.authentic && world.tree.fresh
  const bus = { ...status.bus, kind: record.feed.kind }
  return { status: { ...status, bus }, exitCode: exitCodeOfFleet(status, world, { authentic }) }
}

function displaced(site: Site): DefsError {
  const reason = `${runLock(site.paths)} is not ours any more`
  site.report('controller.displaced', { reason })
  return new DefsError('STORE_BUSY', `another controller has taken over: ${reason}`, {
    path: site.paths.folder,
  })
}
