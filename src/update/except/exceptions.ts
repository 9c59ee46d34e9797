import {
  type AppliedException,
  type Exception,
  isInForce,
  readExceptions,
  writeExceptions,
} from '../../hawking/line/exceptions.ts'
import type { Provenance } from '../../hawking/records.ts'
import { peekSourceRecords, readBars, writeSourceRecord } from '../../hawking/state.ts'
import type { Run } from '../run.ts'
import { type Draft, type Excepted, exceptFrom } from './edit-set.ts'

/** The exceptions that go into the next set. */
export async function exceptionsInForce({ store, context }: Pick<Run, 'store' | 'context'>) {
  const now = context.now()
  return (await readExceptions(store)).filter((one) => isInForce(one, now))
}

/** A set that is being made, with the exceptions that went into it. */
export interface ExceptedDraft extends Excepted {
  readonly exceptions: readonly AppliedException[]
}

/**
 * Puts the exceptions in force into a set that is being made.
 * @throws what {@link exceptFrom} throws
 */
export async function withExceptions(draft: Draft, run: Run): Promise<ExceptedDraft> {
  const inForce = await exceptionsInForce(run)
  const excepted = await exceptFrom(draft, inForce, run)
  return { ...excepted, exceptions: inForce.map(applied) }
}

function applied({ id, reason, until }: Exception): AppliedException {
  return { id, reason, until }
}

/** Whether a set was made with other exceptions than those in force. */
export function differs(
  made: Pick<Provenance, 'exceptions'> | null,
  inForce: readonly Pick<Exception, 'id'>[],
): boolean {
  const ids = (list: readonly { readonly id: string }[]) => [...new Set(list.map(({ id }) => id))].sort()
  return ids(made?.exceptions ?? []).join('\n') !== ids(inForce).join('\n')
}

/**
 * Forgets what the last package of each source was judged to be, once the exceptions have changed: with others it is
 * another set, and a bar on what it was before is none on that. Call it under the lock.
 * @throws STORE_*
 */
export async function forgetJudged({ store }: Pick<Run, 'store'>): Promise<void> {
  if ((await readBars(store)).length === 0) return
  for (const [name, record] of Object.entries(await peekSourceRecords(store)))
    if (record.judged !== null) await writeSourceRecord(store, name, { ...record, judged: null })
}

/**
 * Writes down which exceptions the set that is current now has a use for, and drops those that have ended; events 1088
 * and 1089, once each. Call it under the lock.
 * @param matched null where nobody looked
 * @throws STORE_*
 */
export async function settleExceptions(matched: ReadonlySet<string> | null, run: Run): Promise<void> {
  const now = run.context.now()
  const before = await readExceptions(run.store)
  const after: Exception[] = []
  for (const one of before) {
    if (!isInForce(one, now)) {
      run.report('exception.ended', { path: one.id, reason: one.reason })
      continue
    }
    const matches = matched === null ? one.matches : matched.has(one.id)
    if (matches === false && one.matches !== false)
      run.report('exception.unmatched', { path: one.id, reason: one.reason })
    after.push({ ...one, matches })
  }
  if (after.length < before.length) await forgetJudged(run)
  if (JSON.stringify(after) !== JSON.stringify(before)) await writeExceptions(run.store, after)
}
