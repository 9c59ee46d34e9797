import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { temporaryFolder } from '../../disk/atomic-file.ts'
import type { DefsError } from '../../error.ts'
import { engineFinding } from '../../gate/gate.ts'
import { setDirectory } from '../../hawking/sets.ts'
import type { Active } from '../../hawking/stage.ts'
import { peekProvenance } from '../../hawking/state.ts'
import type { Run } from '../run.ts'

// How engines speak of a file that they cannot read.
const malformed =
  /malformed|corrupt|damaged|invalid|syntax error|pars(e|ing) error|(cannot|can't|failed to|unable to) (load|parse|read)/i

/**
 * Whether a set is to blame for a scanner that did not take it: the engine of the gate refuses it as well, or the
 * scanner named one of its files as malformed. Silence and a lack of memory blame nobody.
 * @throws INTERRUPTED
 */
export async function isToBlame(active: Active, why: DefsError, run: Run): Promise<boolean> {
  if (malformed.test(why.message) && (await namesFile(active.directory, why.message))) return true
  if (run.config.scanner.kind !== 'clamd') return false
  const before = active.previous === null ? null : setDirectory(run.store, active.previous)
  const scratch = temporaryFolder(run.store.virusDefs)
  await mkdir(scratch, { mode: 0o700 })
  try {
    const grade = (await peekProvenance(run.store, active.set))?.grade ?? 'rapid'
    const current =
      active.previous === null || before === null ? null : { set: active.previous, directory: before }
    const { set, directory } = active
    const candidate = { set, directory, grade, current, earlier: null, scratch: join(scratch, 'gate') }
    return (await engineFinding(candidate, run.config, run.context))?.outcome === 'failed'
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

async function namesFile(directory: string, text: string): Promise<boolean> {
  const names = await readdir(directory).catch((): string[] => [])
  return names.some((name) => text.includes(name))
}
