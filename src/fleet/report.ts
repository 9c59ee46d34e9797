import { type KeyObject, sign, verify } from 'node:crypto'
import { keyOfNkey, publicNkey } from '../bus/nkey.ts'
import { isToken } from '../config/fleet.ts'
import {
  count,
  listOf,
  nullable,
  object,
  oneOf,
  type Shape,
  tableOf,
  text,
  truth,
} from '../disk/json-shape.ts'
import { setOfFolder } from '../hawking/sets.ts'
import type { Grade, SetName } from '../set-name.ts'

/** How taking a set ended on a host. */
export const outcomes = ['in-use', 'confirmed', 'refused', 'rolled-back', 'failed', 'environment'] as const
/** What a host is about. */
export const phases = ['idle', 'taking', 'done'] as const
export type HostOutcome = (typeof outcomes)[number]

/** The set that a host took last, or tried to. */
export interface HostCandidate {
  readonly set: SetName
  /** Null while it is being taken. */
  readonly outcome: HostOutcome | null
  readonly exitCode: number | null
  readonly error: string | null
  /** RFC 3339, UTC; by the host's clock. */
  readonly at: string
}

/** What a host says of itself. All moments are by its own clock, which decides nothing. */
export interface HostReport {
  readonly schema: 1
  readonly fleet: string
  readonly host: string
  readonly ring: string | null
  /** Why it is in that ring; null when it has none. */
  readonly why: 'configured' | 'glob' | 'label' | 'share' | null
  /** Rises with every report and is kept on disk. */
  readonly seq: number
  readonly at: string
  readonly phase: 'idle' | 'taking' | 'done'
  readonly current: SetName | null
  readonly previous: SetName | null
  /** What the scanner was seen to use; null when it cannot show it. */
  readonly inUse: SetName | null
  readonly grade: Grade | null
  readonly ageSeconds: number | null
  readonly statement: { readonly channel: string; readonly number: number } | null
  readonly candidate: HostCandidate | null
  readonly lastAttempt: {
    readonly at: string
    readonly source: string | null
    readonly outcome: string
    readonly error: string | null
  } | null
  readonly holds: readonly SetName[]
  readonly barred: readonly SetName[]
  readonly licence: { readonly state: string }
  readonly labels: Readonly<Record<string, string>>
  /** Version of `defs`. */
  readonly defs: string
  readonly scanner: { readonly kind: string; readonly version: string | null }
  readonly disk: { readonly freeBytes: number }
  /** How often it reports with nothing new. Seconds. */
  readonly every: number
  /** Whether it watches its scanner after a set came into use: then only `confirmed` is the end of it. */
  readonly confirms: boolean
}

/** A report as it travels, in a file or over the bus. */
export interface SignedReport {
  readonly schema: 1
  /** Canonical JSON of the report, in base64. */
  readonly signed: string
  /** Public nkey of the host. */
  readonly key: string
  /** Ed25519 over the bytes of `signed`, in base64. */
  readonly sig: string
}

/** Nothing larger is a report. Bytes. */
export const reportLimit = 8 * 1024

/** The name of a definition set. */
export const setShape: Shape<SetName> = (value) =>
  typeof value === 'string' ? setOfFolder(value) : undefined
const token: Shape<string> = (value) => (typeof value === 'string' && isToken(value) ? value : undefined)
const one: Shape<1> = (value) => (value === 1 ? 1 : undefined)
const label: Shape<string> = (value) => (typeof value === 'string' && value.length <= 128 ? value : undefined)
/** A moment, RFC 3339. */
export const momentShape: Shape<string> = (value) =>
  typeof value === 'string' && value.length <= 40 && !Number.isNaN(Date.parse(value)) ? value : undefined

/** The set that a host took last. */
export const candidateShape = object<HostCandidate>({
  set: setShape,
  outcome: nullable(oneOf(outcomes)),
  exitCode: nullable(count),
  error: nullable(label),
  at: momentShape,
})

/** What a host says of itself. */
export const reportShape = object<HostReport>({
  schema: one,
  fleet: token,
  host: token,
  ring: nullable(token),
  why: nullable(oneOf(['configured', 'glob', 'label', 'share'])),
  seq: count,
  at: momentShape,
  phase: oneOf(phases),
  current: nullable(setShape),
  previous: nullable(setShape),
  inUse: nullable(setShape),
  grade: nullable(oneOf(['certified', 'rapid'])),
  ageSeconds: nullable(count),
  statement: nullable(object({ channel: text, number: count })),
  candidate: nullable(candidateShape),
  lastAttempt: nullable(
    object({ at: momentShape, source: nullable(label), outcome: label, error: nullable(label) }),
  ),
  holds: listOf(setShape),
  barred: listOf(setShape),
  licence: object({ state: label }),
  labels: tableOf(label),
  defs: label,
  scanner: object({ kind: label, version: nullable(label) }),
  disk: object({ freeBytes: count }),
  every: count,
  confirms: truth,
})

const envelope = object<SignedReport>({ schema: one, signed: text, key: text, sig: text })

/** Signs a report with the key of its host. @param nkey the public half of that key, for whoever knows it already */
export function signReport(report: HostReport, key: KeyObject, nkey = publicNkey(key)): SignedReport {
  const bytes = Buffer.from(canonical(report))
  return {
    schema: 1,
    signed: bytes.toString('base64'),
    key: nkey,
    sig: sign(null, bytes, key).toString('base64'),
  }
}

/** What came of reading a report: the report, or why it is none. `claims` is the host it names, if any. */
export type ReadReport =
  | { readonly report: HostReport; readonly key: string }
  | { readonly problem: string; readonly claims: string | null }

/**
 * Reads a signed report and verifies it with the key that it names. Whether that key may speak for the host is the
 * caller's to judge. Rule: nothing in it is looked at before the signature held. Stops: reports made by whoever runs
 * the bus or may write to the folder.
 */
export function readReport(bytes: Uint8Array): ReadReport {
  const given = parsed(bytes)
  const outer = envelope(given)
  if (!outer) return { problem: 'it is no signed report', claims: null }
  const inner = Buffer.from(outer.signed, 'base64')
  const told = parsed(inner)
  const claims = claimedHost(told)
  const key = keyOfNkey(outer.key)
  if (key === null) return { problem: 'it names no key of a host', claims }
  if (!verify(null, inner, key, Buffer.from(outer.sig, 'base64')))
    return { problem: 'its signature does not hold', claims }
  const report = reportShape(told)
  if (!report) return { problem: 'what was signed is no report', claims }
  return { report, key: outer.key }
}

/** JSON with the members of every object sorted by name and no spaces: one text for one value. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${canonical(member)}`).join(',')}}`
}

function claimedHost(told: unknown): string | null {
  const host = typeof told === 'object' && told !== null && 'host' in told ? told.host : null
  return typeof host === 'string' && isToken(host) ? host : null
}

function parsed(bytes: Uint8Array): unknown {
  if (bytes.length > reportLimit) return undefined
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'))
  } catch {
    return undefined
  }
}
