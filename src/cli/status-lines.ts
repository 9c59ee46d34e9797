import type { Membership } from '../fleet/host/reporter.ts'
import { formatSpan, formatTime } from '../report/span.ts'
import type { Status } from '../report/status.ts'
import { isHealthy, verdictLine } from '../report/verdict.ts'
import { keyOf } from '../schedule/rule.ts'
import { formatSet, gradeText, type Line, type Tone } from './output.ts'

interface Showing {
  /** Milliseconds. */
  readonly maxAge: number
  /** Whether a bar can be drawn: on a terminal, not in a file or a mail. */
  readonly terminal: boolean
  readonly now: Date
  /** When the facts were written down, when somebody else had to read them; null when they are of this moment. */
  readonly asOf: string | null
  /** This host in its fleet; null where there is none. */
  readonly fleet: Membership | null
}

type Row = readonly [label: string, text: string, tone?: Tone | undefined]

/** The status as lines to be read at a glance: the verdict first and what to do, then why. */
export function statusLines(status: Status, showing: Showing): Line[] {
  const rows = [
    ...(showing.asOf === null ? [] : [['as of', `${formatTime(showing.asOf)}, from status.json`] as const]),
    ...conditionRows(status),
    ...setRows(status, showing),
    ...runRows(status, showing),
    ...exceptionRows(status),
    ...sourceRows(status),
    ...fleetRows(showing),
    ...machineRows(status),
  ]
  const width = Math.max(...rows.map(([label]) => label.length))
  const below = rows.map(([label, text, tone]) => {
    const line = `${label.padEnd(width)}  ${text}`
    return tone ? { text: line, tone } : line
  })
  return [...verdictLines(status), ...below]
}

/** The verdict in one line, what to do, and what else an admin should know. */
export function verdictLines({ verdict, current }: Pick<Status, 'verdict' | 'current'>): Line[] {
  const [first, ...others] = verdict.reasons
  const well = isHealthy(verdict)
  // On a healthy machine the first reason may be one beside the state as well.
  const told = first !== undefined && verdictLine(verdict, current).endsWith(first.message)
  const rest = told || first === undefined ? others : [first, ...others]
  const advice = told && first.advice !== null ? [`  to do: ${first.advice}`] : []
  return [
    {
      text: verdictLine(verdict, current),
      tone: well ? 'good' : verdict.state === 'stale' ? 'warning' : 'bad',
    },
    ...(well ? [] : [`  since: ${formatTime(verdict.since)}`]),
    ...advice,
    ...rest.map(({ message, advice: what }): Line => {
      return { text: `  beside: ${message}${what === null ? '' : ` (${what})`}`, tone: 'warning' }
    }),
  ]
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
  const { databases } = status
  if (databases.length > 0) {
    rows.push(['databases', databases.map(({ name, version }) => `${name} ${version}`).join(', ')])
  }
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
  { lastAttempt, lastSuccess, nextRuns, licence, licensed, uptime, startedAt }: Status,
  { now }: Showing,
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
  if (uptime !== null) {
    const since = startedAt === null ? '' : `, since ${formatTime(startedAt)}`
    rows.push(['daemon', `up for ${formatSpan(uptime)}${since}`])
  }
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

/** What the store is for, and the certificates in use with their ends. Absent in what an older version wrote down. */
function machineRows({ product, version, certificates, sources }: Partial<Status>): Row[] {
  const rows = (certificates ?? []).map(({ use, subject, ends, state }): Row => {
    const tone = state === 'ended' && use !== 'anchor' ? 'bad' : state === 'ending' ? 'warning' : undefined
    const word = state === 'ended' ? 'ended' : 'ends'
    return ['certificate', `${use}: ${subject}, ${word} ${ends.slice(0, 10)}`, tone]
  })
  if (!product) return rows
  // Databases of ClamAV and rules are for no product that has a version of its own.
  const own = (sources ?? []).every(({ kind }) => kind === 'clamav' || kind === 'rules')
  const named = own && (sources ?? []).length > 0 ? '' : `${product.name} ${product.version}, `
  return [...rows, ['product', `${named}defs ${version}`]]
}

function sourceRows({ sources }: Status): Row[] {
  return sources.map(({ name, kind, health, coolingUntil }) => {
    const cooling = coolingUntil === null ? '' : `, left alone until ${formatTime(coolingUntil)}`
    const tone = health === 'good' || health === 'unknown' ? undefined : 'warning'
    return ['source', `${name} (${kind}): ${health}${cooling}`, tone]
  })
}

/** Which ring, by which rule, and whether the fleet knows. */
function fleetRows({ fleet }: Showing): Row[] {
  if (fleet === null) return []
  const { name, host, ring, why, reported } = fleet
  const place = ring === null ? 'in no ring yet' : `in ${ring}${why === null ? '' : ` (${why})`}`
  const told = reported ? `told ${formatTime(reported.at)} by ${reported.by}` : 'not told yet'
  return [['fleet', `${name}: ${host} ${place}, ${told}`, reported ? undefined : 'warning']]
}
