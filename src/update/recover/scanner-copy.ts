import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { openPackage } from '../../archive/open.ts'
import { describeError, isDefsError } from '../../error.ts'
import { makeWorkspace, setOfFolder } from '../../hawking/sets.ts'
import { type Staged, stage } from '../../hawking/stage.ts'
import { peekProvenance, readBars, writeProvenance } from '../../hawking/state.ts'
import { scannerInForce } from '../../scanner/in-force.ts'
import type { SetName } from '../../set-name.ts'
import { authenticate } from '../../trust/authenticate.ts'
import { isOfFamily } from '../family.ts'
import { openOptions, type Run, trustOnDisk } from '../run.ts'
import { inspectSet } from './inspect.ts'
import { candidatesBelow } from './take-back.ts'

/** A good set in the folder that a CSAPI scanner works with. */
export interface ScannerCopy {
  readonly set: SetName
  readonly directory: string
}

/**
 * The best good set that a CSAPI scanner has of its own: the one that was current first, then as the failure ladder
 * takes sets of the store. Proved where it lies; nothing is changed.
 * @returns null when the scanner keeps no copies, or none is good
 * @throws INTERRUPTED, STORE_*
 */
export async function findScannerCopy(pointed: SetName | null, run: Run): Promise<ScannerCopy | null> {
  const scanner = scannerInForce(run.config)
  if (scanner.kind !== 'csapi') return null
  const names = await readdir(scanner.path).catch(() => [])
  const sets = names.flatMap((name) => setOfFolder(name) ?? [])
  const barred = (await readBars(run.store)).map(({ set }) => set)
  const first = pointed !== null && sets.includes(pointed) && !barred.includes(pointed) ? [pointed] : []
  for (const set of new Set([...first, ...candidatesBelow(null, sets, barred)])) {
    const directory = join(scanner.path, set)
    const { proved } = await inspectSet(set, run, directory)
    if (proved && (await isOfFamily(proved, run))) return { set, directory }
  }
  return null
}

/**
 * Copies such a set back into the store, proves the copy anew and gives it its dated name; a bad set of that name goes
 * into quarantine. A store that has no room for it is told, and is no error: a download may still help.
 * @returns null when it could not be staged
 * @throws INTERRUPTED
 */
export async function restage({ set, directory }: ScannerCopy, run: Run): Promise<Staged | null> {
  const came = await peekProvenance(run.store, set)
  const pinned = await trustOnDisk(run.trust, run.store)
  const trust = { ...pinned, policy: { ...pinned.policy, allowFuture: true } }
  const claim = { set, sequence: came?.sequence ?? null, grade: came?.grade ?? ('rapid' as const) }
  try {
    const workspace = await makeWorkspace(run.store)
    try {
      const opened = await openPackage(directory, workspace.set, openOptions(run, set))
      const authentic = authenticate(opened, claim, trust)
      const staged = await stage(authentic, run.store, {
        group: run.config.store.group,
        context: run.context,
      })
      if (came) await writeProvenance(run.store, { ...came, stagedAt: run.context.now().toISOString() })
      return staged
    } finally {
      await workspace.remove()
    }
  } catch (error) {
    if (!isDefsError(error) || error.code === 'INTERRUPTED') throw error
    const text = `${directory} is good and could not be copied into the store: ${describeError(error)}`
    run.context.emit({ type: 'note', level: 'warning', text })
    return null
  }
}
