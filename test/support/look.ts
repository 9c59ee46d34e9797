import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'

/** What a plain reader sees of a store: nothing of ours is used to look. */
export interface Look {
  readonly current: string | undefined
  readonly previous: string | undefined
  readonly sets: string[]
  /** Entries of VirusDefs that have no business there after a run. */
  readonly leftovers: string[]
  /** Names of files whose SHA-256 is not what v.grd says, or that are missing; of the current set. */
  readonly damage: string[]
}

const setName = /^\d{8}\.\d{3}$/
const known = new Set(['definfo.dat', 'usage.dat', 'current', 'incoming'])

export function lookAt(store: string): Look {
  const folder = join(store, 'VirusDefs')
  if (!existsSync(folder))
    return { current: undefined, previous: undefined, sets: [], leftovers: [], damage: [] }
  const names = readdirSync(folder)
  const definfo = join(folder, 'definfo.dat')
  const text = existsSync(definfo) ? readFileSync(definfo, 'latin1') : ''
  const current = /^CurDefs=(.*?)\r$/m.exec(text)?.[1]
  return {
    current,
    previous: /^LastDefs=(.*?)\r$/m.exec(text)?.[1],
    sets: names.filter((name) => setName.test(name)).sort(),
    leftovers: names.filter((name) => !setName.test(name) && !known.has(name)),
    damage: current === undefined ? [] : damageOf(join(folder, current)),
  }
}

function damageOf(set: string): string[] {
  if (!existsSync(join(set, 'v.grd'))) return ['v.grd']
  const guard = readFileSync(join(set, 'v.grd'), 'latin1')
  const listed = new Map(
    [...guard.matchAll(/\[File-(.+?)\][^[]*?SHA256=([0-9a-f]{64})/g)].map((m) => [m[1], m[2]]),
  )
  const apart = new Set(['v.grd', 'v.sig', 'zdone.dat'])
  // Packs of rules have folders.
  const names = readdirSync(set, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(set, join(entry.parentPath, entry.name)).split(sep).join('/'))
  const wrong = names.filter((name) => {
    if (apart.has(name)) return false
    return (
      listed.get(name.toLowerCase()) !==
      createHash('sha256')
        .update(readFileSync(join(set, name)))
        .digest('hex')
    )
  })
  const lower = new Set(names.map((name) => name.toLowerCase()))
  const missing = [...listed.keys()].filter((name) => name !== undefined && !lower.has(name)) as string[]
  return [...wrong, ...missing, ...(names.includes('zdone.dat') ? [] : ['zdone.dat'])]
}

/** The journal's events, oldest first. */
export function eventsOf(
  store: string,
): { id: number; name: string; set: string | null; errorCode: string | null }[] {
  const journal = join(store, 'state', 'events.jsonl')
  if (!existsSync(journal)) return []
  return readFileSync(journal, 'utf8')
    .trim()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
}
