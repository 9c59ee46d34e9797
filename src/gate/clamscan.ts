import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Context } from '../context.ts'
import { limits } from '../limits.ts'
import { type Bounds, runBounded } from './run-bounded.ts'

/** What the engine made of a set and some files. */
export type Scan =
  | {
      readonly state: 'scanned'
      /** Signature by file. */
      readonly found: ReadonlyMap<string, string>
      /** What it says of files of the set that it did not load. */
      readonly unloaded: readonly string[]
    }
  /** Exit status 2 or none of its own: a set that cannot be loaded, or an engine that cannot work. */
  | { readonly state: 'broken'; readonly why: string }
  | { readonly state: 'undecided'; readonly why: string }

/**
 * Loads a set into `clamscan` and scans files with it, in one run: loading is what takes its time.
 * @param files absolute paths, readable, without line breaks
 * @throws INTERRUPTED
 */
export async function clamscan(
  program: string,
  directory: string,
  files: readonly string[],
  bounds: Bounds,
  context: Context,
): Promise<Scan> {
  const list = join(bounds.cwd, 'files')
  await writeFile(list, files.map((file) => `${file}\n`).join(''))
  const argv = [
    program,
    '-d',
    directory,
    '--no-summary',
    '--infected',
    '--detect-pua=yes',
    `--file-list=${list}`,
  ]
  const trial = await runBounded(argv, bounds, context)
  if ('undecided' in trial) return { state: 'undecided', why: trial.undecided }
  const { status, output, stdout } = trial
  if (status !== 0 && status !== 1) {
    return { state: 'broken', why: `'${program}' ended with ${status ?? 'a signal'}: ${output}` }
  }
  const found = readFound(stdout, files)
  // What cannot be read in full must not pass for clean.
  if (found === null || Buffer.byteLength(stdout) > limits.gateOutput || (status === 1) !== found.size > 0) {
    return { state: 'undecided', why: `what '${program}' printed is not understood: ${output}` }
  }
  return { state: 'scanned', found, unloaded: passedOverIn(output) }
}

const ending = ' FOUND'

/**
 * The signature by file; null when a line is of no file that was scanned. A line is told apart by the files, never by its
 * form: a signature may have a colon and a blank in its name, and the file would pass for clean.
 */
function readFound(stdout: string, files: readonly string[]): ReadonlyMap<string, string> | null {
  const scanned = new Set(files)
  const longest = Math.max(0, ...files.map((file) => file.length))
  const found = new Map<string, string>()
  for (const line of stdout.split(/\r?\n/)) {
    if (!line.endsWith(ending)) continue
    let colon = line.indexOf(': ')
    while (colon >= 0 && colon <= longest && !scanned.has(line.slice(0, colon)))
      colon = line.indexOf(': ', colon + 1)
    if (colon < 0 || colon > longest) return null
    found.set(line.slice(0, colon), line.slice(colon + 2, -ending.length))
  }
  return found
}

/**
 * What clamscan 0.103 to 1.4 say of a file, or of rules in it, that they pass over while they go on: their status does not
 * tell. Of two YARA rules of one name the second costs all behind it in its file, which are counted as loaded.
 */
const patterns: readonly RegExp[] = [
  /failed to (parse|load)\b/i,
  /successfully loaded 0 rules/i,
  /yara.*(error|duplicate|undefined)/i,
  /only loading signed bytecode/i,
  /unknown extension/i,
  /malformed/i,
  /can't load/i,
  /problem parsing/i,
]

/** The lines of the engine's output that tell of something it did not load, each once. */
export function passedOverIn(output: string): string[] {
  const lines = output.split(/\r?\n/).filter((line) => /^(LibClamAV|ERROR|WARNING)/i.test(line))
  return [...new Set(lines.filter((line) => patterns.some((pattern) => pattern.test(line))))]
}
