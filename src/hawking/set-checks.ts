import { chmod, lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { isLeftover, isMissing, kindAt, removeFolder, renameDurably } from '../disk/atomic-file.ts'
import type { SetName } from '../set-name.ts'
import type { Check, Flaw } from './flaw.ts'
import { readPointer } from './pointer.ts'
import { peekRecord } from './record-file.ts'
import { holdRecords } from './records.ts'
import { isComplete, listSets, setDirectory, setOfFolder } from './sets.ts'
import type { Store } from './store.ts'
import { consumersOf, listConsumer } from './usage.ts'

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

/**
 * Other products whose line in `usage.dat` stands under a set that is not on disk, or under several: their service
 * does not start any more (TECH84196). The vendor's cure is to move the line to the newest set. It is not our
 * line, so no run does that by itself.
 */
export const foreignUsage: Check = async (store, { name: own }) => {
  const sections = new Map<string, string[]>()
  for (const [section, consumers] of await consumersOf(store)) {
    for (const consumer of consumers) {
      if (consumer.toLowerCase() === own.toLowerCase()) continue
      sections.set(consumer, [...(sections.get(consumer) ?? []), section])
    }
  }
  const { current } = await readPointer(store)
  const target = current !== null && (await isComplete(setDirectory(store, current))) ? current : null
  const flaws: Flaw[] = []
  for (const [consumer, listed] of sections) {
    const missing = await missingOf(listed, store)
    if (missing.length === 0 && listed.length === 1) continue
    const what = missing.length === 0 ? '' : `, of which ${missing.join(', ')} is not on disk`
    flaws.push({
      code: 'usage-dangling',
      path: store.usage,
      message: `${consumer}, another product, is listed under ${listed.join(', ')} in usage.dat${what}`,
      cure: `its line was moved to ${target}: restart its service`,
      mend: target === null ? null : () => listConsumer(store, consumer, target),
    })
  }
  return flaws
}

async function missingOf(sections: readonly string[], store: Store): Promise<string[]> {
  const missing: string[] = []
  for (const section of sections) {
    const set = setOfFolder(section)
    if (!set || !(await isComplete(setDirectory(store, set)))) missing.push(section)
  }
  return missing
}

const othersWrite = 0o002
const groupOrOthersWrite = 0o022
const othersAny = 0o007

/**
 * What others could change: files of a set that group or others may write, folders of the store that others may
 * write, and a `state/` that others may enter. Modes mean nothing on Windows.
 */
export const widePermissions: Check = async (store) => {
  if (process.platform === 'win32') return []
  const flaws = await Promise.all([
    widerThan(store.root, othersWrite),
    widerThan(store.virusDefs, othersWrite),
    widerThan(store.state, othersAny),
    widerThan(store.definfo, groupOrOthersWrite),
    widerThan(store.usage, groupOrOthersWrite),
    // Monitors of other users believe what it says.
    widerThan(join(store.root, 'status.json'), groupOrOthersWrite),
  ])
  const found = flaws.flat()
  for (const set of await listSets(store)) {
    const directory = setDirectory(store, set)
    const entries = await readdir(directory, { withFileTypes: true, recursive: true })
    const paths = entries.map((entry) => join(entry.parentPath, entry.name))
    for (const path of [directory, ...paths]) found.push(...(await widerThan(path, groupOrOthersWrite)))
  }
  return found
}

async function widerThan(path: string, forbidden: number): Promise<Flaw[]> {
  const status = await lstat(path).catch((error: unknown) => {
    if (isMissing(error)) return null
    throw error
  })
  // The mode of a link means nothing; changing it would change what it points to.
  if (!status || status.isSymbolicLink() || (status.mode & forbidden) === 0) return []
  const mode = status.mode & 0o7777
  return [
    {
      code: 'permission-wide',
      path,
      message: `${path} has mode ${mode.toString(8)}: others than its owner may change it`,
      cure: `mode ${(mode & ~forbidden).toString(8)} now; 'defs verify' tells whether anybody did`,
      mend: () => chmod(path, mode & ~forbidden),
    },
  ]
}
