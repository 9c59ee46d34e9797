import { resolve } from 'node:path'
import type { Config } from '../../../config/config.ts'
import { DefsError } from '../../../error.ts'
import type { Decided } from '../../../fleet/controller/decisions.ts'
import type { Site } from '../../../fleet/controller/site.ts'
import type { SetName } from '../../../set-name.ts'
import { openOutlets } from '../../journal-listener.ts'
import { passphraseOf, treeAt } from '../../keys-access.ts'
import type { CommandResult } from '../../output.ts'
import type { Session } from '../../session.ts'

/** Works with the controller's side of the configuration, its events kept. @throws USAGE_ARGUMENT, CONFIG_* */
export async function withSite<T>(
  session: Session,
  work: (site: Site, config: Config, deliver: () => Promise<void>) => Promise<T>,
): Promise<T> {
  const { config } = await session.load({ writes: treeAt(session, null) })
  const { openSite, prepareSite } = await import('../../../fleet/controller/site.ts')
  const site = openSite(config, session.context, await passphraseOf(config, session))
  await prepareSite(site)
  const outlets = openOutlets(session, config)
  try {
    return await work(site, config, outlets.deliver)
  } finally {
    await outlets.flush()
  }
}

function decide(
  session: Session,
  work: (
    made: ReturnType<typeof import('../../../fleet/controller/decisions.ts').decisions>,
  ) => Promise<Decided>,
  tell: (decided: Decided) => string,
): Promise<CommandResult> {
  return withSite(session, async (site) => {
    const { decisions } = await import('../../../fleet/controller/decisions.ts')
    const decided = await work(decisions(site))
    const text = decided.changed ? tell(decided) : 'nothing was changed: it is so already'
    return { exitCode: 0, json: { ...decided }, lines: [{ text, tone: decided.changed ? 'good' : 'quiet' }] }
  })
}

export interface ApproveInput {
  readonly ring: string
  readonly set: SetName
  readonly reason: string | null
}

/** Approves a set for a ring. @throws USAGE_ARGUMENT, STORE_UNKNOWN_SET */
export function runApprove({ ring, set, reason }: ApproveInput, session: Session): Promise<CommandResult> {
  return decide(
    session,
    (made) => made.approve(ring, set, reason),
    () => `${set} is approved for ${ring}`,
  )
}

export interface PauseInput {
  readonly what: 'pause' | 'resume'
  readonly ring: string | null
  readonly reason: string | null
}

/** Pauses rings, or lets them go on. @throws USAGE_ARGUMENT */
export function runPause({ what, ring, reason }: PauseInput, session: Session): Promise<CommandResult> {
  const which = ring ?? 'every ring'
  return decide(
    session,
    (made) => made[what](ring, reason),
    () => (what === 'pause' ? `${which} is paused` : `${which} goes on`),
  )
}

export interface HaltInput {
  readonly what: 'halt' | 'urgent'
  readonly set: SetName
  readonly reason: string
}

/** Halts a set, or makes it urgent. @throws USAGE_ARGUMENT, STORE_UNKNOWN_SET, KEYS_*, STORE_* */
export function runHalt({ what, set, reason }: HaltInput, session: Session): Promise<CommandResult> {
  if (reason.trim() === '') throw new DefsError('USAGE_ARGUMENT', '--reason must say something')
  return decide(
    session,
    (made) => made[what](set, reason),
    () => (what === 'halt' ? `${set} is halted: no ring offers it any more` : `${set} is urgent`),
  )
}

export interface RollbackInput {
  readonly set: SetName | null
  readonly ring: string | null
  readonly reason: string
  /** Milliseconds; null not to wait. */
  readonly wait: number | null
}

/** Takes the fleet back. @throws USAGE_ARGUMENT, STORE_UNKNOWN_SET, KEYS_*, STORE_* */
export function runRollback(input: RollbackInput, session: Session): Promise<CommandResult> {
  const { set, ring, reason, wait } = input
  if (reason.trim() === '') throw new DefsError('USAGE_ARGUMENT', '--reason must say something')
  return withSite(session, async (site) => {
    const { decisions } = await import('../../../fleet/controller/decisions.ts')
    const done = await decisions(site).rollback(set, ring, reason)
    const lines = [
      {
        text: `back to ${done.to}, away from ${done.from.join(', ') || 'nothing'}`,
        tone: 'warning' as const,
      },
      ...done.rings.map((one) => `  ${one.ring}: ${one.from} -> ${one.to} (statement ${one.statement})`),
      ...(done.held.length > 0 ? [`held, they stay: ${done.held.join(', ')}`] : []),
      ...(done.away.length > 0 ? [`away, they go back when they return: ${done.away.join(', ')}`] : []),
    ]
    const missing = wait === null ? [] : await waitForAll(site, done, wait, session)
    const error =
      missing.length === 0
        ? {}
        : {
            error: new DefsError(
              'SOURCE_UNREACHABLE',
              `${missing.length} hosts are not back yet: ${missing.join(', ')}`,
            ),
          }
    return {
      exitCode: missing.length === 0 ? 0 : 3,
      json: { ...done, ...(wait === null ? {} : { missing }) },
      lines,
      ...error,
    }
  })
}

