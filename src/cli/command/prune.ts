import type { PruneRequest, PruneResult } from '../../upkeep/prune.ts'
import type { CommandResult, Line } from '../command-result.ts'
import { formatSet } from '../format.ts'
import type { Session } from '../session.ts'
import { tableLines } from '../table.ts'

/** Removes old sets. @throws what `prune` throws */
export async function runPrune(input: PruneRequest, session: Session): Promise<CommandResult> {
  const { config } = await session.load()
  const { prune } = await import('../../upkeep/prune.ts')
  const result = await prune(input, config, session.context)
  return { exitCode: 0, json: { ...result }, lines: describePrune(result) }
}

function describePrune({ removed, kept, dryRun }: PruneResult): Line[] {
  const gone = dryRun ? 'would go' : 'removed'
  const rows = [
    ...removed.map((set) => [set, formatSet(set), gone]),
    ...kept.map(({ set, why }) => [set, formatSet(set), `stays: ${why}`]),
  ]
  return rows.length === 0 ? ['no sets'] : [...tableLines(rows)]
}
