import type { Config } from '../../config/config.ts'
import { type DefsError, isDefsError } from '../../error.ts'
import { formatSpan } from '../../report/span.ts'
import type { SetName } from '../../set-name.ts'
import type { RolledBack, UpdateResult } from '../../update/result.ts'
import type { RoleRequest } from '../../update/role.ts'
import { exitCodeOf } from '../exit-code.ts'
import { inFleet, updateInFleet } from '../fleet-reporter.ts'
import { keepJournal } from '../journal-listener.ts'
import { type CommandResult, formatSet, formatSize, type Line } from '../output.ts'
import { currentOf, readStore } from '../read-store.ts'
import type { Session } from '../session.ts'

/** Updates; the result says whether anything changed, and why not. */
export async function runUpdate(input: RoleRequest, session: Session): Promise<CommandResult> {
  const { config } = await session.load({ secrets: true, writes: true })
  const { publishStatus } = await import('../../report/status-file.ts')
  const journal = keepJournal(session, config)
  const run = await beginning(config, session)
  const membership = async () => (await inFleet('update', config, session)).json()
  try {
    const result = await updateInFleet('update', input, config, session)
    // The result of an update is its confirmation, and a timer's mailbox wants none.
    const { rolledBack, ...rest } = result
    const json = { ...rest, ...(await membership()) }
    if (rolledBack) return afterRollback(rolledBack, json)
    return { exitCode: 0, json, lines: session.globals.quiet ? [] : describe(result) }
  } catch (error) {
    // What breaks after a signal broke because of it: whoever catches all knows how to say so.
    if (!isDefsError(error) || (session.context.signal.aborted && error.code !== 'INTERRUPTED')) throw error
    const failed = await failedUpdate(error, session, { source: input.source, ...run })
    return { ...failed, json: { ...failed.json, ...(await membership()) } }
  } finally {
    await publishStatus(config, session.context)
    await journal.flush()
  }
}

// The ladder ended with an older good set, whatever the sources said.
function afterRollback(
  { from, code, failure }: RolledBack,
  json: Omit<UpdateResult, 'rolledBack'>,
): CommandResult {
  const why = from === null ? 'nothing told which set was current' : `${from} was bad (${code})`
  const text = `${why}: ${json.current} is current now, ${json.reason}`
  const lines: Line[] = [{ text, tone: 'warning' }]
  return {
    exitCode: 8,
    json: { ...json, rolledBack: { from, code } },
    lines,
    ...(failure ? { error: failure } : {}),
  }
}

function describe(result: UpdateResult): Line[] {
  const { changed, current, dryRun, reason, source } = result
  if (dryRun) {
    const what = dryRun.offered ?? dryRun.package ?? 'a package'
    if (!dryRun.wouldUpdate) return [`nothing would be fetched from ${source}: ${reason ?? 'nothing newer'}`]
    return [
      `${what} would be fetched from ${source}${dryRun.bytes === null ? '' : `, ${formatSize(dryRun.bytes)}`}`,
    ]
  }
  if (!changed)
    return [`${current === null ? 'no set is' : `${current} is`} current, nothing was changed: ${reason}`]
  const how = `${result.grade}, from ${source}, signed by ${result.signedBy}`
  const cost = `${formatSize(result.bytesDownloaded)} fetched in ${formatSpan(result.durationMs)}`
  const name = current === null ? '' : `${current} (${formatSet(current)}) is current now: `
  return [{ text: `${name}${how}; ${cost}`, tone: 'good' }]
}

/** What a run that may fail is measured against. */
interface Beginning {
  readonly begun: Date
  /** What was current then. */
  readonly before: SetName | null
  /** Numbers of the events that are reported from then on. */
  readonly events: readonly number[]
}

/** Notes how things stand as a run begins. */
export async function beginning(config: Config, session: Session): Promise<Beginning> {
  const events: number[] = []
  session.listen((report) => {
    if (report.type === 'event') events.push(report.event.id)
  })
  return { begun: session.context.now(), before: (await currentOf(config)).current, events }
}

/**
 * An update that failed, as the contract prints it: the fields of every update, telling what is live all the
 * same, and the error.
 */
export async function failedUpdate(
  error: DefsError,
  session: Session,
  run: Beginning & { readonly source: string | null },
): Promise<CommandResult> {
  const { unchangedResult } = await import('../../update/result.ts')
  const { view } = await readStore(session)
  const live = view.sets.find((set) => set.current)
  const about = { source: error.facts.source ?? run.source, reason: `failed: ${error.code}` }
  // A scanner that takes neither set, for one, leaves the new one current.
  const moved = live !== undefined && live.set !== run.before
  const json: UpdateResult = {
    ...unchangedResult(live?.set ?? null, live?.provenance ?? null, about),
    ...(moved ? { changed: true, previous: run.before } : {}),
    durationMs: session.context.now().getTime() - run.begun.getTime(),
    gate: error.facts.gate ?? [],
    events: error.facts.events ?? run.events,
  }
  return { exitCode: exitCodeOf[error.code], json: { ...json }, lines: [], error }
}
