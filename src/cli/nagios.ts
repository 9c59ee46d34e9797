import { type DefsError, isDefsError } from '../error.ts'
import type { Status } from './command/status.ts'
import type { CommandResult } from './command-result.ts'
import { formatSpan } from './format.ts'

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
