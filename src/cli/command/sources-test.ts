import type { TestStep } from '../../advice/test-source.ts'
import type { CommandResult, Line } from '../command-result.ts'
import { exitCodeOf } from '../exit-code.ts'
import { formatSpan } from '../format.ts'
import type { Session } from '../session.ts'

export interface SourcesTestInput {
  readonly source: string
  /** Milliseconds; null for `network.deadline`. */
  readonly timeout: number | null
}

/** Tries one source; the exit code is that of what went wrong. @throws what `testSource` throws */
export async function runSourcesTest(input: SourcesTestInput, session: Session): Promise<CommandResult> {
  const { config } = await session.load({ secrets: true })
  const { testSource } = await import('../../advice/test-source.ts')
  const { error, ...json } = await testSource(input, config, session.context)
  return {
    exitCode: error ? exitCodeOf[error.code] : 0,
    json,
    lines: json.steps.map(describe),
    ...(error ? { error } : {}),
  }
}

function describe({ step, place, ok, durationMs, detail, code }: TestStep): Line {
  const outcome = `${ok ? 'ok  ' : 'FAIL'} ${step.padEnd(9)} ${place}: ${detail}`
  const text = `${outcome}${code === null ? '' : ` [${code}]`} (${formatSpan(durationMs)})`
  return { text, tone: ok ? 'good' : 'bad' }
}
