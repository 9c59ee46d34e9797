import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { confirmingRecord } from './confirming.ts'
import type { Check, Flaw } from './flaw.ts'
import { isMissing } from './folder.ts'
import { isDamaged, type RecordFile, readRecord } from './json-record.ts'
import { noticeRecords } from './notice.ts'
import {
  attemptRecord,
  barRecords,
  holdRecords,
  inUseRecord,
  linkRecord,
  provenanceRecord,
  sourceRecords,
} from './records.ts'
import { listSets, setOfFolder } from './sets.ts'
import type { Store } from './store.ts'

/** Records that cannot be read; mending moves them into quarantine, and what they said is forgotten. */
export const damagedRecords: Check = async (store) => {
  const sets = (await provenanceNames(store)).flatMap(({ set }) => set ?? [])
  const flaws = await Promise.all([
    damage(store, attemptRecord),
    damage(store, sourceRecords),
    damage(store, holdRecords),
    damage(store, barRecords),
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
