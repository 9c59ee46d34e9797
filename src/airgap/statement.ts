import { count, listOf, nullable, object, oneOf, type Shape, text } from '../disk/json-shape.ts'
import { DefsError } from '../error.ts'
import { type Grade, readSetName, type SetName } from '../set-name.ts'

/** The first member of every bundle, and its signature behind it when there is one. */
export const statementName = 'bundle.json'
export const statementSignature = 'bundle.sig'

/** How a bundle is laid out; a reader refuses every other number. */
export const bundleFormat = 1

/** A member of the bundle as it was written, so that a copy that went wrong is told from a forgery. */
export interface StatedMember {
  readonly name: string
  readonly bytes: number
  /** Lower-case hexadecimal. */
  readonly sha256: string
}

/** What a bundle says of itself. The guard inside judges the set; this only says how to use it, and until when. */
export interface BundleStatement {
  readonly format: typeof bundleFormat
  readonly set: SetName
  readonly sequence: number | null
  readonly grade: Grade
  /** RFC 3339, UTC. */
  readonly created: string
  /** From then on nobody takes it any more. RFC 3339, UTC. */
  readonly expires: string
  /** The set the far side must have; null when everything is in the bundle. */
  readonly base: SetName | null
  /** Bytes of the whole set, unpacked. */
  readonly setBytes: number
  /** Everything in the bundle but this statement and its signature, in order. */
  readonly members: readonly StatedMember[]
}

const set: Shape<SetName> = (value) => {
  const name = typeof value === 'string' ? readSetName(value) : undefined
  return name === value ? name : undefined
}
const moment: Shape<string> = (value) =>
  typeof value === 'string' && Number.isFinite(Date.parse(value)) ? value : undefined
const hex: Shape<string> = (value) =>
  typeof value === 'string' && /^[0-9a-f]{64}$/.test(value) ? value : undefined

const shape = object<BundleStatement>({
  format: (value) => (value === bundleFormat ? bundleFormat : undefined),
  set,
  sequence: nullable(count),
  grade: oneOf(['certified', 'rapid']),
  created: moment,
  expires: moment,
  base: nullable(set),
  setBytes: count,
  members: listOf(object<StatedMember>({ name: text, bytes: count, sha256: hex })),
})

/** @throws ARCHIVE_UNSUPPORTED for a bundle of a later format, ARCHIVE_CORRUPT for one that makes no sense */
export function readStatement(bytes: Uint8Array): BundleStatement {
  let value: unknown
  try {
    value = JSON.parse(Buffer.from(bytes).toString('utf8'))
  } catch (cause) {
    throw damaged(cause)
  }
  const { format } = (value ?? {}) as { format?: unknown }
  if (typeof format === 'number' && format !== bundleFormat) {
    const text = `the bundle has format ${format}, this program reads ${bundleFormat}: update this program`
    throw new DefsError('ARCHIVE_UNSUPPORTED', text)
  }
  const statement = shape(value)
  if (statement) return statement
  throw damaged()
}

function damaged(cause?: unknown): DefsError {
  return new DefsError(
    'ARCHIVE_CORRUPT',
    `${statementName} makes no sense: copy or export the bundle again`,
    {
      cause,
    },
  )
}

/** The bytes of a statement, as they are signed and stored. */
export function writeStatement(statement: BundleStatement): Buffer {
  return Buffer.from(`${JSON.stringify(statement, null, 2)}\n`)
}

/**
 * Rule: a bundle has an end. Stops: an old stick that is used again and again. Without a signature over the
 * statement the date can be forged by whoever can change the bundle; then only the guard's own freshness is left.
 * @throws TRUST_EXPIRED
 */
export function assertCurrent({ expires }: BundleStatement, now: Date): void {
  if (now < new Date(expires)) return
  throw new DefsError('TRUST_EXPIRED', `the bundle was good until ${expires}: export a new one`)
}
