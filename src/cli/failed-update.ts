import type { DefsError } from '../error.ts'
import type { UpdateResult } from '../update/result.ts'
import type { CommandResult } from './command-result.ts'
import { exitCodeOf } from './exit-code.ts'
import type { Session } from './session.ts'
import { readStore } from './store-reading.ts'

/** Numbers of the events that are reported from now on. */
export function countEvents(session: Session): readonly number[] {
  const events: number[] = []
  session.listen((report) => {
    if (report.type === 'event') events.push(report.event.id)
  })
  return events
}

/**
 * An update that failed, as the contract prints it: the fields of every update, telling what is live all the
 * same, and the error.
 */
export async function failedUpdate(
  error: DefsError,
  session: Session,
  run: { readonly source: string | null; readonly begun: Date; readonly events: readonly number[] },
): Promise<CommandResult> {
  const { view } = await readStore(session)
  const live = view.sets.find((set) => set.current)
  const json: UpdateResult = {
    source: error.facts.source ?? run.source,
    previous: live?.set ?? null,
    current: live?.set ?? null,
    changed: false,
    reason: `failed: ${error.code}`,
    grade: live?.provenance?.grade ?? null,
    sequence: live?.provenance?.sequence?.number ?? null,
    bytesDownloaded: 0,
    filesReused: 0,
    incremental: false,
    signedBy: live?.provenance?.signer.name ?? null,
    verifiedBy: live?.provenance?.signer.method ?? null,
    durationMs: session.context.now().getTime() - run.begun.getTime(),
    gate: error.facts.gate ?? [],
    events: error.facts.events ?? run.events,
  }
  return { exitCode: exitCodeOf[error.code], json: { ...json }, lines: [], error }
}
