import { count, nullable, object, oneOf, type Shape, text, truth } from '../disk/json-shape.ts'
import type { Sequence, SetName } from '../set-name.ts'
import { setOfFolder } from './sets.ts'

/** The name of a set, as it lies in a record. */
export const setShape: Shape<SetName> = (value) =>
  typeof value === 'string' ? setOfFolder(value) : undefined

/** A sequence number, as it lies in a record. */
export const sequenceShape = object<Sequence>({ number: count, signed: truth })

/** The last package of a source that was judged. */
export interface JudgedRecord {
  /** {@link PackageFile.fingerprint}. */
  readonly fingerprint: string
  /** The set it turned out to be. */
  readonly set: SetName
  readonly sequence: Sequence | null
  /** What stood in it, as update/contents.ts sums it up; missing in records of older versions. */
  readonly contents?: string | null
}

/** As it lies in `state/sources.json`. */
export const judgedShape = object<JudgedRecord>({
  fingerprint: text,
  set: setShape,
  sequence: nullable(sequenceShape),
  contents: nullable(text),
})

/** The signed statement of an internal server that a bar comes from. */
export interface BarOrigin {
  /** Configured name of the source. */
  readonly source: string
  readonly channel: string
  readonly statement: number
}

/** As it lies in `state/bars.json`. */
export const originShape = object<BarOrigin>({ source: text, channel: text, statement: count })

/** The ring of a fleet whose channel was asked, by the card of the fleet. */
export interface RingRecord {
  readonly name: string
  readonly channel: string
  readonly why: 'configured' | 'glob' | 'label' | 'share'
  /** Number of the card. */
  readonly card: number
  /** Within how many seconds hosts ask that were woken; null or missing when the card was read before it said so. */
  readonly spread?: number | null
}

/** As it lies in `state/sources.json`. */
export const ringShape = object<RingRecord>({
  name: text,
  channel: text,
  why: oneOf(['configured', 'glob', 'label', 'share']),
  card: count,
  spread: nullable(count),
})

/** The last statement of an internal server that was obeyed. */
export interface StatementRecord {
  readonly channel: string
  readonly number: number
  /** What it says of the age of its sets. Milliseconds. */
  readonly maxAge?: number | null
}

/** As it lies in `state/sources.json`. */
export const statementShape = object<StatementRecord>({
  channel: text,
  number: count,
  maxAge: nullable(count),
})
