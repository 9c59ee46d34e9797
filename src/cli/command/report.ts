import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import type { Config } from '../../config/config.ts'
import { writeFileAtomic } from '../../disk/atomic-file.ts'
import { DefsError } from '../../error.ts'
import { openStore } from '../../hawking/store.ts'
import { csvName, csvOf } from '../../report/csv.ts'
import type { ReportEntry } from '../../report/entries.ts'
import { type HistoryEntry, readHistory } from '../../report/history.ts'
import { type ReportLines, type ReportQuery, readReport } from '../../report/read-report.ts'
import { formatTime } from '../../report/span.ts'
import { summarise } from '../../report/summary.ts'
import {
  type CommandResult,
  formatSet,
  type Line,
  PlainLines,
  type PlainText,
  plainText,
  plainTexts,
  tableLines,
} from '../output.ts'
import type { Session } from '../session.ts'
import { errorOf, statusFor } from './status.ts'

export interface ReportInput extends ReportQuery {
  readonly csv: boolean
  /** Totals by action, source and outcome instead of the entries. */
  readonly summary: boolean
  /** Folder for the CSV file, relative to the working directory; null for that of the journal. */
  readonly out: string | null
}

/** Prints the entries of the journal, or writes them for a spreadsheet. @throws USAGE_ARGUMENT, STORE_* */
export async function runReport(input: ReportInput, session: Session): Promise<CommandResult> {
  // What goes beside the journal is written by whoever owns that.
  const { config } = await session.load({ writes: input.csv && input.out === null })
  const { journal } = openStore(config.store.root, config.store.layout)
  sayWhenOff(config, session)
  keepGarbageSmall()
  const told = await readReport(journal, input)
  const { count } = told
  if (input.csv || input.out !== null) {
    // Beside the journal, unless somebody says where or there is no store yet.
    const usual = existsSync(dirname(journal)) ? dirname(journal) : '.'
    const folder = resolve(session.environment.cwd, input.out ?? usual)
    const file = join(folder, csvName(session.context.now()))
    // Replaced by a rename, so that a link somebody put there leads nowhere.
    await writeFileAtomic(file, csvOf(told), 0o640)
    const entries = `${count} ${count === 1 ? 'entry' : 'entries'}`
    return { exitCode: 0, json: { file, count }, lines: [`${file} is written: ${entries}`] }
  }
  if (input.summary) return summaryOf(told)
  if (session.globals.json) return { exitCode: 0, json: { entries: [...flat(told)] }, lines: [] }
  return { exitCode: 0, json: {}, lines: count === 0 ? ['no entries'] : linesFor(told) }
}

/**
 * A long journal is read into texts that are of no use a moment later. V8 lets the room for such grow to 32 MiB and more
 * before it clears it; a room that does not grow is cleared as cheaply, and a third of the memory is spared.
 */
function keepGarbageSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1')
}

function summaryOf(told: ReportLines): CommandResult {
  const summary = summarise(told)
  const { total, rows, byAction, bySource, byOutcome } = summary
  const totals = (title: string, counts: Readonly<Record<string, number>>): string[][] => [
    [title, '', '', ''],
    ...Object.entries(counts).map(([name, count]) => ['', name, '', String(count)]),
  ]
  const lines =
    total === 0
      ? ['no entries']
      : tableLines([
          ['action', 'source', 'outcome', 'entries'],
          ...rows.map(({ action, source, outcome, count }) => [action, source, outcome, String(count)]),
          ...totals('by action', byAction),
          ...totals('by source', bySource),
          ...totals('by outcome', byOutcome),
          ['total', '', '', String(total)],
        ])
  return { exitCode: 0, json: { summary }, lines }
}

function sayWhenOff({ events }: Config, { context }: Session): void {
  if (events.journal.enabled) return
  const text = 'events are not kept here (events.journal.enabled: false): look at their receiver'
  context.emit({ type: 'note', level: 'warning', text })
}

function* flat(told: ReportLines): Generator<object> {
  for (const { time, entries } of told) for (const entry of entries) yield { time, ...entry }
}

