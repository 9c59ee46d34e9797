import { hostname } from 'node:os'
import type { Config } from '../../config/config.ts'
import { nothingConfigured } from '../../config/unconfigured.ts'
import { describeError, isDefsError } from '../../error.ts'
import type { EventName } from '../../event/catalogue.ts'
import type { EventFacts } from '../../event/event.ts'
import { makeEvent } from '../../event/make-event.ts'
import { daemonCrashed, enterDaemon } from '../../hawking/notices.ts'
import { prepareStore } from '../../hawking/prepare.ts'
import { openStore, type Store } from '../../hawking/store.ts'
import { comingRuns } from '../../schedule/next-runs.ts'
import { openFleetSide } from '../daemon-fleet.ts'
import { openOutlets } from '../journal-listener.ts'
import { treeDuties } from '../mirror.ts'
import type { CommandResult } from '../output.ts'
import { watchReplaced } from '../replaced.ts'
import { startConsole } from '../serving/serve-console.ts'
import { onlyOne, serveTold } from '../serving/serve-daemon.ts'
import type { Session } from '../session.ts'
import { watchFile } from '../watch-file.ts'

/**
 * Runs the schedule until a signal ends it: 0 after SIGTERM, by which service managers stop what went well; 130
 * after Ctrl-C, and when its program was replaced below a service manager, which then starts the new one. SIGHUP has the
 * configuration read again.
 * @throws CONFIG_*; STORE_BUSY when another daemon looks after the store; STORE_*; INTERRUPTED
 */
export async function runDaemon(_input: object, session: Session): Promise<CommandResult> {
  const { config } = await session.load({ secrets: true, writes: true })
  if (config.file === null) throw nothingConfigured(config)
  const { openDaemon } = await import('../../schedule/daemon.ts')
  const { daemonTasks } = await import('../../schedule/daemon-tasks.ts')
  const { openServiceManager } = await import('../../schedule/service-manager.ts')
  const { publishStatus } = await import('../../report/status-file.ts')
  const { refuseMisread } = await import('../../schedule/cron.ts')
  await refuseMisread(config.schedule)
  const { unreadableZone } = await import('../../schedule/wall-clock.ts')
  const zone = config.timeZone === null ? unreadableZone(process.env['TZ']) : null
  if (zone !== null) session.context.emit({ type: 'note', level: 'warning', text: zone })
  const { openAlarm } = await import('../../schedule/alarm.ts')
  const { openSpareMemory } = await import('../../schedule/spare-memory.ts')
  const { context, environment } = session
  const store = openStore(config.store.root, config.store.layout)
  const startedAt = context.now()
  const outlets = openOutlets(session, config)
  const { leave, crashed } = await enter(store, startedAt, config, session).catch(async (error: unknown) => {
    const facts = {
      errorCode: isDefsError(error) ? error.code : 'BUG',
      reason: describeError(error),
    } as const
    report('daemon.start-failed', config, session, facts)
    await outlets.flush()
    throw error
  })
  const manager = openServiceManager(environment.env)
  const inForce = { config }
  const spareMemory = openSpareMemory()
  const fleet = openFleetSide(context, () => {
    daemon.askUpdate()
    alarm.replan()
  })
  const daemon = openDaemon({
    config,
    duties: (under) =>
      daemonTasks(under, treeDuties(session, under, null), {
        update: fleet.update,
        checking: fleet.checking,
        async publish() {
          await publishStatus(under, context)
          spareMemory.ended()
        },
        now: context.now,
      }),
    async reload() {
      const { config: fresh } = await session.load({ secrets: true })
      await refuseMisread(fresh.schedule)
      inForce.config = fresh
      outlets.follow(inForce.config)
      await fleet.follow(inForce.config)
      return inForce.config
    },
    changed: watchFile(config.file),
    host: hostname(),
    context,
    manager,
  })
  let working = Promise.resolve()
  const program = watchReplaced(session, inForce, 'the daemon', manager.listens)
  // Each for itself: a long run is no sign of death, and a sink that is down is no reason to wait.
  const alarm = openAlarm([
    {
      async run() {
        if (!program.mayBegin()) return
        working = daemon.tick()
        await working
      },
      due: daemon.due,
    },
    { run: async () => manager.beat(), due: manager.beatDue },
    { run: outlets.deliver, due: outlets.due },
    { run: fleet.tick, due: fleet.due },
    spareMemory,
  ])
  const signals = listenTo(session, () => {
    daemon.askReload()
    alarm.ring()
  })
  const server = await serveTold(config.daemon.listen, onlyOne(inForce), session)
  await fleet.follow(config)
  session.listen((heard) => {
    if (heard.type === 'event') alarm.replan()
  })
  const console = await startConsole(session, inForce, { host: true, fleet: false })
  try {
    if (crashed) report('daemon.started-after-crash', inForce.config, session)
    report('daemon.started', inForce.config, session)
    tellOfSchedule(inForce.config, session)
    manager.ready(`${config.schedule.length} lines of schedule`)
    await Promise.race([aborted(context.signal), aborted(program.signal)])
    manager.stopping()
  } finally {
    await console?.close()
    alarm.stop()
    await working
    await fleet.close()
    report('daemon.stopped', inForce.config, session)
    await Promise.all([outlets.flush(), server?.close(), leave(), manager.told()])
    signals.release()
  }
  if (!signals.terminated()) throw program.signal.aborted ? program.signal.reason : context.signal.reason
  return { exitCode: 0, json: { startedAt: startedAt.toISOString() }, lines: [] }
}

/** Makes the store ready and takes the place of its daemon. @throws STORE_* */
async function enter(store: Store, startedAt: Date, { store: { group } }: Config, session: Session) {
  await prepareStore(store, group)
  const crashed = await daemonCrashed(store)
  session.context.signal.throwIfAborted()
  return { leave: await enterDaemon(store, startedAt), crashed }
}

/** SIGHUP asks for a reload; which of the other two ended us decides the exit code. */
function listenTo({ environment }: Session, askReload: () => void) {
  let terminated = false
  // After the first one the system's own handler must be found again, so that a second one ends us at once.
  const end = () => {
    terminated = true
    environment.signals.off('SIGTERM', end)
  }
  environment.signals.on('SIGTERM', end)
  environment.signals.on('SIGHUP', askReload)
  return {
    terminated: () => terminated,
    release() {
      environment.signals.off('SIGTERM', end)
      environment.signals.off('SIGHUP', askReload)
    },
  }
}

/** Says what nobody wrote down: that the default source is updated daily, or that nothing is. */
function tellOfSchedule(config: Config, { context }: Session): void {
  const [next] = comingRuns(config, hostname(), context.now())
  const { default: source, scheduleIsDefault, scheduleOff } = config
  if (scheduleOff || (scheduleIsDefault && next === undefined)) {
    const none = config.sources.size === 0 ? nothingConfigured(config).message : null
    const why = scheduleOff ? 'schedule: []' : (none ?? "neither 'schedule' nor 'default' is written")
    context.emit({ type: 'note', level: 'warning', text: `nothing is fetched by itself: ${why}` })
  } else if (scheduleIsDefault) {
    const how = "write 'schedule:' for other times, 'schedule: []' for none"
    const text = `no schedule is configured: '${source}' is updated once a day, next ${next?.at.toISOString()}; ${how}`
    context.emit({ type: 'note', level: 'information', text })
  }
}

function report(name: EventName, config: Config, { context }: Session, facts: EventFacts = {}): void {
  const event = makeEvent(name, facts, { now: context.now(), productVersion: config.product.version })
  context.emit({ type: 'event', event })
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
