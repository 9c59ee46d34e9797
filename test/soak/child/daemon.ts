import { readdirSync } from 'node:fs'
import { openEnvironment } from '../../../src/cli/environment.ts'
import { openOutlets } from '../../../src/cli/journal-listener.ts'
import { treeDuties } from '../../../src/cli/mirror.ts'
import { openSession } from '../../../src/cli/session.ts'
import { publishStatus } from '../../../src/report/status-file.ts'
import { openDaemon } from '../../../src/schedule/daemon.ts'
import { daemonTasks } from '../../../src/schedule/daemon-tasks.ts'
import { openServiceManager } from '../../../src/schedule/service-manager.ts'
import { updateByRole } from '../../../src/update/role.ts'

/** What the daemon is asked: to live through one more second, or to say how much it holds. */
export type Order = 'second' | 'measure'

/** What it answers. */
export interface Answer {
  /** Bytes in use after a collection of garbage; -1 when not asked for. */
  readonly heap: number
  /** Open files and sockets. */
  readonly handles: number
  /** Time on the processor so far. Milliseconds. */
  readonly cpu: number
}

// The daemon as `defs daemon` has it, journal, sinks and metrics included; only its clock is moved from outside.
const [config = ''] = process.argv.slice(2)
const silent = { write: () => true }
let now = Date.now()
const world = openEnvironment({ now: () => new Date(now), stdout: silent, stderr: silent })
const globals = { config, family: null, json: false, quiet: true, verbose: false, color: false }
const { signal } = new AbortController()
const session = openSession(world, globals, signal, () => undefined)
// The pauses between tries of a transfer are no part of what is looked at.
const context = { ...session.context, sleep: async () => undefined }
const loaded = await session.load({ secrets: true })
const outlets = openOutlets({ ...session, context }, loaded.config)
const daemon = openDaemon({
  config: loaded.config,
  duties: (under) =>
    daemonTasks(under, treeDuties({ ...session, context }, under, null), {
      update: updateByRole,
      checking: (_config, own, work) => work(own),
      publish: () => publishStatus(under, context),
      now: context.now,
    }),
  reload: async () => (await session.load({ secrets: true })).config,
  changed: () => 'no',
  host: null,
  context,
  manager: openServiceManager({}),
})

process.on('message', (order: Order) => void obey(order))

async function obey(order: Order): Promise<void> {
  let heap = -1
  if (order === 'second') {
    now += 1000
    await daemon.tick()
    await outlets.deliver()
  } else {
    // Twice, with a turn of the loop between: finalizers run in the second.
    globalThis.gc?.()
    await new Promise((resolve) => setTimeout(resolve, 50))
    globalThis.gc?.()
    heap = process.memoryUsage().heapUsed
  }
  const { user, system } = process.cpuUsage()
  const handles = readdirSync('/proc/self/fd').length
  const answer: Answer = { heap, handles, cpu: Math.round((user + system) / 1000) }
  process.send?.(answer)
}
