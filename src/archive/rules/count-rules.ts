import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DefsError, storeError } from '../../error.ts'
import { limits } from '../../limits.ts'
import { stopIfAborted } from '../../thread/stop-if-aborted.ts'
import type { Opened } from '../opened.ts'
import { countLines, countSuricata } from './count-lines.ts'
import { countYara } from './count-yara.ts'
import { matches } from './pattern.ts'

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
