import { DefsError, describeError } from '../error.ts'
import type { Report } from '../event/report.ts'
import type { Environment } from './environment.ts'
import { type ExitCode, exitCodeOf } from './exit-code.ts'
import { colorLevel, type GlobalOptions } from './global-options.ts'
import type { CommandOutcome } from './invocation.ts'
import {
  type CommandResult,
  type Line,
  openPaint,
  type Paint,
  PlainLines,
  plainJson,
  plainText,
} from './output.ts'
import { ProgressBar } from './progress-bar.ts'

/** Characters printed in one write. */
const pieceLength = 1 << 18

/** All that is printed of one command line. */
export interface Console {
  readonly listen: (report: Report) => void
  /** Prints how it ended and returns the exit code. */
  readonly end: (ending: CommandOutcome) => ExitCode
}

/** Opens the console: results go to stdout, everything else to stderr. */
export async function openConsole(environment: Environment, globals: GlobalOptions): Promise<Console> {
  const { stdout, stderr, env } = environment
  const paint = await openPaint(colorLevel(globals, env, stdout.isTTY === true))
  const printer = openPrinter(
    environment,
    globals,
    await openPaint(colorLevel(globals, env, stderr.isTTY === true)),
  )
  return {
    listen: printer.listen,
    end(ending) {
      printer.finish()
      const result = resultOf(ending)
      const { error, exitCode } = result
      if (globals.json) stdout.write(printedJson(ending))
      else {
        for (const text of inPieces(result.lines, paint)) stdout.write(text)
      }
      if (error) explain(error, printer, globals)
      return exitCode
    },
  }
}

/** Lines by the write: a long report is as quick as its text, and never there in whole. */
function* inPieces(lines: Iterable<Line>, paint: Paint): Generator<string> {
  let piece = ''
  for (const line of lines) {
    piece += `${paintLine(line, paint)}\n`
    if (piece.length < pieceLength) continue
    yield piece
    piece = ''
  }
  if (piece !== '') yield piece
}

/** What `--json` prints of how a command ended, its line end included. */
export function printedJson(ending: CommandOutcome): string {
  return `${plainJson(printedObject(ending.command, resultOf(ending)))}\n`
}

/** An error as what can be told of: whatever is none of ours is a bug. */
export function asDefsError(error: unknown): DefsError {
  if (error instanceof DefsError) return error
  return new DefsError('BUG', 'something unforeseen happened; --verbose shows where', { cause: error })
}

function resultOf(ending: CommandOutcome): CommandResult {
  if ('result' in ending) return ending.result
  const { error } = ending
  const { events } = error.facts
  return { exitCode: exitCodeOf[error.code], json: events ? { events } : {}, lines: [], error }
}

/** The object that a command prints. */
export function printedObject(
  command: string | null,
  { exitCode, json, error }: CommandResult,
): Readonly<Record<string, unknown>> {
  const ok = exitCode === 0 || exitCode === 100
  return { schema: 1, command, ok, exitCode, ...json, ...(error ? { error: errorJson(error) } : {}) }
}

function errorJson(error: DefsError): object {
  const { source, path, until, problems } = error.facts
  return {
    code: error.code,
    message: error.message,
    cause: error.cause === undefined ? null : describeError(error.cause),
    ...(source === undefined ? {} : { source }),
    ...(path === undefined ? {} : { path }),
    ...(until === undefined ? {} : { until: until.toISOString() }),
    ...(problems === undefined ? {} : { problems }),
  }
}

function explain(error: DefsError, printer: Printer, { verbose }: GlobalOptions): void {
  const text = `defs: ${describeError(error)} [${error.code}]`
  printer.say({ text, tone: 'bad' })
  for (const problem of error.facts.problems ?? []) if (!text.includes(problem)) printer.say(`  - ${problem}`)
  if (error.facts.until) printer.say(`  asking again is welcome from ${error.facts.until.toISOString()}`)
  if (verbose) for (const line of stackOf(error)) printer.say(line)
}

function stackOf(error: DefsError): Line[] {
  const inner = error.cause instanceof Error ? error.cause : error
  return (inner.stack ?? '').split('\n').map((text) => ({ text, tone: 'quiet' }))
}

/** The console as a listener to reports: notes and events in plain words on stderr, progress on a terminal. */
export interface Printer {
  readonly listen: (report: Report) => void
  /** Prints a line on stderr, under any progress. */
  readonly say: (line: Line) => void
  /** Takes the progress line away. */
  readonly finish: () => void
}

/** Opens the printer: `--quiet` leaves warnings and errors, `--verbose` adds details. */
export function openPrinter(
  { stderr, now, env }: Environment,
  globals: GlobalOptions,
  paint: Paint,
): Printer {
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
      if (report.type === 'stage') return bar?.show(report)
      // What is told now comes after it.
      bar?.clear()
      const line = describeReport(report)
      if (isShown(report, globals)) say(line)
    },
  }
}

/** A line with its tone as colour. The text is made harmless first: it may come from afar. */
export function paintLine(line: Line, paint: Paint): string {
  if (line instanceof PlainLines) return line.text
  return typeof line === 'string' ? plainText(line) : paint(plainText(line.text), line.tone)
}

type Said = Exclude<Report, { type: 'progress' | 'stage' }>

function levelOf(report: Said): 'debug' | 'information' | 'warning' | 'error' {
  return report.type === 'note' ? report.level : report.event.level
}

function isShown(report: Said, { quiet, verbose }: GlobalOptions): boolean {
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
