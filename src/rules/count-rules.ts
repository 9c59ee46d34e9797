import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Opened } from '../archive/opened.ts'
import { DefsError, storeError } from '../error.ts'
import { limits } from '../limits.ts'
import { stopIfAborted } from '../thread/lanes.ts'
import { activeRule, leadsOn, yaraRules } from './named-rules.ts'

/** How the rules of a pack are found and counted. */
export interface Counting {
  /** Patterns of the files that hold rules. */
  readonly rules: readonly string[]
  readonly style: 'auto' | 'suricata' | 'yara' | 'lines'
}

/** What was found. */
export interface RuleCount {
  readonly files: number
  /** Rules that an engine would load: what is commented out is none. */
  readonly active: number
}

const styles = { suricata: countSuricata, yara: countYara, lines: countLines }

/**
 * Counts the active rules of an opened pack.
 * @throws ARCHIVE_BOMB_TOTAL for a file that is too large to be rules; STORE_*; INTERRUPTED
 */
export async function countRules(
  { directory, files }: Pick<Opened, 'directory' | 'files'>,
  { rules, style }: Counting,
  signal: AbortSignal,
): Promise<RuleCount> {
  const found = files.filter(({ name }) => rules.some((pattern) => matches(pattern, name)))
  let active = 0
  for (const { name, bytes } of found) {
    stopIfAborted(signal, 'reading a package')
    if (bytes > limits.ruleFile)
      throw new DefsError('ARCHIVE_BOMB_TOTAL', `'${name}' is too large for a file of rules: it is refused`, {
        path: name,
      })
    active += styles[style === 'auto' ? styleOf(name) : style](await readText(join(directory, name)))
  }
  return { files: found.length, active }
}

/** How many rules of one file an engine would load, which its name tells. */
export function countActive(name: string, text: string): number {
  return styles[styleOf(name)](text)
}

function styleOf(name: string): keyof typeof styles {
  if (/\.yara?$/i.test(name)) return 'yara'
  return /\.rules$/i.test(name) ? 'suricata' : 'lines'
}

// What is looked for is ASCII; every byte is a letter in Latin-1, so nothing is lost or refused.
async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'latin1')
  } catch (error) {
    throw storeError(error, `reading ${path}`)
  }
}

/** How many rules of Suricata or Snort are active: one begins with its action, and a `\` takes it to the next line. */
export function countSuricata(text: string): number {
  let rules = 0
  let continued = false
  for (const line of text.split('\n')) {
    if (!continued && activeRule.test(line)) rules += 1
    continued = continued ? line.trimEnd().endsWith('\\') : leadsOn(line)
  }
  return rules
}

/** How many lines there are that are neither blank nor begin with `#`. */
export function countLines(text: string): number {
  return linesOf(text).filter((line) => line !== '' && !line.startsWith('#')).length
}

function linesOf(text: string): string[] {
  return text.split('\n').map((line) => line.trim())
}

/** How many rules a YARA text declares, those in comments and in strings left out. */
export function countYara(text: string): number {
  return [...yaraRules(text)].length
}

/**
 * Whether a path is among the files that a pattern stands for: `*` and `?` within one name, `**` for any folders. A
 * pattern without `/` counts in every folder.
 */
export function matches(pattern: string, path: string): boolean {
  const whole = pattern.includes('/') ? pattern : `**/${pattern}`
  const source = whole.replace(/\*\*\/|\*\*|[\s\S]/g, (part) => {
    if (part === '**/') return '(?:.*/)?'
    if (part === '**') return '.*'
    if (part === '*') return '[^/]*'
    if (part === '?') return '[^/]'
    return part.replace(/[\\^$.|+()[\]{}]/, '\\$&')
  })
  return new RegExp(`^${source}$`, 's').test(path)
}
