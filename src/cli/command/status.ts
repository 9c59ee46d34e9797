import { hostname } from 'node:os'
import { formatDuration } from '../../config/measure.ts'
import { DefsError, isDefsError } from '../../error.ts'
import { readDaemon } from '../../hawking/notices.ts'
import { type Hold, isHeld } from '../../hawking/records.ts'
import { openStore } from '../../hawking/store.ts'
import { lookUpLicence } from '../../licence/look-up.ts'
import { type LicenceState, mayDownload } from '../../licence/state.ts'
import { diagnose } from '../../report/condition.ts'
import { comingRuns, shownRun } from '../../schedule/next-runs.ts'
import { ageOf } from '../../set-name.ts'
import { exitCodeOf } from '../exit-code.ts'
import { inFleet } from '../fleet-reporter.ts'
import { type CommandResult, formatSpan } from '../output.ts'
import { healthOf, readStore, type StoreReading } from '../read-store.ts'
import type { Session } from '../session.ts'
import { type Status, type StatusHold, statusLines } from '../status-lines.ts'

export interface StatusInput {
  /** As typed, for example `36h`; null for `maxAge` of the configuration. */
  readonly maxAge: string | null
  /** One line and the exit codes of Nagios instead of ours. */
  readonly nagios: boolean
}

/** Shows what is live and how the last update went; 9 when it is stale, 13 when there is nothing. */
export async function runStatus(input: StatusInput, session: Session): Promise<CommandResult> {
  if (!input.nagios) return show(input, session)
  try {
    const { status, error, config: _config, ...bounds } = await look(input, session)
    return nagiosResult(status, error, bounds)
  } catch (error) {
    if (!isDefsError(error) || isDefsError(error, 'INTERRUPTED')) throw error
    return unknownResult(error)
  }
}

async function show(input: StatusInput, session: Session): Promise<CommandResult> {
  const { status, error, config, ...bounds } = await look(input, session)
  const fleet = await inFleet('status', config, session)
  const terminal = session.environment.stdout.isTTY === true && !session.globals.json
  return {
    exitCode: error ? exitCodeOf[error.code] : 0,
    json: { ...status, ...(await fleet.json()) },
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
  return {
    status,
    error: errorOf(status, reading),
    config,
    maxAge: config.maxAge,
    licensed: mayDownload(licence),
  }
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

/** The exit codes that plugins of Nagios, Icinga and the like end with; they replace ours here. */
const codes = { OK: 0, WARNING: 1, CRITICAL: 2, UNKNOWN: 3 } as const
type Level = keyof typeof codes

interface Bounds {
  /** Milliseconds. */
  readonly maxAge: number
  /** Whether downloads are allowed by the content licence. */
  readonly licensed: boolean
}

/**
 * The status as a plugin's one line: `DEFS OK - what | age=...s;warn;crit`. Older than allowed is a warning, twice
 * as old is critical; so are definitions that are not there and a licence that is required and of no use.
 */
export function nagiosResult(status: Status, error: DefsError | null, bounds: Bounds): CommandResult {
  const { current, ageSeconds } = status
  const warn = Math.floor(bounds.maxAge / 1000)
  const level = levelOf(status, error, 2 * warn, bounds.licensed)
  const performance = ageSeconds === null ? '' : ` | age=${ageSeconds}s;${warn};${2 * warn}`
  const parts = [
    current === null ? 'no definitions' : current,
    ...(ageSeconds === null ? [] : [`${formatSpan(ageSeconds * 1000)} old`]),
    ...(status.condition === 'current' || status.condition === 'none' ? [] : [status.condition]),
    ...(isDefsError(error, 'STORE_POINTER') && current !== null ? ['which is not on disk'] : []),
    ...(status.inUse !== current ? [`in use: ${status.inUse ?? 'not known'}`] : []),
    ...(!bounds.licensed || endsSoon(status) ? [`licence: ${status.licence.state}`] : []),
  ]
  return resultOf(level, parts.join(', '), performance, { ...status })
}

/** The same for what could not be found out. */
export function unknownResult(error: DefsError): CommandResult {
  return resultOf('UNKNOWN', `${error.message} (${error.code})`, '', {})
}

function resultOf(level: Level, text: string, performance: string, json: Readonly<Record<string, unknown>>) {
  // A bar would begin the performance data, a line end the long text.
  const line = `DEFS ${level} - ${text.replace(/[|\r\n]+/g, ' ')}${performance}`
  return { exitCode: codes[level], json: { ...json, nagios: line }, lines: [line] }
}

function levelOf(status: Status, error: DefsError | null, critical: number, licensed: boolean): Level {
  if (error && !isDefsError(error, 'STORE_STALE')) return 'CRITICAL'
  if ((status.ageSeconds ?? 0) > critical || !licensed) return 'CRITICAL'
  const apart = status.inUse !== null && status.inUse !== status.current
  return status.stale || apart || endsSoon(status) ? 'WARNING' : 'OK'
}

function endsSoon({ licence }: Status): boolean {
  return licence.state === 'warning' || licence.state === 'expired'
}
