import { DefsError, isDefsError } from '../error.ts'
import { exitCodeOf } from './exit-code.ts'
import type { Invocation } from './invocation.ts'
import type { CommandResult, Line } from './output.ts'
import type { Session } from './session.ts'

/** Commands that tell of all families when none is named; those that change one store ask for it. */
const ofAll = new Set([
  ...['update', 'check', 'status', 'list', 'verify', 'history', 'report', 'doctor', 'schedule', 'license'],
  ...['sources', 'sources list', 'search', 'prestart', 'config show', 'metrics'],
])

/** The gravest first: what asks for somebody, then what passes by itself, then news. */
const gravity: readonly number[] = [1, 130, 2, 13, 14, 7, 5, 4, 6, 12, 8, 3, 9, 11, 10, 100, 0]

/**
 * Runs a command, in turn for each family where the configuration has several and none was named; the daemon looks after
 * all of them at a time. One that fails holds no other back; the gravest exit code is that of the whole.
 */
export async function runForFamilies(invocation: Invocation, session: Session): Promise<CommandResult> {
  const { command, globals } = invocation
  const together = command === 'daemon'
  if (globals.family !== null || !(together || ofAll.has(command))) return invocation.run(session)
  const families = await session.families()
  if (families.length < 2) return invocation.run(session)
  const runs = families.map((family, index) => async (): Promise<readonly [string, CommandResult]> => {
    const own = session.forFamily(family)
    const result = invocation.run(together && index > 0 ? withoutListening(own) : own)
    return [family, await result.catch((error: unknown) => failed(error, session))]
  })
  const results: (readonly [string, CommandResult])[] = []
  if (together) results.push(...(await Promise.all(runs.map((run) => run()))))
  else for (const run of runs) results.push(await run())
  return command === 'metrics' ? merged(results) : joined(results)
}

// One process, one address to be asked at.
function withoutListening(session: Session): Session {
  return {
    ...session,
    async load(loading) {
      const loaded = await session.load(loading)
      return { ...loaded, config: { ...loaded.config, daemon: { ...loaded.config.daemon, listen: null } } }
    },
  }
}

type Results = readonly (readonly [family: string, result: CommandResult])[]

function joined(results: Results): CommandResult {
  const worst = [...results].toSorted(([, one], [, other]) => rank(one) - rank(other))[0]?.[1]
  const verdict = worst?.json['verdict']
  return {
    exitCode: worst?.exitCode ?? 0,
    json: {
      ...(verdict === undefined ? {} : { verdict }),
      families: Object.fromEntries(results.map(([family, result]) => [family, jsonOf(result)])),
    },
    lines: results.flatMap(([family, { lines, error }]): Line[] => [
      { text: `${family}:`, tone: 'title' },
      ...lines,
      ...(error ? [{ text: `${error.message} [${error.code}]`, tone: 'bad' } as const] : []),
    ]),
    ...(worst?.error ? { error: worst.error } : {}),
  }
}

/** One exposition of all families: each sample with the label `family`, each metric explained once. */
function merged(results: Results): CommandResult {
  const metrics = new Map<string, string[]>()
  for (const [family, { lines }] of results) {
    for (const line of lines) {
      const text = typeof line === 'string' ? line : line.text
      const [, about] = /^# (?:HELP|TYPE) (\S+)/.exec(text) ?? []
      const name = about ?? /^[A-Za-z_:][A-Za-z0-9_:]*/.exec(text)?.[0] ?? ''
      const sample = about === undefined ? labelled(text, family) : text
      const known = metrics.get(name) ?? []
      if (about === undefined || !known.includes(sample)) metrics.set(name, [...known, sample])
    }
  }
  const all = [...metrics.values()].flat()
  const { exitCode, error } = joined(results)
  return { exitCode, json: { metrics: `${all.join('\n')}\n` }, lines: all, ...(error ? { error } : {}) }
}

function labelled(sample: string, family: string): string {
  return sample.replace(/^([A-Za-z_:][A-Za-z0-9_:]*)(?:\{(.*)\})? /, (_, name: string, labels?: string) => {
    return `${name}{family="${family}"${labels ? `,${labels}` : ''}} `
  })
}

function failed(error: unknown, { context }: Session): CommandResult {
  // A signal is meant for all of them.
  if (!isDefsError(error) || context.signal.aborted) throw error
  return { exitCode: exitCodeOf[error.code], json: {}, lines: [], error }
}

function rank({ exitCode }: CommandResult): number {
  return gravity.indexOf(exitCode)
}

function jsonOf({ exitCode, json, error }: CommandResult) {
  const told = error instanceof DefsError ? { error: { code: error.code, message: error.message } } : {}
  return { ok: exitCode === 0 || exitCode === 100, exitCode, ...json, ...told }
}
