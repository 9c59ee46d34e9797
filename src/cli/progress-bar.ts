import type { Progress, Stage } from '../event/report.ts'
import { formatSpan } from '../report/span.ts'
import type { Output } from './environment.ts'
import { formatSize, plainText } from './output.ts'

// A terminal needs no more; redrawing costs time on a slow line.
const leastPause = 100
const barWidth = 24
const verbs = { fetch: 'fetching', open: 'unpacking', verify: 'verifying', stage: 'staging' } as const

/**
 * One line at the bottom of a terminal: bytes that are done, redrawn at most ten times a second, or a stage and how long
 * it has lasted, redrawn every second.
 */
export class ProgressBar {
  readonly #output: Output
  readonly #now: () => Date
  #start: { step: string; subject: string; done: number; at: number } | null = null
  #drawnAt = Number.NEGATIVE_INFINITY
  #visible = false
  #clock: NodeJS.Timeout | undefined

  constructor(output: Output, now: () => Date) {
    this.#output = output
    this.#now = now
  }

  draw(progress: Progress): void {
    clearInterval(this.#clock)
    const at = this.#now().getTime()
    const start = this.#start
    const same = start?.step === progress.step && start.subject === progress.subject
    const began = same ? start : { step: progress.step, subject: progress.subject, done: progress.done, at }
    this.#start = began
    if (at - this.#drawnAt < leastPause) return
    this.#drawnAt = at
    this.#write(describeProgress(progress, progress.done - began.done, at - began.at))
  }

  /** Shows what is waited for until something else is told. */
  show({ text, waits }: Stage): void {
    clearInterval(this.#clock)
    const begun = this.#now().getTime()
    const line = `${plainText(text)}: ${plainText(waits)}`
    this.#write(line)
    const again = () => this.#write(`${line}  ${formatSpan(this.#now().getTime() - begun)}`)
    this.#clock = setInterval(again, 1000).unref()
  }

  #write(line: string): void {
    this.#visible = true
    // One of no width does not tell its own.
    const width = Math.max(20, this.#output.columns || 80) - 1
    this.#output.write(`\r\u001b[K${line.slice(0, width)}`)
  }

  /** Takes the line away, so that something else can be printed. */
  clear(): void {
    clearInterval(this.#clock)
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
    const left = total === null ? 0 : ((total - done) / speed) * 1000
    if (left >= 1000) parts.push(`${formatSpan(left)} left`)
  }
  return parts.join('  ')
}
