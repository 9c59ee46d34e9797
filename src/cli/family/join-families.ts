import type { ProtectionVerdict } from '../../report/verdict.ts'
import { gravestVerdict, isHealthy } from '../../report/verdict.ts'
import type { CommandResult, Line } from '../output.ts'

/** What a command came to for each family, in the order of the configuration. */
export type Results = readonly (readonly [family: string, result: CommandResult])[]

/** What each of them prints as JSON. */
type Printed = readonly (readonly [family: string, object: Readonly<Record<string, unknown>>])[]

/** The gravest first: what asks for somebody, then what passes by itself, then news. */
const gravity: readonly number[] = [1, 130, 2, 13, 14, 7, 5, 4, 6, 12, 8, 3, 9, 11, 10, 100, 0]

/** The results of several families as one: all that was said, and the gravest exit code. */
export function joinResults(results: Results, printed: Printed): CommandResult {
  const rank = ([, { exitCode }]: Results[number]) => gravity.indexOf(exitCode)
  const [, worst] = [...results].toSorted((one, other) => rank(one) - rank(other))[0] ?? []
  return {
    exitCode: worst?.exitCode ?? 0,
    json: { families: Object.fromEntries(printed) },
    lines: linesOf(results),
    ...(worst?.error ? { error: worst.error } : {}),
  }
}

function linesOf(results: Results): Line[] {
  return results.flatMap(([family, { lines, error }]): Line[] => {
    const below = [...lines]
    if (error) below.push({ text: `${error.message} [${error.code}]`, tone: 'bad' })
    return below.length === 0 ? [] : [{ text: `${family}:`, tone: 'title' }, ...below]
  })
}

/**
 * The status of all families: one verdict, the gravest, in the first line, the exit code and the JSON
 * (docs/contract.md section 9); for a monitoring plugin one line in all.
 */
export function joinStatus(results: Results, printed: Printed): CommandResult {
  const told = results.flatMap(([family, result]) => {
    const verdict = result.json['verdict']
    return isVerdict(verdict) ? [{ family, result, verdict }] : []
  })
  const plugin = results.flatMap(([family, { json }]) =>
    typeof json['nagios'] === 'string' ? [{ family, line: json['nagios'] }] : [],
  )
  if (plugin.length > 0) return joinPlugin(results, plugin, printed)
  const verdict = gravestVerdict(told.map((one) => one.verdict))
  const gravest = told.find((one) => one.verdict === verdict)
  const joined = joinResults(results, printed)
  if (!gravest || verdict === null) return joined
  // One that could not even be looked at is worse than one that is not well.
  if (told.length < results.length) return { ...joined, json: { verdict, ...joined.json } }
  const { exitCode, error } = gravest.result
  const first = verdict.reasons[0]?.message
  const text = `${verdict.state}: ${gravest.family}${isHealthy(verdict) || first === undefined ? '' : `: ${first}`}`
  return {
    exitCode,
    json: { verdict, ...joined.json },
    lines: [{ text, tone: isHealthy(verdict) ? 'good' : 'bad' }, ...joined.lines],
    ...(error ? { error } : {}),
  }
}

function isVerdict(value: unknown): value is ProtectionVerdict {
  return typeof value === 'object' && value !== null && 'state' in value && 'reasons' in value
}

const levels = ['CRITICAL', 'WARNING', 'UNKNOWN', 'OK'] as const
const codes = { CRITICAL: 2, WARNING: 1, UNKNOWN: 3, OK: 0 } as const

/** `DEFS CRITICAL - one: ...; other: ... | 'one age'=...`: the level of the gravest family. */
function joinPlugin(
  results: Results,
  plugin: readonly { readonly family: string; readonly line: string }[],
  printed: Printed,
): CommandResult {
  const parts = plugin.map(({ family, line }) => {
    const [, level, text = '', performance = ''] = /^DEFS ([A-Z]+) - (.*?)(?: \| (.*))?$/.exec(line) ?? []
    return { family, level, text, performance: performance.replace(/^(\w+)=/, `'${family} $1'=`) }
  })
  const level = levels.find((one) => parts.some((part) => part.level === one)) ?? 'UNKNOWN'
  const graver = parts.toSorted((one, other) => rankOf(one.level) - rankOf(other.level))
  const text = graver.map((part) => `${part.family}: ${part.text}`).join('; ')
  const measured = parts.map(({ performance }) => performance).filter((one) => one !== '')
  const line = `DEFS ${level} - ${text}${measured.length === 0 ? '' : ` | ${measured.join(' ')}`}`
  const verdicts = results.map(([, { json }]) => json['verdict']).filter(isVerdict)
  const verdict = gravestVerdict(verdicts)
  const json = {
    ...(verdict === null ? {} : { verdict }),
    families: Object.fromEntries(printed),
    nagios: line,
  }
  return { exitCode: codes[level], json, lines: [line] }
}

function rankOf(level: string | undefined): number {
  const order: readonly string[] = levels
  return order.indexOf(level ?? '')
}

/** One exposition of all families, each metric explained once; their samples say which family they are of. */
export function joinMetrics(results: Results): CommandResult {
  const metrics = new Map<string, string[]>()
  for (const [, { lines }] of results) {
    for (const line of lines) {
      const text = typeof line === 'string' ? line : line.text
      const [, about] = /^# (?:HELP|TYPE) (\S+)/.exec(text) ?? []
      const name = about ?? /^[A-Za-z_:][A-Za-z0-9_:]*/.exec(text)?.[0] ?? ''
      const known = metrics.get(name) ?? []
      if (about === undefined || !known.includes(text)) metrics.set(name, [...known, text])
    }
  }
  const all = [...metrics.values()].flat()
  const { exitCode, error } = joinResults(results, [])
  return { exitCode, json: { metrics: `${all.join('\n')}\n` }, lines: all, ...(error ? { error } : {}) }
}
