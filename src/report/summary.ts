import type { DatedEntries, ReportEntry } from './entries.ts'

/** What a period brought, as numbers of entries. */
export interface ReportSummary {
  readonly total: number
  readonly byAction: Readonly<Record<string, number>>
  readonly bySource: Readonly<Record<string, number>>
  readonly byOutcome: Readonly<Record<string, number>>
  /** Every combination that there is, the most frequent first. */
  readonly rows: readonly {
    readonly action: string
    readonly source: string
    readonly outcome: string
    readonly count: number
  }[]
}

/** Stands for what has no source, and for what can neither succeed nor fail. */
const none = '-'

/** Adds entries up by action, source and outcome. */
export function summarise(told: Iterable<DatedEntries>): ReportSummary {
  const rows = new Map<string, { action: string; source: string; outcome: string; count: number }>()
  for (const { action, source, result } of entriesOf(told)) {
    const row = { action, source: source ?? none, outcome: result ?? none, count: 1 }
    const key = JSON.stringify([row.action, row.source, row.outcome])
    const known = rows.get(key)
    if (known) known.count += 1
    else rows.set(key, row)
  }
  const all = [...rows.values()].sort((a, b) => b.count - a.count || a.action.localeCompare(b.action))
  const by = (key: 'action' | 'source' | 'outcome') => {
    const counts = new Map<string, number>()
    for (const row of all) counts.set(row[key], (counts.get(row[key]) ?? 0) + row.count)
    return Object.fromEntries(counts)
  }
  const total = all.reduce((sum, { count }) => sum + count, 0)
  return { total, byAction: by('action'), bySource: by('source'), byOutcome: by('outcome'), rows: all }
}

function* entriesOf(told: Iterable<DatedEntries>): Generator<ReportEntry> {
  for (const { entries } of told) yield* entries
}
