import { DefsError } from '../../error.ts'
import { limits } from '../../limits.ts'
import { publishStatus } from '../../report/status-file.ts'
import type { StoreProof } from '../../update/recover/check-up.ts'
import { unchangedResult } from '../../update/result.ts'
import { type ChildRun, runInChild } from '../child-run.ts'
import { keepJournal } from '../journal-listener.ts'
import { type CommandResult, formatSet, type Line } from '../output.ts'
import type { Session } from '../session.ts'

export interface PrestartInput {
  /** Milliseconds within which the service may start, for all families together. */
  readonly timeout: number
}

/**
 * {@link prestart} for the family that was named, or for all in turn: each has its part of the time that is left, so that
 * one whose source hangs leaves the others theirs.
 * @throws what {@link prestart} throws, of a single family
 */
export async function runPrestart({ timeout }: PrestartInput, session: Session): Promise<CommandResult> {
  const end = performance.now() + timeout
  const families = session.globals.family === null ? await session.families() : []
  if (families.length < 2) return prestart(timeout, session)
  const { failed, joined } = await import('../family/in-turn.ts')
  const results: (readonly [string, CommandResult])[] = []
  for (const [index, family] of families.entries()) {
    const part = Math.max(0, end - performance.now()) / (families.length - index)
    const result = prestart(part, session.forFamily(family))
    results.push([family, await result.catch((error: unknown) => failed(error, session))])
  }
  return joined('prestart', results)
}

/**
 * Updates before a service starts (high availability, docs/domain.md section 11), whatever the role of the
 * node, for it is about to become the active one; then proves what is there. 0 whenever that is a verified set,
 * whatever the network did; 13 when there is none.
 * @throws CONFIG_*, TRUST_ANCHORS: then nothing can be said of any set; INTERRUPTED
 */
async function prestart(timeout: number, session: Session): Promise<CommandResult> {
  const begun = performance.now()
  const { config } = await session.load({ writes: true })
  const { proveStore } = await import('../../update/recover/check-up.ts')
  const { context } = session
  const left = () => Math.max(0, Math.floor(timeout - (performance.now() - begun)))
  const reserve = Math.min(limits.prestartReserve, timeout / 4)
  const bound = Math.max(0, left() - reserve)
  const seconds = String(Math.max(1, Math.floor(bound / 1000)))
  // Watching a scanner that has not started yet would take every set back.
  const argv = ['update', '--any-role', '--no-confirm', '--timeout', seconds, '--lock-wait', seconds]
  const fetched = await runInChild(argv, session, config.file, bound)
  if (context.signal.aborted) throw context.signal.reason
  const journal = keepJournal(session, config)
  try {
    const proof = await proveStore(config, context, left())
    return describe(proof, fetched, performance.now() - begun)
  } finally {
    await publishStatus(config, context)
    await journal.flush(Math.min(left(), limits.prestartGrace))
  }
}

function describe({ current, events }: StoreProof, fetched: ChildRun, took: number): CommandResult {
  const {
    schema: _s,
    command: _c,
    ok: _o,
    exitCode: _e,
    error: fetchError = null,
    ...told
  } = fetched.json ?? {}
  const earlier: readonly unknown[] = Array.isArray(told['events']) ? told['events'] : []
  // What the update has told of the same store is not told again.
  const further = events.filter((id) => !earlier.includes(id))
  // What was proved here goes before what the update says of it, which may have been ended.
  const live = unchangedResult(current?.set ?? null, current, { source: null, reason: null })
  const { current: set, grade, sequence, signedBy, verifiedBy } = live
  const json = {
    ...live,
    previous: null,
    ...told,
    ...{ current: set, grade, sequence, signedBy, verifiedBy },
    verified: current !== null,
    timedOut: fetched.stopped,
    fetchError,
    durationMs: Math.round(took),
    events: [...earlier, ...further],
  }
  if (current) return { exitCode: 0, json, lines: [lineOf(current, fetched)] }
  const text = 'no verified definitions are on disk and none could be fetched in time'
  return { exitCode: 13, json, lines: [], error: new DefsError('STORE_NO_DEFINITIONS', text) }
}

function lineOf(current: NonNullable<StoreProof['current']>, { json, stopped }: ChildRun): Line {
  const name = `${current.set} (${formatSet(current.set)}) is verified`
  if (stopped) return { text: `${name}; fetching did not end in time`, tone: 'warning' }
  if (json?.['ok'] === true) return { text: name, tone: 'good' }
  return { text: `${name}; fetching failed`, tone: 'warning' }
}
