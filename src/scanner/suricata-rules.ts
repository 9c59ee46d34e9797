import { readdir, readFile, realpath } from 'node:fs/promises'
import { isAbsolute, join, resolve, sep } from 'node:path'
import { describeError } from '../error.ts'
import { limits } from '../limits.ts'
import { countSuricata } from '../rules/count-rules.ts'
import { engineOf } from '../rules/named-rules.ts'
import { type AskSuricata, withSuricata } from './suricata-session.ts'

/** What Suricata shows of its rules. */
export interface LoadedRules {
  /** Rules that were taken at the last load, from all its files. */
  readonly loaded: number
  /** Rules that it refused then. */
  readonly failed: number
  /** Rules that it passed over because it does not have what their `requires` names; 0 where it does not tell. */
  readonly skipped: number
  /** The first of those refused, `file:line`. */
  readonly refused: readonly string[]
  /** When that load ended; milliseconds of the epoch. */
  readonly at: number
  /** The patterns of its files, absolute; null when it does not tell. Those given by `-S` on its command line are none. */
  readonly files: readonly string[] | null
}

/**
 * Asks Suricata what it loaded. It says `done` to a reload in any case: also when files are missing or every rule was
 * refused, after which it works with what is left, with no rules if need be. So what counts is what it counts.
 * @throws as {@link withSuricata}
 */
export function askLoaded(
  socket: string,
  timeout: number = limits.suricataAnswer,
  signal?: AbortSignal,
): Promise<LoadedRules> {
  return withSuricata(socket, signal ? { timeout, signal } : { timeout }, readLoaded)
}

/** {@link askLoaded} within a conversation. */
export async function readLoaded(ask: AskSuricata): Promise<LoadedRules> {
  const stats = firstOf((await ask({ command: 'ruleset-stats' })).message)
  const time = firstOf((await ask({ command: 'ruleset-reload-time' })).message)
  const loaded = numberOf(stats.rules_loaded)
  const failed = numberOf(stats.rules_failed)
  const at = Date.parse(String(time.last_reload).replace(/(\.\d{3})\d*([+-]\d\d):?(\d\d)$/, '$1$2:$3'))
  if (loaded === null || failed === null || Number.isNaN(at))
    throw new Error('suricata does not tell what it loaded (ruleset-stats, ruleset-reload-time)')
  const refused = failed === 0 ? [] : placesOf((await ask({ command: 'ruleset-failed-rules' })).message)
  const skipped = numberOf(stats.rules_skipped) ?? 0
  return { loaded, failed, skipped, refused, at, files: await filesOf(ask) }
}

interface Entry {
  readonly rules_loaded?: unknown
  readonly rules_failed?: unknown
  readonly rules_skipped?: unknown
  readonly last_reload?: unknown
  readonly filename?: unknown
  readonly line?: unknown
}

/** The first entry: that of the default tenant. */
function firstOf(message: unknown): Entry {
  const [first]: unknown[] = Array.isArray(message) ? message : []
  return typeof first === 'object' && first !== null ? { ...first } : {}
}

function numberOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : null
}

function placesOf(message: unknown): string[] {
  const rules: unknown[] = Array.isArray(message) ? message : []
  return rules.map((rule) => {
    const { filename, line } = firstOf([rule])
    return `${String(filename).slice(0, limits.suricataPath)}:${String(line).slice(0, 20)}`
  })
}

async function filesOf(ask: AskSuricata): Promise<string[] | null> {
  const text = async (name: string) => {
    const { ok, message } = await ask({ command: 'conf-get', arguments: { variable: name } })
    return ok && typeof message === 'string' && message.length <= limits.suricataPath ? message : null
  }
  const folder = await text('default-rule-path')
  const files: string[] = []
  for (let index = 0; index < limits.suricataFiles; index += 1) {
    const file = await text(`rule-files.${index}`)
    if (file === null) break
    files.push(isAbsolute(file) ? file : resolve(folder ?? '/etc/suricata/rules', file))
  }
  return files.length === 0 ? null : files
}

/** Whether any of these patterns lies in a folder, by whatever links. */
export async function readsFrom(files: readonly string[], directory: string): Promise<boolean> {
  const own = await realpath(directory)
  for (const pattern of files) {
    // The part that has no wildcard is a path.
    const names = pattern.split(sep)
    const wild = names.findIndex((name) => /[*?[]/.test(name))
    const fixed = (wild < 0 ? names : names.slice(0, wild)).join(sep)
    const real = await realpath(fixed).catch(() => null)
    if (real !== null && (real === own || real.startsWith(own + sep))) return true
  }
  return false
}

/** How many rules Suricata would load from a set. A set never changes, so it is counted once. */
export async function rulesIn(directory: string): Promise<number> {
  const real = await realpath(directory)
  const known = counted.get(real)
  if (known !== undefined) return known
  let rules = 0
  for (const entry of await readdir(real, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || engineOf(entry.name) !== 'suricata') continue
    rules += countSuricata(await readFile(join(entry.parentPath ?? entry.path, entry.name), 'latin1'))
  }
  if (counted.size > 8) counted.clear()
  counted.set(real, rules)
  return rules
}

const counted = new Map<string, number>()

/** What went wrong, for people; `nobody` when no one listens. */
export function failureOf(error: unknown): { readonly nobody: boolean; readonly text: string } {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return { nobody: code === 'ENOENT' || code === 'ECONNREFUSED', text: describeError(error) }
}