const heads = ['action', 'result', 'set', 'source', 'event', 'message']

// Lines at a time: fewer turns between whoever makes them and whoever prints them.
const block = 512

/** A table in which each entry is laid out once, however often it is told. */
function* linesFor(told: ReportLines): Generator<Line> {
  const entries = [...told.distinct]
  const [head = '', ...rows] = tableLines([heads, ...entries.map(rowOf)])
  const nothing = plainText('')
  const rowFor = new Map(entries.map((entry, index) => [entry, plainText(rows[index] ?? '')]))
  yield `${'time'.padEnd(formatTime('2026-11-21T06:00:00.000Z').length)}  ${head}`
  let times: string[] = []
  let rowsOfThem: PlainText[] = []
  for (const { time, entries: own } of told) {
    for (const entry of own) {
      times.push(formatTime(time))
      rowsOfThem.push(rowFor.get(entry) ?? nothing)
    }
    if (times.length < block) continue
    yield new PlainLines(plainTexts(times), rowsOfThem)
    times = []
    rowsOfThem = []
  }
  if (times.length > 0) yield new PlainLines(plainTexts(times), rowsOfThem)
}

function rowOf({ action, result, set, source, event, errorCode, message }: ReportEntry): string[] {
  const code = errorCode === null || message.includes(errorCode) ? '' : ` [${errorCode}]`
  return [
    action,
    result ?? '-',
    set === null ? '-' : formatSet(set),
    source ?? '-',
    String(event),
    `${message}${code}`,
  ]
}

/** Tells what was live when, and why. @throws STORE_PERMISSION, STORE_IO */
export async function runHistory(_input: object, session: Session): Promise<CommandResult> {
  const { config } = await session.load()
  const { journal } = openStore(config.store.root, config.store.layout)
  sayWhenOff(config, session)
  keepGarbageSmall()
  const entries = await readHistory(journal)
  const lines =
    entries.length === 0
      ? ['nothing has happened yet']
      : tableLines([['time', 'action', 'set', 'events', 'why'], ...entries.map(historyRow)])
  return { exitCode: 0, json: { entries }, lines }
}

function historyRow({ time, action, from, to, reason, user, events }: HistoryEntry): string[] {
  const sets = from === null ? (to ?? '') : `${from} -> ${to}`
  const why = [reason ?? '', user === null ? '' : `by ${user}`].filter((part) => part !== '')
  return [formatTime(time), action, sets, events.join(', '), why.join(', ')]
}

/** What the controller of a fleet adds; nothing elsewhere. */
async function describeFleet(config: Config, session: Session): Promise<string> {
  if (!config.fleet?.controller) return ''
  const { openSite } = await import('../../fleet/controller/site.ts')
  const { survey } = await import('../../fleet/controller/survey.ts')
  const { fleetMetrics } = await import('../../fleet/metrics.ts')
  const { expose } = await import('../../report/exposition.ts')
  const { world, status } = await survey(openSite(config, session.context, null))
  return expose(fleetMetrics(world, status))
}

/**
 * Prints the metrics of the store for Prometheus; for a user who may not look into it, as they were written down last.
 * @throws STORE_PERMISSION when nothing was written down
 */
export async function runMetrics(_input: object, session: Session): Promise<CommandResult> {
  const { config } = await session.load()
  const { describeMetrics } = await import('../../report/metrics.ts')
  const { found, asOf } = await statusFor(config, session.context.now())
  const error = errorOf(found.verdict)
  if (!('current' in found)) throw error ?? new DefsError('STORE_PERMISSION', 'the store cannot be read')
  const text = describeMetrics(found, config) + (await describeFleet(config, session))
  const lines = text.trimEnd().split('\n')
  const mark = asOf === null ? [] : [`# as of ${asOf}, from status.json`]
  return {
    exitCode: 0,
    json: { metrics: text, ...(asOf === null ? {} : { asOf }) },
    lines: [...mark, ...lines],
  }
}
