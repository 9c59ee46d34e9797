import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { SetName } from '../set-id.ts'
import type { Check, Flaw } from './flaw.ts'
import { isLeftover, kindAt, removeFolder, renameDurably } from './folder.ts'
import { peekRecord } from './json-record.ts'
import { readPointer } from './pointer.ts'
import { holdRecords } from './records.ts'
import { isComplete, listSets, setDirectory, setOfFolder } from './sets.ts'
import type { Store } from './store.ts'
import { consumersOf } from './usage-file.ts'

/** A named set whose folder is missing while a whole one waits in the workspace where stage.ts was cut short. */
export const unfinishedSets: Check = async (store) => {
  const flaws: Flaw[] = []
  for (const set of await namedSets(store)) {
    const directory = setDirectory(store, set)
    if ((await kindAt(directory)) !== 'nothing') continue
    const whole = await findWhole(store, set)
    if (whole === null) continue
    flaws.push({
      code: 'set-unfinished',
      path: directory,
      message: `${set} was being replaced when a run was cut short`,
      cure: `moved in from ${whole}`,
      mend: () => renameDurably(whole, directory),
    })
  }
  return flaws
}

/** Dated folders that are not whole and that nobody names: no run of ours leaves one, but copying by hand may. */
export const incompleteSets: Check = async (store) => {
  const named = await namedSets(store)
  const flaws: Flaw[] = []
  for (const set of await listSets(store)) {
    const directory = setDirectory(store, set)
    if (named.has(set) || (await isComplete(directory))) continue
    flaws.push({
      code: 'set-incomplete',
      path: directory,
      message: `${set} is not whole and nothing uses it`,
      cure: 'removed',
      mend: () => removeFolder(directory),
    })
  }
  return flaws
}

/** Sets that are not whole although something names them: what uses them decides, not we. */
export const wholenessOfNamed: Check = async (store) => {
  const { current } = await readPointer(store)
  const flaws: Flaw[] = []
  for (const set of await namedSets(store)) {
    const directory = setDirectory(store, set)
    // The current one is the pointer's flaw, a missing one that of whoever names it.
    if (set === current || (await kindAt(directory)) === 'nothing' || (await isComplete(directory))) continue
    flaws.push({
      code: 'set-incomplete',
      path: directory,
      message: `${set} lacks v.grd, v.sig or zdone.dat but is named as previous, in use or held`,
      cure: null,
      mend: null,
    })
  }
  return flaws
}

/** Sets that `definfo.dat`, `usage.dat` or a hold names. */
async function namedSets(store: Store): Promise<ReadonlySet<SetName>> {
  const { current, previous } = await readPointer(store)
  const used = [...(await consumersOf(store)).keys()].map(setOfFolder)
  const held = (await peekRecord(store, holdRecords)).map((hold) => hold.set)
  return new Set([current, previous, ...used, ...held].flatMap((set) => set ?? []))
}

/** The new set, ready in its workspace; else the old one that made way for it. */
async function findWhole(store: Store, set: SetName): Promise<string | null> {
  const workspaces = (await readdir(store.virusDefs)).filter(isLeftover)
  const places = [set, `${set}.old`].flatMap((name) =>
    workspaces.map((workspace) => join(store.virusDefs, workspace, name)),
  )
  for (const place of places) if (await isComplete(place)) return place
  return null
}
