import type { Finding } from './gate/finding.ts'

/**
 * Every way a run can fail, named `STAGE_WHAT`. The list is closed: monitors match on these names, and
 * `cli/exit-code.ts` gives each exactly one exit code.
 */
export const errorCodes = [
  // the caller
  'USAGE_ARGUMENT',
  'CONFIG_INVALID',
  'CONFIG_UNREADABLE',
  'CONFIG_UNSAFE',
  // source: nobody answered as the protocol demands
  'SOURCE_UNREACHABLE',
  'SOURCE_TLS',
  'SOURCE_LOGIN',
  'SOURCE_NOT_FOUND',
  'SOURCE_STATUS',
  'SOURCE_PROTOCOL',
  'SOURCE_REDIRECT',
  'SOURCE_INTERRUPTED',
  'SOURCE_STALLED',
  'SOURCE_DEADLINE',
  'SOURCE_COOLING_DOWN',
  'SOURCE_REFUSED',
  // fetch: what came is not what was announced
  'INDEX_HTML',
  'INDEX_INVALID',
  'INDEX_TOO_LARGE',
  'FETCH_HTML',
  'FETCH_SIZE',
  'FETCH_TOO_LARGE',
  // archive: not a package, or a package that breaks a limit
  'ARCHIVE_UNKNOWN',
  'ARCHIVE_UNSUPPORTED',
  'ARCHIVE_CORRUPT',
  'ARCHIVE_TRUNCATED',
  'ARCHIVE_TRAILING',
  'ARCHIVE_HIDDEN',
  'ARCHIVE_OVERLAP',
  'ARCHIVE_ENCRYPTED',
  'ARCHIVE_LINK',
  'ARCHIVE_SPECIAL',
  'ARCHIVE_DUPLICATE',
  'ARCHIVE_COLLISION',
  'ARCHIVE_NAME_ESCAPES',
  'ARCHIVE_NAME_ABSOLUTE',
  'ARCHIVE_NAME_DRIVE',
  'ARCHIVE_NAME_UNC',
  'ARCHIVE_NAME_DEVICE',
  'ARCHIVE_NAME_BACKSLASH',
  'ARCHIVE_NAME_CONTROL',
  'ARCHIVE_NAME_INVALID',
  'ARCHIVE_BOMB_RATIO',
  'ARCHIVE_BOMB_TOTAL',
  'ARCHIVE_TOO_MANY',
  // trust: not proved authentic
  'TRUST_GUARD_MISSING',
  'TRUST_GUARD_INVALID',
  'TRUST_SIGNATURE_MISSING',
  'TRUST_SIGNATURE',
  'TRUST_CHAIN',
  'TRUST_ALGORITHM',
  'TRUST_EXPIRED',
  'TRUST_DIGEST',
  'TRUST_FILE_MISSING',
  'TRUST_FILE_UNLISTED',
  'TRUST_SHA1_ONLY',
  'TRUST_SET_NAME',
  'TRUST_FUTURE',
  'TRUST_ANCHORS',
  'TRUST_METADATA',
  'TRUST_ROLLBACK',
  'TRUST_FROZEN',
  'TRUST_FAMILY',
  // hawking: the store
  'STORE_BUSY',
  'STORE_FULL',
  'STORE_PERMISSION',
  'STORE_IO',
  'STORE_POINTER',
  'STORE_RECORD',
  'STORE_UNKNOWN_SET',
  'STORE_NO_DEFINITIONS',
  'STORE_STALE',
  // gate and scanner
  'GATE_REFUSED',
  'SCANNER_REFUSED',
  'SCANNER_NOT_IN_USE',
  'SCANNER_UNWELL',
  // event: a sink did not take what it was sent, now or ever
  'SINK_FAILED',
  'SINK_REFUSED',
  // licence
  'LICENCE_MISSING',
  'LICENCE_EXPIRED',
  'LICENCE_NOT_YET',
  // the internal server
  'KEYS_MISSING',
  'KEYS_LOCKED',
  'KEYS_PRESENT',
  'PUBLISH_REFUSED',
  'SERVE_LISTEN',
  // the run
  'INTERRUPTED',
  'BUG',
] as const

/** One of {@link errorCodes}. */
export type ErrorCode = (typeof errorCodes)[number]

