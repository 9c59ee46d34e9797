import { DefsError } from '../../error.ts'
import { lookUpLicence } from '../../licence/look-up.ts'
import { explainLicence, type LicenceState, mayDownload, refusal } from '../../licence/state.ts'
import type { DoctorRequest } from '../../upkeep/doctor.ts'
import type { PruneRequest, PruneResult } from '../../upkeep/prune.ts'
import type { DoctorFinding } from '../../upkeep/surroundings.ts'
import { exitCodeOf } from '../exit-code.ts'
import { keepJournal } from '../journal-listener.ts'
import { type CommandResult, formatSet, type Line, type Tone, tableLines } from '../output.ts'
import type { Session } from '../session.ts'

/** Finds, and mends when asked to; 6 when something stays wrong. @throws what `doctor` throws */
export async function runDoctor(input: DoctorRequest, session: Session): Promise<CommandResult> {
  const { config } = await session.load()
  const { doctor } = await import('../../upkeep/doctor.ts')
  const journal = keepJournal(session, config)
  try {
    const findings = await doctor(input, config, session.context)
    const open = findings.filter(({ repaired }) => !repaired).length
    const error = open === 0 ? null : openFindings(open, input.repair)
    return {
      exitCode: error ? exitCodeOf[error.code] : 0,
      json: { findings },
      lines:
        findings.length === 0 ? [{ text: 'nothing is wrong', tone: 'good' }] : findings.map(describeFinding),
      ...(error ? { error } : {}),
    }
  } finally {
    await journal.flush()
  }
}

function openFindings(open: number, repair: boolean): DefsError {
  const what = `${open} ${open === 1 ? 'thing stays' : 'things stay'} wrong`
  const how = repair ? 'see each for what to do' : "'defs doctor --repair' mends what can be mended"
  return new DefsError('STORE_IO', `${what}: ${how}`)
}

function describeFinding({ code, message, repaired }: DoctorFinding): Line {
  return { text: `${repaired ? 'mended' : 'found '}  ${code}: ${message}`, tone: repaired ? 'good' : 'bad' }
}

/** Removes old sets. @throws what `prune` throws */
export async function runPrune(input: PruneRequest, session: Session): Promise<CommandResult> {
  const { config } = await session.load()
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
