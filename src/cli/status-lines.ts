import type { Status } from './command/status.ts'
import type { Line, Tone } from './command-result.ts'
import { formatSet, formatSpan, formatTime } from './format.ts'

/** The status as lines to be read at a glance. */
export function statusLines(status: Status, maxAge: number): Line[] {
  const { current, previous, inUse, ageSeconds, stale, source, signedBy, lastAttempt, lastSuccess } = status
  const lines: Line[] = []
  const add = (label: string, text: string, tone?: Tone) => {
    const line = `${label.padEnd(10)}  ${text}`
    lines.push(tone ? { text: line, tone } : line)
  }
  if (current === null) add('current', 'none', 'bad')
  else add('current', `${current}  ${formatSet(current)}  ${gradeText(status)}`, stale ? 'warning' : 'good')
  if (ageSeconds !== null) {
    const text = `${formatSpan(ageSeconds * 1000)} (allowed ${formatSpan(maxAge)})`
    add('age', stale ? `${text}, stale` : text, stale ? 'warning' : undefined)
  }
  add('in use', inUse ?? 'not known', current !== null && inUse !== current ? 'warning' : undefined)
  add('previous', previous === null ? 'none' : `${previous}  ${formatSet(previous)}`)
  if (source !== null) add('from', `${source}, signed by ${signedBy}`)
  if (lastAttempt) {
    const { at, source: asked, outcome, error } = lastAttempt
    const why = error ? `: ${error.message} [${error.code}]` : ''
    const text = `${formatTime(at)}${asked === null ? '' : `  ${asked}`}  ${outcome}${why}`
    add('last try', text, outcome === 'failed' ? 'bad' : undefined)
  } else {
    add('last try', 'never')
  }
  if (lastSuccess !== null) add('last good', formatTime(lastSuccess))
  for (const { set, until, reason } of status.holds) {
    add(
      'held',
      `${set}${until === null ? '' : ` until ${until}`}${reason === null ? '' : `: ${reason}`}`,
      'warning',
    )
  }
  for (const { set, reason } of status.barred)
    add('barred', `${set}${reason === null ? '' : `: ${reason}`}`, 'warning')
  for (const { name, kind, health, coolingUntil } of status.sources) {
    const cooling = coolingUntil === null ? '' : `, left alone until ${formatTime(coolingUntil)}`
    add(
      'source',
      `${name} (${kind}): ${health}${cooling}`,
      health === 'good' || health === 'unknown' ? undefined : 'warning',
    )
  }
  return lines
}

/** The grade for people, with the caution that belongs to it. */
export function gradeText({ grade, sequence }: { grade: string | null; sequence: number | null }): string {
  const name = grade === 'rapid' ? 'rapid release: less tested' : (grade ?? 'of unknown origin')
  return sequence === null ? name : `${name}, sequence ${sequence}`
}
