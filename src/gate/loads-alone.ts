import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Context } from '../context.ts'
import { passedOverIn } from './clamscan.ts'
import { engineInForce, type GateConfig } from './gate.ts'
import { type Bounds, runBounded } from './run-bounded.ts'

/**
 * Why the engine does not load one file of signatures; null when it does, when there is no engine, or when it does not
 * load what it is known to load either.
 * @param scratch a folder of the run
 * @throws INTERRUPTED
 */
export async function loadsAlone(
  file: string,
  scratch: string,
  config: GateConfig,
  context: Context,
): Promise<string | null> {
  const program = await engineInForce(config)
  if (!program) return null
  const { timeout, memory } = config.gate
  await mkdir(scratch, { recursive: true, mode: 0o700 })
  const bounds = { cwd: scratch, timeout, memory }
  const why = await load(program, file, bounds, context)
  if (why === null) return null
  const known = join(scratch, 'known.hdb')
  await writeFile(known, `${'0'.repeat(32)}:1:Defs.Nothing\n`)
  return (await load(program, known, bounds, context)) === null ? why : null
}

/** Lists whose lines ClamAV counts as signatures; exceptions and rules of YARA are none to it. */
const counted = /\.(?:cdb|db|gdb|h[ds][bu]|imp|ld[bu]|m[ds][bu]|nd[bu]|pdb|sdb)$/i

async function load(program: string, file: string, bounds: Bounds, context: Context): Promise<string | null> {
  const probe = join(bounds.cwd, 'part-probe')
  await writeFile(probe, 'A few harmless words, to have something to scan.\n')
  // Lists of possibly unwanted programs are opened with this option only.
  const argv = [program, '-d', file, '--detect-pua=yes', '--infected', probe]
  const trial = await runBounded(argv, bounds, context)
  if ('undecided' in trial) return null
  const [line] = passedOverIn(`${trial.output}\n${trial.stdout}`)
  if (line !== undefined) return `the engine does not load it: ${line.trim().slice(0, 200)}`
  if (trial.status !== 0 && trial.status !== 1)
    return `the engine does not load it: ${trial.output.slice(0, 200)}`
  // What names other versions of the engine only is passed over in silence.
  return counted.test(file) && /^Known viruses: 0$/m.test(trial.stdout)
    ? 'the engine takes none of its signatures: they are for other versions of it'
    : null
}