/** Waits until no host that is awake and holds nothing has a set that was left. @returns those that still do */
async function waitForAll(
  site: Site,
  { from }: { readonly from: readonly SetName[] },
  most: number,
  { context }: Session,
): Promise<string[]> {
  const { survey } = await import('../../../fleet/controller/survey.ts')
  const { isAwake } = await import('../../../fleet/roster.ts')
  for (let waited = 0; ; waited += 1000) {
    const { world } = await survey(site)
    const missing = world.hosts.filter(({ heard }) => {
      const current = heard?.report.current ?? null
      const awake = isAwake(heard, world.now.getTime())
      if (current === null || !awake || heard?.report.holds.includes(current)) return false
      // Also what was withdrawn before: whoever asks again waits for the same hosts.
      return from.includes(current) || (world.known.sets.get(current)?.barred ?? null) !== null
    })
    if (missing.length === 0 || waited >= most) return missing.map(({ name }) => name)
    await context.sleep(1000, context.signal)
  }
}

/** Makes all that a fleet begins with. @throws KEYS_*, STORE_* */
export function runInit(_input: object, session: Session): Promise<CommandResult> {
  return withSite(session, async (site) => {
    const { initFleet } = await import('../../../fleet/controller/enrol.ts')
    const made = await initFleet(site)
    const lines = made.changed
      ? [
          `the fleet ${made.fleet} is ready, card ${made.card}`,
          ...made.files.map((file) => `  made ${file}`),
          `hosts are given ${made.join}`,
        ]
      : [`nothing was changed: the fleet ${made.fleet} is ready, card ${made.card}`]
    return { exitCode: 0, json: { ...made }, lines }
  })
}

/** Makes the key of this host. @throws USAGE_ARGUMENT on a machine that is no host of a fleet; STORE_* */
export async function runJoin(
  { newKey }: { readonly newKey: boolean },
  session: Session,
): Promise<CommandResult> {
  const { config } = await session.load({ writes: true })
  const { fleet } = config
  if (!fleet?.host) {
    const message = 'this configuration is no host of a fleet: it needs fleet.name, and no publish.keys'
    throw new DefsError('USAGE_ARGUMENT', message)
  }
  const { joinFleet } = await import('../../../fleet/host/identity.ts')
  const joined = await joinFleet(config, fleet, newKey)
  const lines = [
    `${joined.host} has the key ${joined.key}`,
    'admit it where the controller is:',
    `  ${joined.admit}`,
  ]
  return { exitCode: 0, json: { ...joined }, lines }
}

export interface AdmitInput {
  readonly host: string
  readonly key: string
  readonly labels: Readonly<Record<string, string>>
  readonly replace: boolean
}

/** Admits a host. @throws USAGE_ARGUMENT, STORE_* */
export function runAdmit(
  { host, key, labels, replace }: AdmitInput,
  session: Session,
): Promise<CommandResult> {
  return withSite(session, async (site) => {
    const { admitHost } = await import('../../../fleet/controller/enrol.ts')
    const done = await admitHost(site, host, key, { labels, replace })
    const text = done.changed ? `${host} may report` : `${host} is admitted already`
    return { exitCode: 0, json: { ...done, events: done.changed ? [1114] : [] }, lines: [text] }
  })
}

/** Removes a host. @throws STORE_* */
export function runRemove({ host }: { readonly host: string }, session: Session): Promise<CommandResult> {
  return withSite(session, async (site) => {
    const { removeHost } = await import('../../../fleet/controller/enrol.ts')
    const { changed } = await removeHost(site, host)
    const text = changed ? `${host} may report no more` : `nothing was changed: ${host} is not admitted`
    return { exitCode: 0, json: { host, changed, events: changed ? [1115] : [] }, lines: [text] }
  })
}

/** Writes the token of a host. @throws USAGE_ARGUMENT, KEYS_MISSING, STORE_* */
export function runCredentials(
  { host, out }: { readonly host: string; readonly out: string },
  session: Session,
): Promise<CommandResult> {
  return withSite(session, async (site) => {
    const { writeCredentials } = await import('../../../fleet/controller/enrol.ts')
    const written = await writeCredentials(site, host, resolve(session.environment.cwd, out))
    return { exitCode: 0, json: { ...written }, lines: [`${written.file} lets ${host} reach the bus`] }
  })
}
