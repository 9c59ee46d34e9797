import type { Config } from '../../config/config.ts'
import { mayRead } from '../../disk/foreign-file.ts'
import { DefsError, type ErrorCode, isDefsError } from '../../error.ts'
import { openStore } from '../../hawking/store.ts'
import { formatSpan } from '../../report/span.ts'
import { readStatus, type Status } from '../../report/status.ts'
import { noStoreVerdict, unreadableVerdict } from '../../report/untold-verdict.ts'
import { nagiosOf, type ProtectionState, type ProtectionVerdict } from '../../report/verdict.ts'
import { exitCodeOf } from '../exit-code.ts'
import { inFleet } from '../fleet-reporter.ts'
import { faultOf } from '../may-look.ts'
import type { CommandResult } from '../output.ts'
import type { Session } from '../session.ts'
import { statusLines, verdictLines } from '../status-lines.ts'

export interface StatusInput {
  /** As typed, for example `36h`; null for `maxAge` of the configuration. */
  readonly maxAge: string | null
  /** One line and the exit codes of Nagios instead of ours. */
  readonly nagios: boolean
}

/** Shows what is live and how the last update went; the exit code is that of the verdict. */
export async function runStatus(input: StatusInput, session: Session): Promise<CommandResult> {
  if (!input.nagios) return show(input, session)
  try {
    const { found, maxAge } = await look(input, session)
    return 'current' in found ? nagiosResult(found, maxAge) : unknownResult(found.verdict)
  } catch (error) {
    if (!isDefsError(error) || error.code === 'INTERRUPTED') throw error
    return resultOf('UNKNOWN', `${error.message} (${error.code})`, '', {})
  }
}

async function show(input: StatusInput, session: Session): Promise<CommandResult> {
  const { found, config, maxAge, asOf, fault } = await look(input, session)
  const fleet = await inFleet('status', config, session)
  const error = fault ?? errorOf(found.verdict)
  const terminal = session.environment.stdout.isTTY === true && !session.globals.json
  const now = session.context.now()
  const member = await fleet.json()
  const lines =
    'current' in found
      ? statusLines(found, { maxAge, terminal, now, asOf, fleet: member.fleet ?? null })
      : verdictLines({ ...found, current: null })
  return {
    exitCode: error ? exitCodeOf[error.code] : 0,
    json: { ...found, ...(asOf === null ? {} : { asOf }), ...member },
    lines,
    ...(error ? { error } : {}),
  }
}

interface Looked {
  readonly found: Status | { readonly verdict: ProtectionVerdict }
  readonly config: Config
  /** Milliseconds the current set may be old. */
  readonly maxAge: number
  /** When the facts were written down; null when they are of this moment. */
  readonly asOf: string | null
  /** Why nobody can tell: the store is none. */
  readonly fault: DefsError | null
}

/** The status of this moment, or for a user who may not look, as it was written down last. */
async function look({ maxAge }: StatusInput, session: Session): Promise<Looked> {
  const { config } = await session.load({ flags: maxAge === null ? {} : { maxAge }, local: true })
  return { config, ...(await statusFor(config, session.context.now(), maxAge !== null)) }
}

/** The same under a configuration, of which `maxAge` may have been typed. */
export async function statusFor(config: Config, now: Date, typed = false): Promise<Omit<Looked, 'config'>> {
  const store = openStore(config.store.root, config.store.layout)
  const folders = [store.root, store.virusDefs, store.state]
  const { maxAge: usual } = config
  const fault = faultOf(folders)
  if (fault !== null)
    return { found: { verdict: noStoreVerdict(fault.message, now) }, maxAge: usual, asOf: null, fault }
  const closed = folders.find((folder) => !mayRead(folder))
  if (closed === undefined) {
    const { status, maxAge } = await readStatus(config, now, null, typed)
    return { found: status, maxAge, asOf: null, fault }
  }
  const { readPublishedStatus } = await import('../../report/status-file.ts')
  const published = await readPublishedStatus(config, now, typed)
  if (published === null)
    return { found: { verdict: unreadableVerdict(closed, now) }, maxAge: usual, asOf: null, fault }
  const { asOf, ...found } = published
  return { found, maxAge: usual, asOf, fault }
}

const codes = {
  none: 'STORE_NO_DEFINITIONS',
  'not-in-use': 'SCANNER_NOT_IN_USE',
  stale: 'STORE_STALE',
  unknown: 'STORE_PERMISSION',
  staged: null,
  protected: null,
} as const satisfies Record<ProtectionState, ErrorCode | null>

/** Why the exit code is not 0; null when all is well. */
export function errorOf({ state, reasons }: ProtectionVerdict): DefsError | null {
  const code = codes[state]
  if (code === null) return null
  const [first] = reasons
  const text = `${first?.message ?? state}${first?.advice ? `: ${first.advice}` : ''}`
  // A pointer that names nothing has a code of its own.
  return new DefsError(first?.code === 'pointer-dangling' ? 'STORE_POINTER' : code, text)
}

/** What plugins of Nagios, Icinga and the like end with; these replace our exit codes here. */
const nagiosCodes = { OK: 0, WARNING: 1, CRITICAL: 2, UNKNOWN: 3 } as const
type Level = keyof typeof nagiosCodes

/**
 * The status as a plugin's one line: `DEFS OK - what | age=...s;warn;crit`. Older than allowed is a warning; no
 * definitions, or a scanner that does not use them, is critical.
 */
function nagiosResult(status: Status, maxAge: number): CommandResult {
  const { current, ageSeconds, verdict, licence, licensed } = status
  const warn = Math.floor(maxAge / 1000)
  const performance = ageSeconds === null ? '' : ` | age=${ageSeconds}s;${warn};${2 * warn}`
  const parts = [
    verdict.state,
    current === null ? 'no definitions' : current,
    ...(ageSeconds === null ? [] : [`${formatSpan(ageSeconds * 1000)} old`]),
    ...(licensed ? [] : [`licence: ${licence.state}`]),
    ...verdict.reasons.map(({ message }) => message),
  ]
  return resultOf(nagiosOf[verdict.state], parts.join(', '), performance, { ...status })
}

function unknownResult(verdict: ProtectionVerdict): CommandResult {
  const text = verdict.reasons.map(({ message }) => message).join(', ')
  return resultOf(nagiosOf[verdict.state], text, '', { verdict })
}

function resultOf(level: Level, text: string, performance: string, json: Readonly<Record<string, unknown>>) {
  // A bar would begin the performance data, a line end the long text.
  const line = `DEFS ${level} - ${text.replace(/[|\r\n]+/g, ' ')}${performance}`
  return { exitCode: nagiosCodes[level], json: { ...json, nagios: line }, lines: [line] }
}
