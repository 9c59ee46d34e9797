import type { SinkConfig, SinkKind } from '../event/sink/sink-config.ts'
import { makeSink } from './make-sink.ts'
import { report, type Sheet, type Table } from './sheet.ts'
import { sinkOptions } from './sink-options.ts'
import { didYouMean } from './suggestion.ts'

/** Reads `events.sinks`. A sink with problems is left out. */
export function checkSinks(sheet: Sheet, tables: readonly Table[]): SinkConfig[] {
  const sinks: SinkConfig[] = []
  // As a whole it may hold logins, inside addresses; `config show` prints the sinks key by key.
  const shown = sheet.shown.get('events.sinks')
  if (shown)
    sheet.shown.set('events.sinks', { ...shown, value: tables.map(({ kind }) => kind), type: 'texts' })
  for (const [index, table] of tables.entries()) {
    const { kind } = table
    if (!isKind(kind)) {
      const kinds = Object.keys(sinkOptions)
      const hint = typeof kind === 'string' ? didYouMean(kind, kinds) : ''
      report(sheet, ['events', 'sinks', index, 'kind'], `must be one of ${kinds.join(', ')}${hint}`)
      continue
    }
    const before = sheet.problems.length
    const sink = makeSink(sheet, index, kind, table, nameFor(kind, sinks))
    if (sinks.some(({ name }) => name === sink.name)) {
      report(sheet, ['events', 'sinks', index, 'name'], `'${sink.name}' is the name of another sink`)
    }
    if (sheet.problems.length === before) sinks.push(sink)
  }
  return sinks
}

/** What a configuration that works as it stands should be told all the same. */
export function sinkWarnings(sinks: readonly SinkConfig[]): string[] {
  return sinks
    .filter((sink) => sink.kind === 'mail' && sink.to.length === 0)
    .map(({ name }) => `the sink '${name}' names no recipient (to): no alert will be delivered by it`)
}

/** The environment variables that hold secrets of sinks. */
export function sinkVariables(sinks: readonly SinkConfig[]): (string | null)[] {
  return sinks.map((sink) => secretOf(sink)?.variable ?? null)
}

/** The files that sinks need to be readable, by their key. */
export function sinkFiles(sinks: readonly SinkConfig[]): [key: string, file: string | null][] {
  return sinks.flatMap((sink): [string, string | null][] => [
    ['events.sinks', secretOf(sink)?.file ?? null],
    ['events.sinks', 'authorities' in sink ? sink.authorities : null],
  ])
}

function secretOf(sink: SinkConfig) {
  if (sink.kind === 'webhook') return sink.secret
  return sink.kind === 'mail' ? sink.password : null
}

function isKind(kind: unknown): kind is SinkKind {
  return typeof kind === 'string' && Object.hasOwn(sinkOptions, kind)
}

function nameFor(kind: SinkKind, sinks: readonly SinkConfig[]): string {
  const taken = (name: string) => sinks.some((sink) => sink.name === name)
  if (!taken(kind)) return kind
  let number = 2
  while (taken(`${kind}-${number}`)) number += 1
  return `${kind}-${number}`
}