/** What an error knows beyond its message; all of it may be printed (never a secret). */
export interface ErrorFacts {
  /** The configured name of the source that was being asked. */
  readonly source?: string
  /** The file, set or address concerned. */
  readonly path?: string
  /** The address whose bytes were refused, password left out. */
  readonly from?: string
  /** For `SOURCE_COOLING_DOWN`: the moment from which asking again is welcome. */
  readonly until?: Date
  /** True when it was told by a plain refusal (HTTP 403), which some servers say of what is not there. */
  readonly forbidden?: boolean
  /** For errors that list several findings, one line each. */
  readonly problems?: readonly string[]
  /** True when the same request may succeed if repeated at once. */
  readonly transient?: boolean
  /** Numbers of the events that the run reported, in order. */
  readonly events?: readonly number[]
  /** For `GATE_REFUSED`: what each check had to say. */
  readonly gate?: readonly Finding[]
  /** Hosts or sources that were tried in turn, each with why it was left. */
  readonly failed?: readonly { readonly url: string; readonly error: Error }[]
  /** The parts of a set none of which could be asked, by the names of their sources. */
  readonly parts?: readonly { readonly source: string; readonly error: Error }[]
}

/**
 * The one error class. `code` says what, `message` says what, where and what to do, `cause` is always kept.
 * Control flow looks at `code` only, never at text.
 */
export class DefsError extends Error {
  override readonly name = 'DefsError'
  readonly code: ErrorCode
  readonly facts: ErrorFacts

  constructor(code: ErrorCode, message: string, options: { cause?: unknown } & ErrorFacts = {}) {
    const { cause, ...facts } = options
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
    this.facts = facts
  }
}

/** True for a {@link DefsError}, of the given code when one is named. */
export function isDefsError(error: unknown, ...codes: readonly ErrorCode[]): error is DefsError {
  return error instanceof DefsError && (codes.length === 0 || codes.includes(error.code))
}

// What an admin must hear first: proof of tampering, then damage, then what is wrong here, then a wish to be left
// alone, then silence.
const severities: readonly RegExp[] = [
  /^BUG$/,
  /^INTERRUPTED$/,
  /^TRUST_/,
  /^(ARCHIVE|INDEX|FETCH)_/,
  /^(GATE|SCANNER)_/,
  /^STORE_POINTER$/,
  /^STORE_/,
  /^LICENCE_/,
  /^SOURCE_COOLING_DOWN$/,
]

function severityOf(error: unknown): number {
  const code: ErrorCode = error instanceof DefsError ? error.code : 'BUG'
  const rank = severities.findIndex((pattern) => pattern.test(code))
  return rank === -1 ? severities.length : rank
}

/**
 * The most severe of several errors, of equal ones the first: the only ranking there is, for hosts of a source, places
 * of a package, sources of a route and problems of sets alike. Anything that is none of ours counts as `BUG`.
 * Undefined when there are none.
 */
export function mostSevere<T extends { readonly error: unknown }>(failures: readonly T[]): T | undefined {
  return failures.reduce<T | undefined>(
    (worst, next) => (worst && severityOf(worst.error) <= severityOf(next.error) ? worst : next),
    undefined,
  )
}

/** The text of anything thrown, causes included, for one line of a log. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  // An AggregateError of Node's dialler says nothing itself; its parts say what happened, address by address.
  const parts = error instanceof AggregateError ? error.errors.map(describeError).join('; ') : ''
  const text = parts || error.message || error.name
  const cause = error.cause === undefined ? '' : describeError(error.cause)
  // Ours often quote their cause: it is not said twice.
  return cause === '' || text.includes(cause) ? text : `${text}: ${cause}`
}

/**
 * An error of the file system as ours: no room (`STORE_FULL`), no right (`STORE_PERMISSION`), anything else
 * (`STORE_IO`). Errors that are already ours pass through, an abort becomes `INTERRUPTED`.
 */
export function storeError(error: unknown, doing: string): DefsError {
  if (error instanceof DefsError) return error
  if (error instanceof Error && error.name === 'AbortError') {
    return new DefsError('INTERRUPTED', `interrupted while ${doing}`, { cause: error })
  }
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new DefsError('STORE_FULL', `no room left while ${doing}: free some space and run again`, {
      cause: error,
    })
  }
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    return new DefsError('STORE_PERMISSION', `not permitted while ${doing}: check owner, mode and mount`, {
      cause: error,
    })
  }
  return new DefsError('STORE_IO', `input/output failed while ${doing}`, { cause: error })
}
