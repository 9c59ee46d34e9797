import { type DefsError, describeError } from '../error.ts'
import type { Report } from '../event/report.ts'
import type { CommandResult, Line } from './command-result.ts'
import type { Ending } from './ending.ts'
import { type ExitCode, exitCodeOf } from './exit-code.ts'
import { colorLevel, type Globals } from './globals.ts'
import { openPaint, type Paint } from './paint.ts'
import { plainJson } from './plain-text.ts'
import { openPrinter, type Printer, paintLine } from './printer.ts'
import type { World } from './world.ts'

/** Characters printed in one write. */
const pieceLength = 1 << 18

/** All that is printed of one command line. */
export interface Console {
  readonly listen: (report: Report) => void
  /** Prints how it ended and returns the exit code. */
  readonly end: (ending: Ending) => ExitCode
}

/** Opens the console: results go to stdout, everything else to stderr. */
export async function openConsole(world: World, globals: Globals): Promise<Console> {
  const { stdout, stderr, env } = world
  const paint = await openPaint(colorLevel(globals, env, stdout.isTTY === true))
  const printer = openPrinter(
    world,
    globals,
    await openPaint(colorLevel(globals, env, stderr.isTTY === true)),
  )
  return {
    listen: printer.listen,
    end(ending) {
      printer.finish()
      const result = 'result' in ending ? ending.result : resultOf(ending.error)
      const { error, exitCode } = result
      if (globals.json) stdout.write(`${plainJson(jsonOf(ending.command, result))}\n`)
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

function resultOf(error: DefsError): CommandResult {
  const { events } = error.facts
  return { exitCode: exitCodeOf[error.code], json: events ? { events } : {}, lines: [], error }
}

function jsonOf(command: string | null, { exitCode, json, error }: CommandResult): object {
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

function explain(error: DefsError, printer: Printer, { verbose }: Globals): void {
  const cause = error.cause === undefined ? '' : `: ${describeError(error.cause)}`
  printer.say({ text: `defs: ${error.message}${cause} [${error.code}]`, tone: 'bad' })
  for (const problem of error.facts.problems ?? []) printer.say(`  - ${problem}`)
  if (error.facts.until) printer.say(`  asking again is welcome from ${error.facts.until.toISOString()}`)
  if (verbose) for (const line of stackOf(error)) printer.say(line)
}

function stackOf(error: DefsError): Line[] {
  const inner = error.cause instanceof Error ? error.cause : error
  return (inner.stack ?? '').split('\n').map((text) => ({ text, tone: 'quiet' }))
}
