import type { CommandResult } from '../command-result.ts'
import type { Session } from '../session.ts'

/** Prints the metrics of the store for Prometheus. */
export async function runMetrics(_input: object, session: Session): Promise<CommandResult> {
  const { config } = await session.load()
  const { readMetrics } = await import('../../report/publish-metrics.ts')
  const text = await readMetrics(config)
  return { exitCode: 0, json: { metrics: text }, lines: text.trimEnd().split('\n') }
}
