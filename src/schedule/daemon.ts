import { stat } from 'node:fs/promises'
import type { Config } from '../config/config.ts'
import type { Context } from '../context.ts'
import { DefsError, describeError, isDefsError } from '../error.ts'
import type { EventName } from '../event/catalogue.ts'
import type { EventFacts } from '../event/event.ts'
import { makeEvent } from '../event/make-event.ts'
import { limits } from '../limits.ts'
import { afterRun, type DueJobs, dueAt, dueJobs, openAgenda, type Rules } from './agenda.ts'
import { changedKeys } from './changed-keys.ts'
import type { DaemonTasks } from './daemon-tasks.ts'
import type { Job } from './rule.ts'
import type { ServiceManager } from './service-manager.ts'

/** What a daemon is made of. */
export interface DaemonParts {
  readonly config: Config
  /** Makes what is to be done under a configuration; called again after each reload. */
  readonly duties: (config: Config) => DaemonTasks
  /** The configuration as it is on disk now. @throws CONFIG_* */
  readonly reload: () => Promise<Config>
  /** Whether its file has changed since it was read last; `perhaps` while it is still written to. Never throws. */
  readonly changed: () => 'no' | 'perhaps' | 'yes'
  /** The name that jitter is made from; null for none. */
  readonly host: string | null
  readonly context: Context
  readonly manager: ServiceManager
}

/** The loop of the daemon without its clock. */
export interface Daemon {
  /** Does everything that is due, one after the other; at once when the last tick is still at work. Never rejects. */
  readonly tick: () => Promise<void>
  /** Has the configuration read again at the next tick. */
  readonly askReload: () => void
  /** Has the default source asked once, at the next tick: there may be something new. Nothing where updates are off. */
  readonly askUpdate: () => void
  /** When the next run of the schedule or the next retry is due. */
  readonly next: () => Date | null
  /** In how many milliseconds a tick has something to do, or to look at; 0 or less for now. */
  readonly due: () => number
}

interface State {
  config: Config
  duties: DaemonTasks
  agenda: DueJobs | null
  working: boolean
  reloadAsked: boolean
  updateAsked: boolean
  lastTick: Date
  nextCheck: Date
  nextLook: Date
  /** Nothing is started before: another run is at work, or this node waits to become active. */
  pausedUntil: Date
  /** No job is started before: the schedule is paused, which is asked again then. */
  heldUntil: Date
}

/** Opens a daemon; the first tick checks the store and catches up what was missed. */
export function openDaemon(parts: DaemonParts): Daemon {
  const start = parts.context.now()
  const state: State = {
    config: parts.config,
    duties: parts.duties(parts.config),
    agenda: null,
    working: false,
    reloadAsked: false,
    updateAsked: false,
    lastTick: start,
    nextCheck: start,
    nextLook: start,
    pausedUntil: start,
    heldUntil: start,
  }
  return {
    async tick() {
      if (state.working || parts.context.signal.aborted) return
      state.working = true
      try {
        await work(parts, state)
      } catch (error) {
        report(parts, state, 'check.failed', factsOf(error))
      } finally {
        state.working = false
      }
    },
    askReload() {
      state.reloadAsked = true
    },
    askUpdate() {
      const { schedule, default: source } = state.config
      state.updateAsked = schedule.length > 0 && source !== null
    },
    next: () => nextOf(state),
    due: () => dueIn(state, parts.context.now()),
  }
}

function dueIn(state: State, now: Date): number {
  const isSetBack = now < state.lastTick
  if (state.reloadAsked || state.agenda === null || isSetBack || now >= state.nextLook) return 0
  const job = Math.max(nextOf(state)?.getTime() ?? Number.POSITIVE_INFINITY, state.heldUntil.getTime())
  const work = Math.min(job, state.nextCheck.getTime(), state.updateAsked ? 0 : Number.POSITIVE_INFINITY)
  // A look is worth no waking of its own where the alarm rings soon after.
  const look = state.nextLook.getTime() + limits.lookSlack
  return Math.min(Math.max(work, state.pausedUntil.getTime()), look) - now.getTime()
}

async function work(parts: DaemonParts, state: State): Promise<void> {
  const { context } = parts
  const now = context.now()
  if (wantsReload(parts, state, now)) await reload(parts, state)
  if (now.getTime() < state.lastTick.getTime() - limits.clockBack) startOver(state, now)
  state.lastTick = now
  state.agenda ??= openAgenda(rulesOf(parts, state), await state.duties.remembered(), now)
  if (now < state.pausedUntil) return
  let busy = false
  if (now >= state.nextCheck) {
    await check(parts, state)
    busy = true
  }
  const due = dueJobs(state.agenda, now)
  // Asked only when something is due: what waits meanwhile is caught up once.
  for (const job of due.length > 0 && (await isPaused(parts, state, now)) ? [] : due) {
    if (context.signal.aborted || context.now() < state.pausedUntil) break
    await runJob(job, parts, state)
    busy = true
  }
  const { default: source } = state.config
  if (state.updateAsked && source !== null && !context.signal.aborted && context.now() >= state.pausedUntil) {
    state.updateAsked = false
    await runJob({ source, channel: null }, parts, state)
    // Another run was at work: what was asked for is still to be done.
    state.updateAsked = context.now() < state.pausedUntil
    busy = true
  }
  if (!busy || context.signal.aborted) return
  await state.duties.publish()
  parts.manager.status(`next run ${nextOf(state)?.toISOString() ?? 'never'}`)
}

