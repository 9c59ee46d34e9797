import { delimiter } from 'node:path'
import { options } from './options/main.ts'
import type { Option } from './options/option.ts'
import { didYouMean } from './problem.ts'

/** The environment variable of a key path: `store.root` is `DEFS_STORE_ROOT`, `maxAge` is `DEFS_MAX_AGE`. */
export function variableOf(path: string): string {
  return `DEFS_${path
    .replaceAll('.', '_')
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toUpperCase()}`
}

/** Whether the option can be set by a variable: all but tables, and arguments, which have no safe separator. */
export function hasVariable(path: string, option: Option): boolean {
  return (
    option.type !== 'tables' && option.type !== 'labels' && path !== 'scanner.argv' && path !== 'gate.command'
  )
}

/** What a variable's text means: lists are separated by a comma or, for paths, by the system's path separator. */
export function splitVariable(text: string, option: Option): string | readonly string[] {
  if (!['texts', 'paths', 'choices', 'addresses'].includes(option.type)) return text
  // A colon is the path separator here, but also part of every address.
  const separator = option.type === 'paths' ? new RegExp(`[,${delimiter}]`) : /,/
  return text
    .split(separator)
    .map((part) => part.trim())
    .filter((part) => part !== '')
}

/** A warning for each `DEFS_*` variable that means nothing: most likely a misspelt one. */
export function unknownVariables(
  env: Readonly<Record<string, string | undefined>>,
  passwordVariables: readonly (string | null)[],
): string[] {
  const given = Object.keys(env).filter((name) => name.startsWith('DEFS_'))
  if (given.length === 0) return []
  const rows: [string, Option][] = Object.entries(options)
  const known = rows.filter(([path, option]) => hasVariable(path, option)).map(([path]) => variableOf(path))
  known.push('DEFS_CONFIG', 'DEFS_KEYS_PASSPHRASE')
  return given
    .filter((name) => !known.includes(name) && !passwordVariables.includes(name))
    .map((name) => `the variable ${name} is not known and was passed over${didYouMean(name, known)}`)
}
