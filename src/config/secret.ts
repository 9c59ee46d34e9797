import { readNamed } from '../disk/foreign-file.ts'
import type { Problem } from './problem.ts'

// A password is a line; a file larger than this is something else. Bytes.
const most = 64 * 1024

/** Where a password is to be found. */
export interface SecretPlace {
  /** Key path of the group, `sources.rapid` or `network`, and the names of its two keys. */
  readonly path: string
  readonly keys: { readonly file: string; readonly variable: string }
  readonly file: string | null
  readonly variable: string | null
  /** The password of the address, which the other two replace. */
  readonly given: string | null
}

/** Reads a password. What is wrong is added to `problems`; the password itself is in no message. */
export async function readSecret(
  place: SecretPlace,
  env: Readonly<Record<string, string | undefined>>,
  problems: Problem[],
): Promise<string | null> {
  const { path, keys, file, variable, given } = place
  if (variable !== null) {
    const value = env[variable]
    if (value) return value
    problems.push({
      path: `${path}.${keys.variable}`,
      line: null,
      message: `the variable ${variable} is not set`,
    })
    return null
  }
  if (file === null) return given
  const text = await firstLine(file)
  if (text) return text
  const message = text === null ? `${file} cannot be read` : `${file} holds no password in its first line`
  problems.push({ path: `${path}.${keys.file}`, line: null, message })
  return null
}

async function firstLine(path: string): Promise<string | null> {
  try {
    return (await readNamed(path, most)).toString().split(/\r?\n/)[0] ?? ''
  } catch {
    return null
  }
}
