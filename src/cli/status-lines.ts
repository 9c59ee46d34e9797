import type { Hold } from '../hawking/records.ts'
import type { Condition } from '../report/condition.ts'
import type { ShownRun } from '../schedule/next-runs.ts'
import { keyOf } from '../schedule/rule.ts'
import type { SetName } from '../set-name.ts'
import { formatSet, formatSpan, formatTime, type Line, type Tone } from './output.ts'
import type { SourceHealth, StoreReading } from './read-store.ts'

interface Showing {
  /** Milliseconds. */
  readonly maxAge: number
  /** Whether a bar can be drawn: on a terminal, not in a file or a mail. */
  readonly terminal: boolean
  readonly now: Date
  /** Whether downloads are allowed by the content licence. */
  readonly licensed: boolean
}

type Row = readonly [label: string, text: string, tone?: Tone | undefined]

/** The status as lines to be read at a glance: how it stands first, then why. */
export function statusLines(status: Status, showing: Showing): Line[] {
  const rows = [
    ...conditionRows(status),
    ...setRows(status, showing),
    ...runRows(status, showing),
    ...exceptionRows(status),
    ...sourceRows(status),
  ]
  return rows.map(([label, text, tone]) => {
    const line = `${label.padEnd(10)}  ${text}`
    return tone ? { text: line, tone } : line
  })
}

const tones: Readonly<Record<Status['condition'], Tone>> = {
  current: 'good',
  'cooling-down': 'warning',
  offline: 'bad',
  frozen: 'bad',
  stale: 'bad',
  none: 'bad',
}

function conditionRows({ condition, conditionReason, stale, current }: Status): Row[] {
  const aged = stale && current !== null && condition !== 'stale' ? `${condition} and stale` : condition
  const text = conditionReason === null ? aged : `${aged}: ${conditionReason}`
  return [['condition', text, stale ? 'bad' : tones[condition]]]
}

function setRows(status: Status, { maxAge, terminal }: Showing): Row[] {
  const { current, previous, inUse, ageSeconds, stale, source, signedBy } = status
  const rows: Row[] = []
  if (current === null) rows.push(['repository', 'none', 'bad'])
  else {
    const tone = stale ? 'warning' : 'good'
    rows.push(['repository', `${current}  ${formatSet(current)}  ${gradeText(status)}`, tone])
  }
  const apart = current !== null && inUse !== current
  rows.push(['in use', inUse ?? 'not known', apart ? 'warning' : undefined])
  if (ageSeconds !== null) {
    const text = `${formatSpan(ageSeconds * 1000)} (allowed ${formatSpan(maxAge)})${stale ? ', stale' : ''}`
    const bar = terminal ? `${ageBar((ageSeconds * 1000) / maxAge)} ` : ''
    rows.push(['age', `${bar}${text}`, stale ? 'warning' : terminal ? 'good' : undefined])
  }
  rows.push(['previous', previous === null ? 'none' : `${previous}  ${formatSet(previous)}`])
  if (source !== null) rows.push(['from', `${source}, signed by ${signedBy}`])
  return rows
}

const barWidth = 20

/** How much of the allowed age is used up; full at the whole of it, with a mark beyond. */
function ageBar(share: number): string {
  const filled = Math.min(barWidth, Math.round(share * barWidth))
  return `[${'#'.repeat(filled)}${'.'.repeat(barWidth - filled)}]${share > 1 ? '!' : ''}`
}

