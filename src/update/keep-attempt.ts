import { writeAttempt } from '../hawking/attempt.ts'
import { asRecord } from './inquire.ts'
import type { Run } from './run.ts'

/** Keeps the last attempt and its outcome for the Status page. */
export async function keepAttempt(run: Run, source: string | null, error: Error | null): Promise<void> {
  await writeAttempt(run.store, {
    at: run.startedAt.toISOString(),
    source,
    outcome: error ? 'failed' : 'succeeded',
    error: error ? asRecord(error) : null,
  })
}
