import { readdirSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { openEnvironment } from '../dist/cli/environment.js'
import { openOutlets } from '../dist/cli/journal-listener.js'
import { treeDuties } from '../dist/cli/mirror.js'
import { openSession } from '../dist/cli/session.js'
import { publishStatus } from '../dist/report/status-file.js'
import { openDaemon } from '../dist/schedule/daemon.js'
import { daemonTasks } from '../dist/schedule/daemon-tasks.js'
import { openServiceManager } from '../dist/schedule/service-manager.js'
import { updateByRole } from '../dist/update/role.js'

// The daemon as `defs daemon` has it, its clock moved on by ten minutes a time: each time it proves the current set and asks
// its source. Says what it holds after so many times: node --expose-gc bench/ticking.mjs CONFIG 1000 10000
const [config, ...marks] = process.argv.slice(2)
let now = Date.now()
const silent = { write: () => true }
const world = openEnvironment({ now: () => new Date(now), stdout: silent, stderr: silent })
const globals = { config, family: null, json: false, quiet: true, verbose: false, color: false }
const { context, ...session } = openSession(world, globals, new AbortController().signal, () => undefined)
const heard = new Map()
const listening = {
  ...context,
  emit(one) {
    if (one.type === 'event') heard.set(one.event.name, (heard.get(one.event.name) ?? 0) + 1)
    context.emit(one)
  },
}
const own = { ...session, context: listening }
const { config: loaded } = await session.load({ secrets: true })
const outlets = openOutlets(own, loaded)
const daemon = openDaemon({
  config: loaded,
  duties: (under) =>
    daemonTasks(under, treeDuties(own, under, null), {
      update: updateByRole,
      checking: (_, inner, work) => work(inner),
      publish: () => publishStatus(under, listening),
      now: listening.now,
    }),
  reload: async () => loaded,
  changed: () => 'no',
  host: null,
  context: listening,
  manager: openServiceManager({}),
})
for (let tick = 1, [mark, ...later] = marks.map(Number); mark !== undefined; tick++) {
  now += 600_000
  await daemon.tick()
  await outlets.deliver()
  if (tick < mark) continue
  // Twice, with a turn of the loop between: finalizers run in the second.
  global.gc()
  await wait(50)
  global.gc()
  const { heapUsed, rss } = process.memoryUsage()
  const handles = readdirSync('/proc/self/fd').length
  process.stdout.write(
    `${JSON.stringify({ tick, heap: heapUsed / 2 ** 20, rss: rss / 2 ** 20, handles, heard: Object.fromEntries(heard) })}\n`,
  )
  ;[mark, ...later] = later
}
process.exit()