async function isPaused(parts: DaemonParts, state: State, now: Date): Promise<boolean> {
  const pause = (await state.duties.paused?.()) ?? 'no'
  // Whoever ends it by hand is heard by then.
  state.heldUntil = pause === 'paused' ? new Date(now.getTime() + limits.daemonLook + limits.lookSlack) : now
  if (pause === 'ended') report(parts, state, 'schedule.resumed', { reason: 'the pause has come to its end' })
  return pause === 'paused'
}

// Whatever was planned by a clock that has been set back since lies too far ahead.
function startOver(state: State, now: Date): void {
  state.agenda = null
  state.nextCheck = now
  state.nextLook = now
  state.pausedUntil = now
  state.heldUntil = now
}

function wantsReload(parts: DaemonParts, state: State, now: Date): boolean {
  if (state.reloadAsked) return true
  const changed = parts.changed()
  // One that is still written to is looked at again soon.
  const pause = changed === 'perhaps' ? limits.configSettle - limits.lookSlack : limits.daemonLook
  state.nextLook = new Date(now.getTime() + pause)
  return changed === 'yes'
}

async function reload(parts: DaemonParts, state: State): Promise<void> {
  state.reloadAsked = false
  parts.manager.reloading()
  try {
    const config = await parts.reload()
    const change = changedKeys(state.config, config)
    state.duties = parts.duties(config)
    state.config = config
    state.agenda = null
    report(parts, state, 'configuration.reloaded', { ...(await whoChanged(config.file)), change })
  } catch (error) {
    const problems = isDefsError(error) ? (error.facts.problems ?? []) : []
    report(parts, state, 'configuration.refused', {
      ...factsOf(error),
      path: state.config.file,
      reason: [describeError(error), ...problems].join('; '),
    })
  }
  parts.manager.ready(`next run ${nextOf(state)?.toISOString() ?? 'never'}`)
}

async function check(parts: DaemonParts, state: State): Promise<void> {
  const now = parts.context.now()
  state.nextCheck = new Date(now.getTime() + limits.checkEvery)
  try {
    await withOwnSignal(parts.context, (context) => state.duties.check(context))
  } catch (error) {
    if (parts.context.signal.aborted) return
    if (isDefsError(error, 'STORE_BUSY')) return pause(parts, state)
    report(parts, state, 'check.failed', factsOf(error))
  }
}

async function runJob(job: Job, parts: DaemonParts, state: State): Promise<void> {
  const { source, channel } = job
  const began = parts.context.now()
  let told = false
  const watched: Context = {
    ...parts.context,
    emit(heard) {
      told ||= heard.type === 'event' && heard.event.name === 'update.failed'
      parts.context.emit(heard)
    },
  }
  let failure: unknown = null
  try {
    const end = await withOwnSignal(watched, (context) => perform(job, state.duties, context))
    if (end === 'waiting') return pause(parts, state)
  } catch (error) {
    if (parts.context.signal.aborted) return
    if (isDefsError(error, 'STORE_BUSY')) return pause(parts, state)
    const name = channel === null ? 'update.failed' : 'mirror.failed'
    if (!told) report(parts, state, name, { ...factsOf(error), source })
    failure = error
  }
  const coolingUntil = isDefsError(failure, 'SOURCE_COOLING_DOWN') ? (failure.facts.until ?? null) : null
  const end = { began, ended: parts.context.now(), failed: failure !== null, coolingUntil }
  if (state.agenda) state.agenda = afterRun(state.agenda, rulesOf(parts, state), job, end)
}

async function perform({ source, channel }: Job, duties: DaemonTasks, context: Context) {
  if (channel === null) return duties.update(source, context)
  await duties.mirror(source, channel, context)
  return 'done'
}

function pause(parts: DaemonParts, state: State): void {
  state.pausedUntil = new Date(parts.context.now().getTime() + limits.daemonPause)
}

function nextOf({ agenda }: State): Date | null {
  const moments = [...(agenda?.values() ?? [])].flatMap((due) => dueAt(due) ?? [])
  return moments.sort((a, b) => a.getTime() - b.getTime())[0] ?? null
}

/** Who is known to have changed a file: its owner. */
async function whoChanged(path: string | null): Promise<EventFacts> {
  if (path === null) return {}
  const uid = await stat(path).then(
    (status) => status.uid,
    () => null,
  )
  return { path, object: path, ...(uid === null ? {} : { user: `uid ${uid}, the owner of the file` }) }
}

function rulesOf({ host }: DaemonParts, { config }: State): Rules {
  return { schedule: config.schedule, retry: config.retry, place: { timeZone: config.timeZone, host } }
}

function report({ context }: DaemonParts, { config }: State, name: EventName, facts: EventFacts): void {
  const event = makeEvent(name, facts, { now: context.now(), productVersion: config.product.version })
  context.emit({ type: 'event', event })
}

function factsOf(error: unknown): EventFacts {
  const errorCode = error instanceof DefsError ? error.code : 'BUG'
  return { errorCode, reason: describeError(error) }
}

/**
 * Does work with a signal of its own that follows the signal of the context. What the work hangs on its signal goes
 * with it: on the signal of a daemon, which lives for months, every run would leave something behind.
 */
async function withOwnSignal<T>(context: Context, work: (context: Context) => Promise<T>): Promise<T> {
  const own = new AbortController()
  const follow = () => own.abort(context.signal.reason)
  if (context.signal.aborted) follow()
  context.signal.addEventListener('abort', follow)
  try {
    return await work({ ...context, signal: own.signal })
  } finally {
    context.signal.removeEventListener('abort', follow)
    // The deadlines of the work follow it, and would hold all of it until they pass.
    own.abort(new DefsError('INTERRUPTED', 'this run has ended'))
  }
}