function runRows(
  { lastAttempt, lastSuccess, nextRuns, licence, uptime }: Status,
  { now, licensed }: Showing,
): Row[] {
  const rows: Row[] = []
  if (lastAttempt) {
    const { at, source, outcome, error } = lastAttempt
    const why = error ? `: ${error.message} [${error.code}]` : ''
    const text = `${formatTime(at)}${source === null ? '' : `  ${source}`}  ${outcome}${why}`
    rows.push(['last try', text, outcome === 'failed' ? 'bad' : undefined])
  } else {
    rows.push(['last try', 'never'])
  }
  if (lastSuccess !== null) rows.push(['last good', formatTime(lastSuccess)])
  if (uptime !== null) rows.push(['daemon', `up for ${formatSpan(uptime)}`])
  const [next] = nextRuns
  if (next) {
    const span = formatSpan(Date.parse(next.at) - now.getTime())
    rows.push(['next run', `${formatTime(next.at)}  ${keyOf({ channel: null, ...next })}  in ${span}`])
  }
  const ends = licence.ends === null ? '' : `, ends ${licence.ends.slice(0, 10)}`
  const troubled = licence.state === 'warning' || licence.state === 'expired'
  const tone = licensed ? (troubled ? 'warning' : undefined) : 'bad'
  return [...rows, ['licence', `${licence.state}${ends}`, tone]]
}

function exceptionRows({ holds, barred, confirming, quarantined }: Status): Row[] {
  const because = (reason: string | null) => (reason === null ? '' : `: ${reason}`)
  const rows: Row[] = holds.map(({ set, until, reason, ageSeconds, outdated }) => {
    const end = until === null ? ' without end' : ` until ${formatTime(until)}`
    const alarm = outdated ? `, ${formatSpan(ageSeconds * 1000)} old: more than allowed` : ''
    return ['held', `${set}${end}${alarm}${because(reason)}`, outdated ? 'bad' : 'warning']
  })
  if (confirming) {
    rows.push(['confirming', `${confirming.set} until ${formatTime(confirming.until)}`, 'warning'])
  }
  for (const { set, reason } of barred) rows.push(['barred', `${set}${because(reason)}`, 'warning'])
  if (quarantined > 0) rows.push(['quarantine', `${quarantined} kept as evidence`, 'warning'])
  return rows
}

function sourceRows({ sources }: Status): Row[] {
  return sources.map(({ name, kind, health, coolingUntil }) => {
    const cooling = coolingUntil === null ? '' : `, left alone until ${formatTime(coolingUntil)}`
    const tone = health === 'good' || health === 'unknown' ? undefined : 'warning'
    return ['source', `${name} (${kind}): ${health}${cooling}`, tone]
  })
}

/** The grade for people, with the caution that belongs to it. */
export function gradeText({ grade, sequence }: { grade: string | null; sequence: number | null }): string {
  const name = grade === 'rapid' ? 'rapid release: less tested' : (grade ?? 'of unknown origin')
  return sequence === null ? name : `${name}, sequence ${sequence}`
}
/** The fields of `status` in JSON. */
export interface Status {
  readonly current: SetName | null
  readonly previous: SetName | null
  readonly inUse: SetName | null
  readonly grade: string | null
  readonly sequence: number | null
  readonly ageSeconds: number | null
  readonly stale: boolean
  readonly condition: Condition
  readonly conditionReason: string | null
  readonly source: string | null
  readonly signedBy: string | null
  readonly lastAttempt: StoreReading['view']['attempt']
  readonly lastSuccess: string | null
  readonly nextRuns: readonly ShownRun[]
  readonly holds: readonly StatusHold[]
  readonly barred: StoreReading['view']['bars']
  /** The set that the scanner is watched with before it counts as good, and until when. */
  readonly confirming: { readonly set: SetName; readonly since: string; readonly until: string } | null
  readonly quarantined: number
  readonly licence: { readonly state: string; readonly ends: string | null }
  /** Milliseconds since the daemon started; null when there is none. */
  readonly uptime: number | null
  readonly sources: readonly {
    readonly name: string
    readonly kind: string
    readonly health: SourceHealth
    readonly coolingUntil: string | null
  }[]
}

/** A hold that lasts, and whether its set is older than allowed meanwhile. */
export interface StatusHold extends Hold {
  readonly ageSeconds: number
  readonly outdated: boolean
}
