/** The options of every command. */
export interface GlobalOptions {
  readonly config: string | null
  /** Null for all of them, or the only one. */
  readonly family: string | null
  readonly json: boolean
  readonly quiet: boolean
  readonly verbose: boolean
  /** False with `--no-color`. */
  readonly color: boolean
}

/**
 * The same, guessed from arguments that could not be read, so that a usage error is printed the way its caller
 * can read it.
 */
export function guessGlobals(argv: readonly string[]): GlobalOptions {
  const end = argv.indexOf('--')
  const own = end < 0 ? argv : argv.slice(0, end)
  const has = (name: string) => own.includes(name)
  return {
    config: null,
    family: null,
    json: has('--json'),
    quiet: has('--quiet'),
    verbose: has('--verbose'),
    color: !has('--no-color'),
  }
}

/** Chalk's level for a stream: `--no-color` and `NO_COLOR` take colours away, `FORCE_COLOR` gives them. */
export function colorLevel(
  globals: GlobalOptions,
  env: Readonly<Record<string, string | undefined>>,
  terminal: boolean,
): 0 | 1 {
  if (!globals.color || globals.json) return 0
  if (env['NO_COLOR']) return 0
  const force = env['FORCE_COLOR']
  if (force !== undefined) return force === '0' || force === 'false' ? 0 : 1
  return terminal && env['TERM'] !== 'dumb' ? 1 : 0
}
