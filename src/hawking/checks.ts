import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { isMissing, kindAt } from '../disk/atomic-file.ts'
import { followWithLink, linkIsPossible, readCurrentLink } from './current-link.ts'
import type { Check, Flaw } from './flaw.ts'
import { exceptionRecords } from './line/exceptions.ts'
import { confirmingRecord, noticeRecords } from './notices.ts'
import { readPointer, writePointer } from './pointer.ts'
import { isDamaged, type RecordFile, readRecord } from './record-file.ts'
import {
  attemptRecord,
  barRecords,
  holdRecords,
  inUseRecord,
  linkRecord,
  provenanceRecord,
  sourceRecords,
} from './records.ts'
import { isComplete, listSets, setDirectory, setOfFolder } from './sets.ts'
import type { Store } from './store.ts'
import { consumersOf, listConsumer } from './usage.ts'

/** `definfo.dat` must name sets that are there. Which other set to take is not hawking's to choose. */
export const pointerFlaws: Check = async (store) => {
  const { state, current, previous } = await readPointer(store)
  if (current === null) {
    const empty = (await listSets(store)).length === 0
    if (empty && state === 'absent') return []
    const message = `${store.definfo} is ${state} and tells of no current set`
    return [{ code: 'pointer-damaged', path: store.definfo, message, cure: null, mend: null }]
  }
  const flaws: Flaw[] = []
  if (!(await isComplete(setDirectory(store, current)))) {
    const message = `${store.definfo} names ${current}, which is not whole on disk`
    flaws.push({ code: 'pointer-dangling', path: store.definfo, message, cure: null, mend: null })
  }
  if (previous !== null && (await kindAt(setDirectory(store, previous))) === 'nothing') {
    flaws.push({
      code: 'previous-dangling',
      path: store.definfo,
      message: `LastDefs names ${previous}, which is not on disk`,
      cure: 'dropped',
      mend: () => writePointer(store, current, null),
    })
  }
  return flaws
}

/** Our product must be listed under the current set and no other, or its service does not start (TECH84196). */
export const usageFlaws: Check = async (store, { name }) => {
  const { current } = await readPointer(store)
  if (current === null || !(await isComplete(setDirectory(store, current)))) return []
  const sections = [...(await consumersOf(store))]
    .filter(([, consumers]) => consumers.some((consumer) => consumer.toLowerCase() === name.toLowerCase()))
    .map(([section]) => section)
  if (sections.length === 1 && sections[0] === current) return []
  return [
    {
      code: 'usage-behind',
      path: store.usage,
      message: `${name} is listed under ${sections.join(', ') || 'no set'} in usage.dat`,
      cure: `moved to ${current}`,
      mend: () => listConsumer(store, name, current),
    },
  ]
}

/** `current` follows `definfo.dat`. A folder or file in its place is somebody's and stays. */
export const linkFlaws: Check = async (store) => {
  const { current } = await readPointer(store)
  if (current === null || !(await isComplete(setDirectory(store, current)))) return []
  const target = await readCurrentLink(store)
  if (target === current) return []
  const kind = await kindAt(store.current)
  if (kind !== 'nothing' && kind !== 'link') {
    const message = `${store.current} is no link but a ${kind}: move it away`
    return [{ code: 'link-wrong', path: store.current, message, cure: null, mend: null }]
  }
  if (kind === 'nothing' && !(await linkIsPossible(store))) return []
  return [
    {
      code: 'link-wrong',
      path: store.current,
      message: `${store.current} points at ${target ?? 'nothing'}`,
      cure: `points at ${current} now`,
      mend: () => followWithLink(store, current),
    },
  ]
}

/** Records that cannot be read; mending moves them into quarantine, and what they said is forgotten. */
export const damagedRecords: Check = async (store) => {
  const sets = (await provenanceNames(store)).flatMap(({ set }) => set ?? [])
  const flaws = await Promise.all([
    damage(store, attemptRecord),
    damage(store, sourceRecords),
    damage(store, holdRecords),
    damage(store, barRecords),
    damage(store, exceptionRecords),
    damage(store, inUseRecord),
    damage(store, confirmingRecord),
    damage(store, linkRecord),
    ...Object.values(noticeRecords).map((record) => damage(store, record)),
    ...sets.map((set) => damage(store, provenanceRecord(set))),
  ])
  return flaws.flat()
}

async function damage<T>(store: Store, file: RecordFile<T>): Promise<Flaw[]> {
  if (!(await isDamaged(store, file))) return []
  const path = file.path(store)
  return [
    {
      code: 'record-damaged',
      path,
      message: `${path} cannot be read`,
      cure: 'moved into quarantine; what it said is forgotten',
      mend: async () => void (await readRecord(store, file)),
    },
  ]
}

/** Records that say where a set came from which is no longer there. */
export const orphanedRecords: Check = async (store) => {
  const there = new Set<string>(await listSets(store))
  // With no set at all the store itself has gone, and these tell what was in it.
  if (there.size === 0) return []
  const orphans = (await provenanceNames(store)).filter(({ set }) => set !== undefined && !there.has(set))
  return orphans.map(({ path, set }) => ({
    code: 'record-orphaned' as const,
    path,
    message: `${path} tells of ${set}, which is not on disk`,
    cure: 'removed',
    mend: () => rm(path, { force: true }),
  }))
}

async function provenanceNames(store: Store) {
  try {
    const names = await readdir(store.provenance)
    return names.map((name) => ({
      path: join(store.provenance, name),
      set: name.endsWith('.json') ? setOfFolder(name.slice(0, -'.json'.length)) : undefined,
    }))
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}
