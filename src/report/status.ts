import { hostname } from 'node:os'
import type { Config } from '../config/config.ts'
import { freeSpace } from '../disk/free-space.ts'
import { programVersion } from '../disk/program-version.ts'
import { peekExceptions, standingExceptions } from '../hawking/line/exceptions.ts'
import { readDaemon } from '../hawking/notices.ts'
import {
  type CountsRecord,
  countsRecord,
  type SchedulePause,
  schedulePause,
  verdictRecord,
} from '../hawking/observations.ts'
import { peekRecord } from '../hawking/record-file.ts'
import { type AttemptRecord, type Bar, type Hold, isHeld, type SourceRecord } from '../hawking/records.ts'
import { openScannerStore } from '../hawking/scanner-store.ts'
import { allowedAge, coolDownsAt } from '../hawking/state.ts'
import { openStore } from '../hawking/store.ts'
import { readStoreView, type StoreView } from '../hawking/view.ts'
import { lookUpLicence } from '../licence/look-up.ts'
import { type LicenceState, mayDownload } from '../licence/state.ts'
import { scannerInForce } from '../scanner/in-force.ts'
import { openScanner } from '../scanner/kinds.ts'
import type { ScannerSight } from '../scanner/scanner.ts'
import { comingRuns, type ShownRun, shownRun } from '../schedule/next-runs.ts'
import { jobOf, keyOf } from '../schedule/rule.ts'
import { ageOf, type SetName } from '../set-name.ts'
import { type CertificateInUse, certificatesInUse } from '../watch/certificates.ts'
import { type Condition, diagnose } from './condition.ts'
import type { LastAnswer } from './outdated.ts'
import { judgeProtection, type ProtectionVerdict, protectionStates } from './verdict.ts'

/** The fields of `status` in JSON, and of `status.json`. No secret is among them. */
export interface Status {
  readonly verdict: ProtectionVerdict
  readonly current: SetName | null
  readonly previous: SetName | null
  readonly inUse: SetName | null
  readonly grade: string | null
  readonly sequence: number | null
  /** The ClamAV databases of the current set; empty for others. */
  readonly databases: readonly { readonly name: string; readonly version: number }[]
  readonly ageSeconds: number | null
  readonly stale: boolean
  readonly condition: Condition
  readonly conditionReason: string | null
  readonly source: string | null
  readonly signedBy: string | null
  readonly lastAttempt: AttemptRecord | null
  readonly lastSuccess: string | null
  readonly nextRuns: readonly ShownRun[]
  readonly holds: readonly StatusHold[]
  readonly barred: readonly Bar[]
  /** The set that the scanner is watched with before it counts as good, and until when. */
  readonly confirming: { readonly set: SetName; readonly since: string; readonly until: string } | null
  readonly quarantined: number
  /** Sets on disk. */
  readonly sets: number
  /** Bytes and share (0 to 1) that are free on the disk of the store; null when it cannot be asked. */
  readonly disk: { readonly freeBytes: number; readonly free: number } | null
  readonly licence: { readonly state: string; readonly ends: string | null }
  /** Whether downloads are allowed by the content licence. */
  readonly licensed: boolean
  /** Milliseconds since the daemon started, and when that was; null when there is none. */
  readonly uptime: number | null
  readonly startedAt: string | null
  /** The consumer that this store is for, and its version; and the version of `defs`. */
  readonly product: { readonly name: string; readonly version: string }
  readonly version: string
  /** Certificates of `serve` and `console`, and the pinned anchors. */
  readonly certificates: readonly CertificateInUse[]
  /** Why nothing is updated by schedule at the moment; null when it is. */
  readonly paused: SchedulePause | null
  readonly sources: readonly StatusSource[]
  /** Runs of `update` by source and outcome, and how long the last one took in milliseconds. */
  readonly updates: CountsRecord
}

/** One configured source. */
export interface StatusSource {
  readonly name: string
  readonly kind: string
  readonly health: SourceHealth
  readonly coolingUntil: string | null
  readonly lastSuccess: string | null
  readonly failingSince: string | null
}

/** A hold that lasts, and whether its set is older than allowed meanwhile. */
export interface StatusHold extends Hold {
  readonly ageSeconds: number
  readonly outdated: boolean
}

/** How a source did when it was last asked. */
export type SourceHealth = 'good' | 'failing' | 'frozen' | 'cooling-down' | 'unknown'

/** The status with what it was read from. */
export interface StatusReading {
  readonly status: Status
  readonly view: StoreView
  readonly sight: ScannerSight
  /** Milliseconds the current set may be old. */
  readonly maxAge: number
}

/**
 * Reads store and scanner at this moment and judges them. Changes nothing; never throws for what is missing.
 * @param known what the scanner showed a moment ago, by whoever asks often; it is asked when not given
 * @param typed whether `maxAge` was typed, which beats what the channel of a fleet says
 */
