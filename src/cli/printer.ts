import type { Report } from '../event/report.ts'
import type { Line } from './command-result.ts'
import type { Globals } from './globals.ts'
import type { Paint } from './paint.ts'
import { plainText } from './plain-text.ts'
import { ProgressBar } from './progress-bar.ts'
import type { World } from './world.ts'

/** The console as a listener to reports: notes and events in plain words on stderr, progress on a terminal. */
export interface Printer {
  readonly listen: (report: Report) => void
  /** Prints a line on stderr, under any progress. */
  readonly say: (line: Line) => void
  /** Takes the progress line away. */
  readonly finish: () => void
}

/** Opens the printer: `--quiet` leaves warnings and errors, `--verbose` adds details. */
export function openPrinter({ stderr, now, env }: World, globals: Globals, paint: Paint): Printer {
  const terminal = stderr.isTTY === true && env['TERM'] !== 'dumb' && !globals.quiet && !globals.json
  const bar = terminal ? new ProgressBar(stderr, now) : null
  const say = (line: Line) => {
    bar?.clear()
    stderr.write(`${paintLine(line, paint)}\n`)
  }
  return {
    say,
    finish: () => bar?.clear(),
    listen(report) {
      if (report.type === 'progress') return bar?.draw(report)
      const line = describeReport(report)
      if (isShown(report, globals)) say(line)
    },
  }
}

/** A line with its tone as colour. The text is made harmless first: it may come from afar. */
export function paintLine(line: Line, paint: Paint): string {
  return typeof line === 'string' ? plainText(line) : paint(plainText(line.text), line.tone)
}

type Said = Exclude<Report, { type: 'progress' }>

function levelOf(report: Said): 'debug' | 'information' | 'warning' | 'error' {
  return report.type === 'note' ? report.level : report.event.level
}

function isShown(report: Said, { quiet, verbose }: Globals): boolean {
  const level = levelOf(report)
  if (level === 'debug') return verbose
  return level !== 'information' || !quiet
}

function describeReport(report: Said): Line {
  const text = report.type === 'note' ? report.text : `${report.event.message} (event ${report.event.id})`
  switch (levelOf(report)) {
    case 'debug':
      return { text, tone: 'quiet' }
    case 'warning':
      return { text: `warning: ${text}`, tone: 'warning' }
    case 'error':
      return { text: `error: ${text}`, tone: 'bad' }
    default:
      return text
  }
}
