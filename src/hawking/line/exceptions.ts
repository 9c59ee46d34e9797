import { join } from 'node:path'
import { listOf, nullable, object, oneOf, text, truth } from '../../disk/json-shape.ts'
import { peekRecord, type RecordFile, readRecord, writeRecord } from '../record-file.ts'
import type { Store } from '../store.ts'

/** What an exception is for, by the engine that reads the sets. */
export const exceptionKinds = ['signature', 'sid', 'group', 'rule'] as const

/** Something that the sets of a store are not to detect, kept in `state/exceptions.json`. */
export interface Exception {
  /** A ClamAV signature, a Suricata sid (`gid:sid` outside group 1), `group:` and a file of rules, or a YARA rule. */
  readonly id: string
  readonly kind: (typeof exceptionKinds)[number]
  readonly reason: string
  /** RFC 3339, UTC; null for no end. */
  readonly until: string | null
  readonly at: string
  readonly user: string
  /** Whether the set that was looked at last has it; null before there was one. */
  readonly matches: boolean | null
}

/** What the provenance of a set says of each exception in it. */
export type AppliedException = Pick<Exception, 'id' | 'reason' | 'until'>

/** An exception as the provenance of a set has it. */
export const appliedShape = object<AppliedException>({ id: text, reason: text, until: nullable(text) })

/** All exceptions of a store. */
export const exceptionRecords: RecordFile<readonly Exception[]> = {
  path: (store) => join(store.state, 'exceptions.json'),
  shape: listOf(
    object<Exception>({
      id: text,
      kind: oneOf(exceptionKinds),
      reason: text,
      until: nullable(text),
      at: text,
      user: text,
      matches: nullable(truth),
    }),
  ),
  empty: [],
}

/** All exceptions, those that have ended included. Under the lock: a damaged file is put aside. */
export function readExceptions(store: Store): Promise<readonly Exception[]> {
  return readRecord(store, exceptionRecords)
}

/** The same with nothing changed. */
export function peekExceptions(store: Store): Promise<readonly Exception[]> {
  return peekRecord(store, exceptionRecords)
}

/** Keeps the exceptions of a store. Call it under the lock. @throws STORE_* */
export function writeExceptions(store: Store, exceptions: readonly Exception[]): Promise<void> {
  return writeRecord(store, exceptionRecords, exceptions)
}

/** Whether an exception still counts. An end that cannot be read is past: what is excepted is a hole. */
export function isInForce({ until }: Pick<Exception, 'until'>, now: Date): boolean {
  return until === null || Date.parse(until) > now.getTime()
}

/** An exception beside the current set. */
export interface StandingException extends Pick<Exception, 'id' | 'reason' | 'until' | 'matches'> {
  /** `waiting`: the current set was made before it; `over`: it ended or was taken back, and that set still has it. */
  readonly state: 'in-force' | 'waiting' | 'over'
}

/** Where the exceptions of a store stand beside those that its current set was made with. */
export function standingExceptions(
  exceptions: readonly Exception[],
  applied: readonly AppliedException[],
  now: Date,
): StandingException[] {
  const inSet = (id: string) => applied.some((one) => one.id === id)
  const counting = exceptions.filter((one) => isInForce(one, now))
  const over = applied.filter(({ id }) => !counting.some((one) => one.id === id))
  return [
    ...counting.map((one) => ({
      ...one,
      state: inSet(one.id) ? ('in-force' as const) : ('waiting' as const),
    })),
    ...over.map((one) => ({ ...one, matches: null, state: 'over' as const })),
  ]
}
