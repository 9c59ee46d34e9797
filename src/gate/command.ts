import type { Context } from '../context.ts'
import type { Candidate } from './candidate.ts'
import { type Finding, finding } from './finding.ts'
import { type Bounds, runBounded } from './run-bounded.ts'

/**
 * Asks a program of the site, without a shell; exit status 0 passes. `{set}` in an argument is the folder of the set;
 * the program finds the set in `DEFS_SET`, its folder in `DEFS_SET_DIR` and that of the live set in
 * `DEFS_CURRENT_DIR` (empty when there is none).
 * @throws INTERRUPTED
 */
export async function judgeByCommand(
  { set, directory, current }: Candidate,
  command: readonly string[],
  bounds: Bounds,
  context: Context,
): Promise<Finding> {
  const [program, ...args] = command
  if (program === undefined) return finding('command', 'off', 'no gate.command')
  // The program's own name is not replaced: a set's folder is no place to run things from.
  const argv = [program, ...args.map((argument) => argument.replaceAll('{set}', directory))]
  const env = { DEFS_SET: set, DEFS_SET_DIR: directory, DEFS_CURRENT_DIR: current?.directory ?? '' }
  const waits = `'${program}' ends, at most ${Math.ceil(bounds.timeout / 1000)} s`
  context.emit({ type: 'stage', text: `checking ${set} with gate.command`, waits })
  // The memory bound is that of the scanning engine; what this program needs nobody knows.
  const trial = await runBounded(argv, { ...bounds, memory: 0, env }, context)
  if ('undecided' in trial) return finding('command', 'undecided', trial.undecided)
  if (trial.status === 0) return finding('command', 'passed', `'${program}' ended with 0`)
  const how = `'${program}' ended with ${trial.status ?? 'a signal'}: ${trial.output}`
  return finding('command', 'failed', how)
}
