import { hostname } from 'node:os'
import type { Config } from '../../config/config.ts'
import { describeError } from '../../error.ts'
import type { EventName } from '../../event/catalogue.ts'
import { makeEvent } from '../../event/make-event.ts'
import { enterDaemon } from '../../hawking/daemon-record.ts'
import { prepareStore } from '../../hawking/prepare.ts'
import { openStore } from '../../hawking/store.ts'
import type { MetricsServer } from '../../schedule/metrics-server.ts'
import type { CommandResult } from '../command-result.ts'
import { watchFile } from '../file-watch.ts'
import { treeDuties } from '../mirror.ts'
import { openOutlets } from '../outlets.ts'
import type { Session } from '../session.ts'

/**
 * Runs the schedule until a signal ends it: 0 after SIGTERM, by which service managers stop what went well; 130
 * after Ctrl-C. SIGHUP has the configuration read again.
 * @throws CONFIG_*; STORE_BUSY when another daemon looks after the store; STORE_*
 */
export async function runDaemon(_input: object, session: Session): Promise<CommandResult> {
  const { config } = await session.load({ secrets: true })
  const { openDaemon } = await import('../../schedule/daemon.ts')
  const { realDuties } = await import('../../schedule/real-duties.ts')
  const { openServiceManager } = await import('../../schedule/service-manager.ts')
  const { everySecond } = await import('../../schedule/ticker.ts')
  const { context, world } = session
  const store = openStore(config.store.root, config.store.layout)
  await prepareStore(store, config.store.group)
  const startedAt = context.now()
  const leave = await enterDaemon(store, startedAt)
  const outlets = openOutlets(session, config)
  const manager = openServiceManager(world.env)
  const inForce = { config }
  const daemon = openDaemon({
    config,
    duties: (under) => realDuties(under, context, treeDuties(session, under, null)),
    async reload() {
      inForce.config = (await session.load({ secrets: true })).config
      outlets.follow(inForce.config)
      return inForce.config
    },
    changed: watchFile(config.file),
    host: hostname(),
    context,
    manager,
  })
  const signals = listenTo(session, daemon.askReload)
  const server = await serve(inForce, session)
  let working = Promise.resolve()
  const tickers = [
    everySecond(() => {
      working = daemon.tick()
      return working
    }),
    // A long run is no sign of death, and a sink that is down is no reason to wait.
    everySecond(async () => manager.beat(context.now())),
    everySecond(outlets.deliver),
  ]
  try {
    report('daemon.started', inForce.config, session)
    manager.ready(`${config.schedule.length} lines of schedule`)
    await aborted(context.signal)
    manager.stopping()
  } finally {
    await Promise.all(tickers.map((ticker) => ticker.stop()))
    await working
    report('daemon.stopped', inForce.config, session)
    await Promise.all([outlets.flush(), server?.close(), leave(), manager.told()])
    signals.release()
  }
  if (!signals.terminated()) throw context.signal.reason
  return { exitCode: 0, json: { startedAt: startedAt.toISOString() }, lines: [] }
}

/** SIGHUP asks for a reload; which of the other two ended us decides the exit code. */
function listenTo({ world }: Session, askReload: () => void) {
  let terminated = false
  // After the first one the system's own handler must be found again, so that a second one ends us at once.
  const end = () => {
    terminated = true
    world.signals.off('SIGTERM', end)
  }
  world.signals.on('SIGTERM', end)
  world.signals.on('SIGHUP', askReload)
  return {
    terminated: () => terminated,
    release() {
      world.signals.off('SIGTERM', end)
      world.signals.off('SIGHUP', askReload)
    },
  }
}

/** Metrics are a convenience: a port that is taken must not keep definitions from being updated. */
async function serve(inForce: { config: Config }, { context }: Session): Promise<MetricsServer | null> {
  const { listen } = inForce.config.daemon
  if (listen === null) return null
  const { serveMetrics } = await import('../../schedule/metrics-server.ts')
  const { readMetrics } = await import('../../report/publish-metrics.ts')
  const { healthOfStore } = await import('../../report/health.ts')
  try {
    return await serveMetrics(listen, {
      metrics: () => readMetrics(inForce.config),
      health: () => healthOfStore(inForce.config, context.now()),
    })
  } catch (error) {
    const text = `no metrics are served at ${listen}: ${describeError(error)}`
    context.emit({ type: 'note', level: 'warning', text })
    return null
  }
}

function report(name: EventName, config: Config, { context }: Session): void {
  const event = makeEvent(name, {}, { now: context.now(), productVersion: config.product.version })
  context.emit({ type: 'event', event })
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