export async function readStatus(
  given: Config,
  now: Date,
  known: ScannerSight | null = null,
  typed = false,
): Promise<StatusReading> {
  const store = openStore(given.store.root, given.store.layout)
  const maxAge = typed ? given.maxAge : await allowedAge(given, store)
  const config = { ...given, maxAge }
  const view = await readStoreView(store, config.product)
  const memory = openScannerStore(store)
  const scanner = openScanner(scannerInForce(config), store, memory)
  const [sight, seen, licence, daemon, space, counts, before, exceptions, paused, certificates] =
    await Promise.all([
      known ?? scanner.sight(view.pointer.current),
      memory.memory(),
      lookUpLicence(config.licence, now),
      readDaemon(store),
      freeSpace(store.root).catch(() => null),
      peekRecord(store, countsRecord),
      peekRecord(store, verdictRecord),
      peekExceptions(store),
      schedulePause(store, now),
      certificatesInUse(config, now),
    ])
  const disk = space && { freeBytes: space.free, free: space.fraction }
  const holds = view.holds
    .filter((hold) => isHeld(hold, now))
    .map((hold) => describeHold(hold, config.maxAge, now))
  const sources = sourcesOf(config, view.sources, now)
  const state = protectionStates.find((one) => one === before?.state)
  const applied = view.sets.find(({ current }) => current)?.provenance?.exceptions ?? []
  const verdict = judgeProtection({
    now,
    maxAge: config.maxAge,
    grace: config.scanner.grace,
    current: view.pointer.current,
    sets: view.sets.length,
    present: view.sets.some((set) => set.current),
    scanner: sight,
    lastSight: seen.seen,
    sources: sources.map(({ name, failingSince }) => ({
      name,
      failingSince,
      error: view.sources[name]?.error?.message ?? null,
    })),
    answered: answerOf(view),
    barred: view.bars,
    licence,
    free: disk?.free ?? null,
    heldOutdated: holds.filter(({ outdated }) => outdated).map(({ set }) => set),
    exceptions: standingExceptions(exceptions, applied, now),
    scheduleOff: config.scheduleOff,
    disabled: config.scheduleDisabled.map((line) => keyOf(jobOf(line))),
    paused,
    before: state && before ? { state, since: before.since } : null,
  })
  const uptime = daemon === null ? null : Math.max(0, now.getTime() - Date.parse(daemon.startedAt))
  const startedAt = daemon?.startedAt ?? null
  const told = { startedAt, paused, certificates, product: config.product, version: programVersion() }
  const beside = { verdict, holds, sources, disk, licence, uptime, sight, updates: counts, ...told }
  return { status: describeStatus(config, view, now, beside), view, sight, maxAge }
}

type Told = 'startedAt' | 'paused' | 'certificates' | 'product' | 'version'

interface Beside
  extends Pick<Status, 'verdict' | 'holds' | 'sources' | 'disk' | 'uptime' | 'updates' | Told> {
  readonly licence: LicenceState
  readonly sight: ScannerSight
}

function describeStatus(config: Config, view: StoreView, now: Date, beside: Beside): Status {
  const { current, previous } = view.pointer
  const { attempt, bars, confirming, quarantined } = view
  const { licence, sight, verdict, ...rest } = beside
  const set = view.sets.find((one) => one.current)
  const provenance = set?.provenance
  const age = current === null ? null : ageOf(current, now)
  const successes = Object.values(view.sources).flatMap(({ lastSuccess }) => lastSuccess ?? [])
  const facts = { current, attempt, sources: view.sources, maxAge: config.maxAge, now }
  const { condition, reason } = diagnose(facts)
  return {
    verdict,
    current,
    previous,
    inUse: sight.set,
    grade: provenance?.grade ?? null,
    sequence: provenance?.sequence?.number ?? null,
    databases: (provenance?.databases ?? []).map(({ name, version }) => ({ name, version })),
    ageSeconds: age === null ? null : Math.floor(age / 1000),
    stale: age === null || age > config.maxAge,
    condition,
    conditionReason: reason,
    source: provenance?.source ?? null,
    signedBy: provenance?.signer.name ?? null,
    lastAttempt: attempt,
    lastSuccess: successes.toSorted().at(-1) ?? null,
    nextRuns: comingRuns(config, hostname(), now, beside.paused).map(shownRun),
    barred: bars,
    confirming: confirming && { set: confirming.set, since: confirming.since, until: confirming.until },
    quarantined,
    sets: view.sets.length,
    licence: { state: licence.state, ends: licence.ends?.toISOString() ?? null },
    licensed: mayDownload(licence),
    ...rest,
  }
}

function sourcesOf(
  config: Config,
  records: Readonly<Record<string, SourceRecord>>,
  now: Date,
): StatusSource[] {
  return [...config.sources.values()].map(({ name, kind }) => {
    const record = Object.hasOwn(records, name) ? records[name] : undefined
    const failing = record?.outcome === 'failed'
    return {
      name,
      kind,
      ...healthOf(record, now),
      lastSuccess: record?.lastSuccess ?? null,
      failingSince: failing ? (record.failingSince ?? record.lastSuccess) : null,
    }
  })
}

/** What the last update heard, if it ended well. */
function answerOf({ attempt, sources }: StoreView): LastAnswer | null {
  if (attempt?.outcome !== 'succeeded' || attempt.source === null) return null
  const record = Object.hasOwn(sources, attempt.source) ? sources[attempt.source] : undefined
  if (record?.outcome !== 'succeeded') return null
  const { offered, offeredSince: since } = record
  return { source: attempt.source, at: attempt.at, offered, since }
}

function describeHold(hold: Hold, maxAge: number, now: Date): StatusHold {
  const age = ageOf(hold.set, now)
  return { ...hold, ageSeconds: Math.floor(age / 1000), outdated: age > maxAge }
}

/** Health of a source, and until when it wants to be left alone. */
export function healthOf(
  record: SourceRecord | undefined,
  now: Date,
): { readonly health: SourceHealth; readonly coolingUntil: string | null } {
  const untils = record ? coolDownsAt(record, now).map(([, until]) => until) : []
  const coolingUntil = untils.toSorted().at(-1) ?? null
  if (record?.outcome === 'cooling-down' && coolingUntil !== null)
    return { health: 'cooling-down', coolingUntil }
  if (!record?.outcome) return { health: 'unknown', coolingUntil }
  // An internal server whose statements are past their end: reachable, and of no use.
  if (record.error?.code === 'TRUST_FROZEN') return { health: 'frozen', coolingUntil }
  return { health: record.outcome === 'succeeded' ? 'good' : 'failing', coolingUntil }
}
