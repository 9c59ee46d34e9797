import { DefsError } from '../../error.ts'
import type { DoctorFinding, DoctorRequest } from '../../upkeep/doctor.ts'
import type { CommandResult, Line } from '../command-result.ts'
import { exitCodeOf } from '../exit-code.ts'
import { keepJournal } from '../journal-listener.ts'
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
      lines: findings.length === 0 ? [{ text: 'nothing is wrong', tone: 'good' }] : findings.map(describeFinding),
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
