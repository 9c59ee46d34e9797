import { readFile } from 'node:fs/promises'
import { DefsError } from '../../error.ts'

/** Where a passphrase comes from; never from the command line, which everybody may read. */
export interface PassphrasePlace {
  readonly file: string | null
  /** Name of an environment variable. */
  readonly variable: string
}

/** Shorter ones are guessed. Characters. */
const least = 8

/**
 * The passphrase of the keys: the first line of the file, else the variable; null when neither is there.
 * @throws KEYS_LOCKED for a file that cannot be read, and for a passphrase of fewer than 8 characters
 */
export async function readPassphrase(
  { file, variable }: PassphrasePlace,
  env: Readonly<Record<string, string | undefined>>,
): Promise<string | null> {
  const given = file === null ? env[variable] : await firstLine(file)
  if (given === undefined || (given === '' && file === null)) return null
  if (given.length >= least) return given
  const where = file ?? `the variable ${variable}`
  throw new DefsError('KEYS_LOCKED', `the passphrase in ${where} has fewer than ${least} characters`)
}

async function firstLine(path: string): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).split(/\r?\n/)[0] ?? ''
  } catch (cause) {
    const message = `cannot read the passphrase from ${path}: check publish.passphraseFile`
    throw new DefsError('KEYS_LOCKED', message, { path, cause })
  }
}
