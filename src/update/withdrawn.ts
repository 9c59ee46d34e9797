import type { Bar, SourceRecord } from '../hawking/records.ts'
import { listSets } from '../hawking/sets.ts'
import { peekProvenance, readBars, writeBars } from '../hawking/state.ts'
import type { SetName } from '../set-name.ts'
import type { NothingOffered, Offer } from '../source/source.ts'
import { statementEffect } from './decide.ts'
import type { Run } from './run.ts'
import type { VerifiedState } from './state.ts'

/**
 * Heeds what a signed statement withdraws: those sets are barred for every source, until a later statement of the
 * same source no longer names them. A bar that somebody else put up stays as it is.
 * @param obeyed the statement of this source that was obeyed last: an older one lifts nothing
 * @returns the state with the bars that stand now, those included that another source of this run has put up
 */
export async function heedWithdrawals(
  { statement, source }: Offer,
  obeyed: SourceRecord['statement'],
  state: VerifiedState,
  run: Run,
): Promise<VerifiedState> {
  // Read anew: a host or a source that was left in this run may have added to them.
  const before = await readBars(run.store)
  const stands = withWithdrawn(state, before)
  if (!statement || statementEffect(statement, obeyed ?? null, null) === 'outdated') return stands
  const { channel, number, withdrawn } = statement
  const stay = before.filter(({ set, origin }) =>
    origin
      ? run.config.sources.has(origin.source) && (origin.source !== source || withdrawn.includes(set))
      : true,
  )
  const fresh = withdrawn.filter((set) => !stay.some((bar) => bar.set === set))
  if (fresh.length === 0 && stay.length === before.length) return stands
  const at = run.context.now().toISOString()
  const origin = { source, channel, statement: number }
  const added = fresh.map(
    (set): Bar => ({ set, at, reason: `withdrawn by ${channel}, statement ${number}`, user: source, origin }),
  )
  const bars = [...stay, ...added]
  await writeBars(run.store, bars)
  for (const { set, reason } of added) run.report('set.withdrawn', { set, source, reason: reason ?? channel })
  return withWithdrawn(state, bars)
}

/**
 * Whoever withdraws a set withdraws what was made of it here: with other exceptions it has another name.
 */
export async function withRemade(
  answer: Offer | NothingOffered,
  { store }: Pick<Run, 'store'>,
): Promise<Offer | NothingOffered> {
  if ('nothing' in answer || !answer.statement || answer.statement.withdrawn.length === 0) return answer
  const withdrawn: SetName[] = [...answer.statement.withdrawn]
  for (const set of await listSets(store)) {
    const of = (await peekProvenance(store, set))?.of ?? null
    if (of !== null && withdrawn.includes(of) && !withdrawn.includes(set)) withdrawn.push(set)
  }
  return { ...answer, statement: { ...answer.statement, withdrawn } }
}

/** What publishers withdrew is as it stands now; every other bar is as this run found it, for it judges by itself. */
function withWithdrawn(state: VerifiedState, now: readonly Bar[]): VerifiedState {
  const withdrawn = now.filter(({ origin }) => origin)
  return { ...state, bars: [...state.bars.filter(({ origin }) => !origin), ...withdrawn] }
}
