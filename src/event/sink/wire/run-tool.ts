import { tmpdir } from 'node:os'
import { DefsError } from '../../../error.ts'
import { limits } from '../../../limits.ts'
import { runCommand } from '../../../run-command.ts'

/** What a program is run with. */
export interface ToolOptions {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly signal: AbortSignal
  /** Milliseconds. */
  readonly timeout?: number
  readonly input?: string
}

/** Runs a program that takes events; status 0 says that it has them. @throws SINK_FAILED */
export async function runTool(argv: readonly string[], options: ToolOptions): Promise<void> {
  const { env, signal, timeout = limits.sinkDelivery, input = '' } = options
  const ended = await runCommand(argv, {
    env: { ...env },
    // No folder of ours: a program that stays must keep nothing from being removed.
    cwd: tmpdir(),
    timeout,
    signal,
    input,
    grace: limits.sinkGrace,
  }).catch((cause: unknown) => {
    throw new DefsError('SINK_FAILED', `cannot run ${argv[0]}: check that it is there`, { cause })
  })
  if (ended.stopped === null && ended.status === 0) return
  const how =
    ended.stopped === null
      ? `ended with ${ended.status === null ? 'a signal' : `status ${ended.status}`}`
      : 'was ended: it took too long'
  const said = ended.output === '' ? '' : `: ${ended.output.slice(-200)}`
  throw new DefsError('SINK_FAILED', `${argv[0]} ${how}${said}`)
}
