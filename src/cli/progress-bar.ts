import type { Progress } from '../event/report.ts'
import { formatSpan } from '../report/span.ts'
import type { Output } from './environment.ts'
import { formatSize, plainText } from './output.ts'

// A terminal needs no more; redrawing costs time on a slow line.
const leastPause = 100
const barWidth = 24
const verbs = { fetch: 'fetching', open: 'unpacking', verify: 'verifying', stage: 'staging' } as const

/** One line at the bottom of a terminal, redrawn at most ten times a second. */
export class ProgressBar {
  readonly #output: Output
  readonly #now: () => Date
  #start: { step: string; subject: string; done: number; at: number } | null = null
  #drawnAt = Number.NEGATIVE_INFINITY
  #visible = false

  constructor(output: Output, now: () => Date) {
    this.#output = output
    this.#now = now
  }

  draw(progress: Progress): void {
    const at = this.#now().getTime()
    const start = this.#start
    const same = start?.step === progress.step && start.subject === progress.subject
    const began = same ? start : { step: progress.step, subject: progress.subject, done: progress.done, at }
    this.#start = began
    if (at - this.#drawnAt < leastPause) return
    this.#drawnAt = at
    this.#visible = true
    const width = Math.max(20, this.#output.columns ?? 80) - 1
    const line = describeProgress(progress, progress.done - began.done, at - began.at)
    this.#output.write(`\r\u001b[K${line.slice(0, width)}`)
  }

  /** Takes the line away, so that something else can be printed. */
  clear(): void {
    if (this.#visible) this.#output.write('\r\u001b[K')
    this.#visible = false
    this.#drawnAt = Number.NEGATIVE_INFINITY
  }
}

/** The text of a progress line; `gained` bytes came in `elapsed` milliseconds of this run. */
function describeProgress({ step, subject, done, total }: Progress, gained: number, elapsed: number): string {
  const parts = [`${verbs[step]} ${plainText(subject)}`]
  if (total !== null && total > 0) {
    const share = Math.min(1, done / total)
    const filled = Math.round(share * barWidth)
    parts.push(`[${'#'.repeat(filled)}${'.'.repeat(barWidth - filled)}] ${Math.floor(share * 100)} %`)
    parts.push(`${formatSize(done)} of ${formatSize(total)}`)
  } else {
    parts.push(formatSize(done))
  }
  // The first moments say nothing of the speed.
  if (elapsed >= 500 && gained > 0) {
    const speed = (gained / elapsed) * 1000
    parts.push(`${formatSize(speed)}/s`)
    if (total !== null && total > done) parts.push(`${formatSpan(((total - done) / speed) * 1000)} left`)
  }
  return parts.join('  ')
}
