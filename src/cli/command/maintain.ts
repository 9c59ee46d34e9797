import { DefsError } from '../../error.ts'
import { openStore } from '../../hawking/store.ts'
import { lookUpLicence } from '../../licence/look-up.ts'
import { explainLicence, type LicenceState, mayDownload, refusal } from '../../licence/state.ts'
import { readStatus, type Status } from '../../report/status.ts'
import { publishStatus } from '../../report/status-file.ts'
import { isHealthy, type VerdictReason } from '../../report/verdict.ts'
import type { DoctorRequest } from '../../upkeep/doctor.ts'
import type { PruneRequest, PruneResult } from '../../upkeep/prune.ts'
import type { RetireRequest, RetireResult } from '../../upkeep/retire.ts'
import type { DoctorFinding } from '../../upkeep/surroundings.ts'
import { userOf } from '../environment.ts'
import { exitCodeOf } from '../exit-code.ts'
import { keepJournal } from '../journal-listener.ts'
import { assertMayLook } from '../may-look.ts'
import { type CommandResult, formatSet, type Line, type Tone, tableLines } from '../output.ts'
import type { Session } from '../session.ts'

// Digests of whole sets are proved elsewhere: taken for proof of them, a good word would deceive.
const sound = "nothing is wrong with the store; 'defs verify' proves what is in its sets"

/** Finds, and mends when asked to; 6 when something stays wrong. @throws what `doctor` throws */
export async function runDoctor(input: DoctorRequest, session: Session): Promise<CommandResult> {
  const { config } = await session.load({ writes: input.repair })
  const { beyondRepair, doctor } = await import('../../upkeep/doctor.ts')
  const journal = keepJournal(session, config)
  try {
    const mended = await doctor(input, config, session.context)
    const { status } = await readStatus(config, session.context.now())
    const findings: readonly Finding[] = [...mended, ...verdictFindings(status, mended, config.store.root)]
    const open = findings.filter(({ repaired }) => !repaired).length
    const mendable =
      !input.repair && mended.some(({ code, repaired }) => !repaired && !beyondRepair.has(code))
    const error = open === 0 ? null : openFindings(open, mendable)
    return {
      exitCode: error ? exitCodeOf[error.code] : 0,
      json: { findings },
      lines: findings.length === 0 ? [{ text: sound, tone: 'good' }] : findings.map(describeFinding),
      ...(error ? { error } : {}),
    }
  } finally {
    if (input.repair) await publishStatus(config, session.context)
    await journal.flush()
  }
}

type Finding = Omit<DoctorFinding, 'code'> & { readonly code: DoctorFinding['code'] | VerdictReason['code'] }

/** What the verdict holds against this machine, as far as doctor has not found it itself. */
function verdictFindings({ verdict }: Status, found: readonly DoctorFinding[], path: string): Finding[] {
  const [first] = verdict.reasons
  if (isHealthy(verdict) || first === undefined) return []
  if (found.some(({ code, repaired }) => !repaired && alike.get(code) === first.code)) return []
  const advice = first.advice === null ? '' : `: ${first.advice}`
  const message = `${verdict.state}: ${first.message}${advice}`
  return [{ code: first.code, path, message, repaired: false }]
}

const alike: ReadonlyMap<string, string> = new Map([
  ['pointer-dangling', 'pointer-dangling'],
  ['store-vanished', 'no-definitions'],
])

function openFindings(open: number, mendable: boolean): DefsError {
  const what = `${open} ${open === 1 ? 'thing stays' : 'things stay'} wrong`
  const how = mendable
    ? "see each for what to do; 'defs doctor --repair' does the rest"
    : 'see each for what to do'
  return new DefsError('STORE_IO', `${what}: ${how}`)
}

function describeFinding({ code, message, repaired }: Finding): Line {
  return { text: `${repaired ? 'mended' : 'found '}  ${code}: ${message}`, tone: repaired ? 'good' : 'bad' }
}

/** Removes old sets. @throws what `prune` throws */
export async function runPrune(input: PruneRequest, session: Session): Promise<CommandResult> {
  const { config } = await session.load({ writes: !input.dryRun })
  if (input.dryRun) assertMayLook(openStore(config.store.root, config.store.layout))
  const { prune } = await import('../../upkeep/prune.ts')
  const result = await prune(input, config, session.context)
  return { exitCode: 0, json: { ...result }, lines: describePrune(result) }
}

function describePrune({ removed, kept, dryRun }: PruneResult): Line[] {
  const gone = dryRun ? 'would go' : 'removed'
  const rows = [
    ...removed.map((set) => [set, formatSet(set), gone]),
    ...kept.map(({ set, why }) => [set, formatSet(set), `stays: ${why}`]),
  ]
  return rows.length === 0 ? ['no sets'] : [...tableLines(rows)]
}

/** Explains the content licence; 12 when one is required and there is none that can be used. */
export async function runLicense(_input: object, session: Session): Promise<CommandResult> {
  const { config } = await session.load()
  const now = session.context.now()
  const state = await lookUpLicence(config.licence, now)
  const error = mayDownload(state) ? null : refusal(state)
  const [headline = '', ...rest] = explainLicence(state, now)
  return {
    exitCode: error ? exitCodeOf[error.code] : 0,
    json: { ...describeLicence(state), file: config.licence.file },
    lines: [{ text: headline, tone: toneOf(state) }, ...rest],
    ...(error ? { error } : {}),
  }
}

function describeLicence({ state, starts, warns, expires, ends, product, required, reason }: LicenceState) {
  const time = (moment: Date | null) => moment?.toISOString() ?? null
  return {
    state,
    starts: time(starts),
    warns: time(warns),
    expires: time(expires),
    ends: time(ends),
    product,
    required,
    reason,
  }
}

function toneOf(state: LicenceState): Tone {
  if (!mayDownload(state)) return 'bad'
  return state.state === 'warning' || state.state === 'expired' ? 'warning' : 'good'
}

/** Takes this product out of a store, or says what that would be. @throws what `retire` throws */
export async function runRetire(
  input: Omit<RetireRequest, 'user'>,
  session: Session,
): Promise<CommandResult> {
  const { config } = await session.load({ writes: input.yes })
  const { retire } = await import('../../upkeep/retire.ts')
  const journal = keepJournal(session, config)
  try {
    const result = await retire({ ...input, user: userOf(session.environment) }, config, session.context)
    return {
      exitCode: 0,
      json: { ...result },
      lines: session.globals.quiet ? [] : describeRetirement(result),
    }
  } finally {
    await journal.flush()
  }
}

function describeRetirement({ product, others, removed, kept, dryRun }: RetireResult): Line[] {
  const goes = dryRun ? 'would go' : 'removed '
  const users = others.length === 0 ? 'nobody else uses it' : `used by ${others.join(', ')} as well`
  return [
    `${product}: ${users}`,
    ...removed.map((path) => `${goes}  ${path}`),
    ...kept.map(({ path, why }) => `stays     ${path}: ${why}`),
    ...(dryRun && removed.length > 0 ? ["nothing was changed; 'defs retire --yes' does it"] : []),
  ]
}
