import { DefsError } from '../../error.ts'
import type { SetName } from '../../set-name.ts'
import type { HostCandidate, HostOutcome } from '../report.ts'

/** How a run ended, as far as the fleet has to know. */
export interface RunEnding {
  /** What is current now, and the numbers of the events of the run. */
  readonly current: SetName | null
  readonly events: readonly number[]
  /** The live set turned out bad and an older one is live (exit code 8). */
  readonly rolledBack: { readonly from: SetName | null; readonly code: string | null } | null
  /** What ended the run, or what the fleet's source ended with though another one delivered. */
  readonly error: { readonly code: string; readonly exitCode: number } | null
}

/**
 * What the run says of a set: null when it says nothing, for what is not there yet blames nobody.
 * @param taking the set that was about to become current, if the run came as far
 * @param offered the set that the fleet's source offered, if it did
 */
export function candidateOf(
  { current, events, rolledBack, error }: RunEnding,
  { taking, offered, before }: Seen,
  at: string,
): HostCandidate | null {
  const made = (
    set: SetName,
    outcome: HostOutcome,
    exitCode: number,
    code: string | null = null,
  ): HostCandidate => ({
    set,
    outcome,
    exitCode,
    error: code,
    at,
  })
  if (rolledBack?.from) return made(rolledBack.from, 'rolled-back', 8, rolledBack.code)
  const set = taking ?? offered
  if (error !== null && set !== null) {
    const outcome = outcomeOf(error, taking !== null)
    if (outcome !== null) return made(set, outcome, error.exitCode, error.code)
  }
  // The scanner was told in this run, of a new set or once more.
  if (current === null) return null
  const known = taking === current || before?.set === current
  if (!known) return null
  if (events.includes(1018)) return made(current, 'confirmed', 0)
  if (events.includes(25) || events.includes(1017)) return made(current, 'in-use', 0)
  if (events.includes(1016) && taking === current) return made(current, 'environment', 0, 'SCANNER_ABSENT')
  return taking === current ? made(current, 'in-use', 0) : null
}

/** What was seen on the way. */
export interface Seen {
  readonly taking: SetName | null
  readonly offered: SetName | null
  readonly before: HostCandidate | null
}

/** 3, 10 and 11 say nothing of a set; 4 and 5 blame it only where it was the one that came. */
function outcomeOf(
  { code, exitCode }: { code: string; exitCode: number },
  taking: boolean,
): HostOutcome | null {
  if (exitCode === 7) return 'refused'
  if (exitCode === 8) return 'rolled-back'
  if (exitCode === 4 || exitCode === 5) return 'failed'
  if (exitCode === 3 || exitCode === 10 || exitCode === 11 || code === 'INTERRUPTED') return null
  return taking || exitCode === 6 || exitCode === 12 || exitCode === 13 ? 'environment' : null
}

/** An error as an ending has it. */
export function endingError(
  error: unknown,
  exitCodeOf: Readonly<Record<string, number>>,
): RunEnding['error'] {
  const code = error instanceof DefsError ? error.code : 'BUG'
  return { code, exitCode: exitCodeOf[code] ?? 1 }
}
