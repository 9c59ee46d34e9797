import { execFile, spawnSync } from 'node:child_process'
import { promisify } from 'node:util'

export const canFake = spawnSync('faketime', ['-f', '+1d', 'true']).status === 0

/**
 * Runs Node.js with a clock that begins at `moment` and goes on from there; resolves to what it prints, however it
 * ends. At most a minute.
 */
export async function runAt(
  moment: Date,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<string> {
  // In seconds, which no zone changes; and no distance, which would count from the true clock when the tests
  // themselves run on another day.
  const line = ['-f', `@${Math.floor(moment.getTime() / 1000)}`, process.execPath, ...args]
  const options = { env: { ...process.env, ...env, FAKETIME_FMT: '%s' }, timeout: 60_000 }
  const ended = promisify(execFile)('faketime', line, options)
  const { stdout } = await ended.catch((error: { code?: unknown; stdout: string }) => {
    if (typeof error.code === 'number') return error
    throw error
  })
  return stdout
}
