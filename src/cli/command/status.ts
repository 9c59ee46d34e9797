import { hostname } from 'node:os'
import { formatDuration } from '../../config/measure.ts'
import { DefsError, isDefsError } from '../../error.ts'
import { readDaemon } from '../../hawking/daemon-record.ts'
import type { Hold } from '../../hawking/record.ts'
import { isHeld } from '../../hawking/records.ts'
import { openStore } from '../../hawking/store.ts'
import { lookUpLicence } from '../../licence/look-up.ts'
import { type LicenceState, mayDownload } from '../../licence/state.ts'
import { type Condition, diagnose } from '../../report/condition.ts'
import { comingRuns } from '../../schedule/coming-runs.ts'
import { type ShownRun, shownRun } from '../../schedule/next-runs.ts'
import { ageOf, type SetName } from '../../set-id.ts'
import type { CommandResult } from '../command-result.ts'
import { exitCodeOf } from '../exit-code.ts'
import { nagiosResult, unknownResult } from '../nagios.ts'
import type { Session } from '../session.ts'
import { statusLines } from '../status-lines.ts'
import { type Health, healthOf, readStore, type StoreReading } from '../store-reading.ts'

export interface StatusInput {
  /** As typed, for example `36h`; null for `maxAge` of the configuration. */
  readonly maxAge: string | null
  /** One line and the exit codes of Nagios instead of ours. */
  readonly nagios: boolean
}

/** A hold that lasts, and whether its set is older than allowed meanwhile. */
interface StatusHold extends Hold {
  readonly ageSeconds: number
  readonly outdated: boolean
}

/** The fields of `status` in JSON. */
export interface Status {
  readonly current: SetName | null
  readonly previous: SetName | null
  readonly inUse: SetName | null
  readonly grade: string | null
  readonly sequence: number | null
  readonly ageSeconds: number | null
  readonly stale: boolean
  readonly condition: Condition
  readonly conditionReason: string | null
  readonly source: string | null
  readonly signedBy: string | null
  readonly lastAttempt: StoreReading['view']['attempt']
  readonly lastSuccess: string | null
  readonly nextRuns: readonly ShownRun[]
  readonly holds: readonly StatusHold[]
  readonly barred: StoreReading['view']['bars']
  /** The set that the scanner is watched with before it counts as good, and until when. */
  readonly confirming: { readonly set: SetName; readonly since: string; readonly until: string } | null
  readonly quarantined: number
  readonly licence: { readonly state: string; readonly ends: string | null }
  /** Milliseconds since the daemon started; null when there is none. */
  readonly uptime: number | null
  readonly sources: readonly {
    readonly name: string
    readonly kind: string
    readonly health: Health
    readonly coolingUntil: string | null
  }[]
}

/** Shows what is live and how the last update went; 9 when it is stale, 13 when there is nothing. */
export async function runStatus(input: StatusInput, session: Session): Promise<CommandResult> {
  if (!input.nagios) return show(input, session)
  try {
    const { status, error, ...bounds } = await look(input, session)
    return nagiosResult(status, error, bounds)
  } catch (error) {
    if (!isDefsError(error) || isDefsError(error, 'INTERRUPTED')) throw error
    return unknownResult(error)
  }
}

async function show(input: StatusInput, session: Session): Promise<CommandResult> {
  const { status, error, ...bounds } = await look(input, session)
  const terminal = session.world.stdout.isTTY === true && !session.globals.json
  return {
    exitCode: error ? exitCodeOf[error.code] : 0,
    json: { ...status },
    lines: statusLines(status, { ...bounds, terminal, now: session.context.now() }),
    ...(error ? { error } : {}),
  }
}

async function look({ maxAge }: StatusInput, session: Session) {
  const reading = await readStore(session, maxAge === null ? {} : { maxAge })
  const { config, now } = reading
  const licence = await lookUpLicence(config.licence, now)
  const daemon = await readDaemon(openStore(config.store.root, config.store.layout))
  const uptime = daemon === null ? null : Math.max(0, now.getTime() - Date.parse(daemon.startedAt))
  const status = describeStatus(reading, licence, uptime)
  return { status, error: errorOf(status, reading), maxAge: config.maxAge, licensed: mayDownload(licence) }
}

/** What the store says, as the contract prints it. */
function describeStatus(
  { config, view, inUse, now }: StoreReading,
  licence: LicenceState,
  uptime: number | null,
): Status {
  const { current, previous } = view.pointer
  const { attempt, sources, holds, bars, confirming, quarantined } = view
  const set = view.sets.find((one) => one.current)
  const age = current === null ? null : ageOf(current, now)
  const successes = Object.values(sources).flatMap(({ lastSuccess }) => lastSuccess ?? [])
  const { condition, reason } = diagnose({ current, attempt, sources, maxAge: config.maxAge, now })
  return {
    current,
    previous,
    inUse,
    grade: set?.provenance?.grade ?? null,
    sequence: set?.provenance?.sequence?.number ?? null,
    ageSeconds: age === null ? null : Math.floor(age / 1000),
    stale: age === null || age > config.maxAge,
    condition,
    conditionReason: reason,
    source: set?.provenance?.source ?? null,
    signedBy: set?.provenance?.signer.name ?? null,
    lastAttempt: attempt,
    lastSuccess: successes.toSorted().at(-1) ?? null,
    nextRuns: comingRuns(config, hostname(), now).map(shownRun),
    holds: holds.filter((hold) => isHeld(hold, now)).map((hold) => describeHold(hold, config.maxAge, now)),
    barred: bars,
    confirming: confirming && { set: confirming.set, since: confirming.since, until: confirming.until },
    quarantined,
    licence: { state: licence.state, ends: licence.ends?.toISOString() ?? null },
    uptime,
    sources: [...config.sources.values()].map(({ name, kind }) => ({
      name,
      kind,
      ...healthOf(sources[name], now),
    })),
  }
}

function describeHold(hold: Hold, maxAge: number, now: Date): StatusHold {
  const age = ageOf(hold.set, now)
  return { ...hold, ageSeconds: Math.floor(age / 1000), outdated: age > maxAge }
}

function errorOf({ current, stale }: Status, { config, view }: StoreReading): DefsError | null {
  if (view.sets.length === 0) {
    return new DefsError('STORE_NO_DEFINITIONS', `no set is in ${config.store.root}: run defs update`)
  }
  if (!view.sets.some((set) => set.current)) {
    const named = current === null ? 'no set' : `${current}, which is not there`
    return new DefsError('STORE_POINTER', `definfo.dat names ${named}: run defs update`)
  }
  if (!stale) return null
  const allowed = formatDuration(config.maxAge)
  return new DefsError('STORE_STALE', `${current} is older than the ${allowed} allowed: run defs update`)
}
