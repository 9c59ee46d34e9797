import { readNamed } from '../../disk/foreign-file.ts'
import { DefsError } from '../../error.ts'
import { limits } from '../../limits.ts'
import type { SecretSource } from './sink-config.ts'

/**
 * A secret, read when it is needed: a file that cannot be read fails the one sink, and a new password counts at
 * once. Null when none is configured.
 * @throws SINK_FAILED; no message has the secret
 */
export async function readSinkSecret(
  { file, variable }: SecretSource,
  env: Readonly<Record<string, string | undefined>>,
): Promise<string | null> {
  if (variable !== null) {
    const value = env[variable]
    if (value) return value
    throw new DefsError('SINK_FAILED', `the variable ${variable} is not set`)
  }
  if (file === null) return null
  const line = (await readText(file)).split(/\r?\n/)[0]
  if (line) return line
  throw new DefsError('SINK_FAILED', `${file} holds nothing in its first line`, { path: file })
}

async function readText(file: string): Promise<string> {
  try {
    return (await readNamed(file, limits.config)).toString()
  } catch (cause) {
    throw new DefsError('SINK_FAILED', `cannot read ${file}: check its mode and owner`, { cause, path: file })
  }
}
