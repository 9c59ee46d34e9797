import { join } from 'node:path'
import { type CheckContext, report, type Table, tableAt } from './check/context.ts'
import type { ConfigDocument, KeyPath } from './document.ts'

/** What may stand in a family; all else is shared. */
const ownKeys = [
  'store',
  'product',
  'trust',
  'default',
  'fallback',
  'sources',
  'parts',
  'scanner',
  'gate',
  'licence',
  'maxAge',
  'publish',
]

/** Folders of a flat store, beside which those of families lie. */
const ownFolders: readonly string[] = ['virusdefs', 'state']

/** The family of a flat configuration. */
export const onlyFamily = 'default'

/** The names of the families of a document; none when it is flat. */
export function familyNames(document: Pick<ConfigDocument, 'data'> | null): readonly string[] {
  const families = at(document?.data, ['families'])
  return typeof families === 'object' && families !== null && !Array.isArray(families)
    ? Object.keys(families)
    : []
}

/** One family as if it stood in a file of its own. */
export interface FamilyView {
  /** Reads lines and texts at the places where they stand in the whole file. */
  readonly context: CheckContext
  readonly root: Table
  /** Below which folder of `store.root` the store lies; null when the family says where, or is the only one. */
  readonly below: string | null
}

/**
 * The configuration of one family: its own keys, and those of the file around it where it has none. Lines of the
 * schedule that name another family are left out.
 */
export function familyView(context: CheckContext, name: string): FamilyView {
  const shared = tableAt(context, [], context.document?.data)
  const families = tableAt(context, ['families'], shared['families'])
  if (!/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/.test(name))
    report(context, ['families', name], 'is no name for a family: use letters, digits, dash and underscore')
  if (ownFolders.includes(name.toLowerCase()))
    report(context, ['families', name], 'is no name for a family: a store has a folder of that name')
  // Their stores would be one where upper and lower case are the same.
  const twin = Object.keys(families).find((one) => one !== name && one.toLowerCase() === name.toLowerCase())
  if (twin !== undefined && twin < name)
    report(context, ['families', name], `differs from '${twin}' in upper and lower case only`)
  const own = tableAt(context, ['families', name], families[name])
  for (const key of Object.keys(own))
    if (!ownKeys.includes(key))
      report(
        context,
        ['families', name, key],
        'is no key of a family: it is shared and stands beside families',
      )
  const { families: _, schedule, ...rest } = shared
  const { lines, indexes } = linesFor(context, schedule, name, Object.keys(families))
  const root: Table = { ...rest, ...(lines === undefined ? {} : { schedule: lines }) }
  const merged = Object.entries(own).map(([key, value]) => [key, mergedWith(root[key], value)] as const)
  const placeOf = (place: KeyPath): KeyPath => {
    const [key, index, ...behind] = place
    if (key === 'schedule' && typeof index === 'number') return [key, indexes[index] ?? index, ...behind]
    return at(own, place) === undefined ? place : ['families', name, ...place]
  }
  return {
    context: { ...context, document: context.document && translated(context.document, placeOf) },
    root: { ...root, ...Object.fromEntries(merged) },
    below: at(own, ['store', 'root']) === undefined ? name : null,
  }
}

/** Where the store of a family lies. */
export function familyRoot(root: string, below: string | null): string {
  return below === null ? root : join(root, below)
}

function linesFor(context: CheckContext, schedule: unknown, name: string, names: readonly string[]) {
  const indexes: number[] = []
  if (!Array.isArray(schedule)) return { lines: schedule, indexes }
  const lines = schedule.flatMap((entry: unknown, index) => {
    const family = at(entry, ['family'])
    if (family === undefined && names.length > 1)
      report(context, ['schedule', index], 'names no family, and there are several')
    if (family !== undefined && !names.some((one) => one === family))
      report(context, ['schedule', index, 'family'], `names no family that is here: ${names.join(', ')}`)
    if (family !== undefined && family !== name) return []
    indexes.push(index)
    if (typeof entry !== 'object' || entry === null) return [entry]
    return [Object.fromEntries(Object.entries(entry).filter(([key]) => key !== 'family'))]
  })
  // A list that is written for others alone says nothing of this one, which is updated once a day then.
  return { lines: lines.length === 0 && schedule.length > 0 ? undefined : lines, indexes }
}

// Sources are those of the family alone; of other tables it may replace single keys.
function mergedWith(shared: unknown, own: unknown): unknown {
  const isTable = (value: unknown): value is Table =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
  return isTable(shared) && isTable(own) ? { ...shared, ...own } : own
}

function translated(document: ConfigDocument, placeOf: (place: KeyPath) => KeyPath): ConfigDocument {
  return {
    ...document,
    lineOf: (place) => document.lineOf(placeOf(place)),
    textOf: (place) => document.textOf(placeOf(place)),
  }
}

function at(value: unknown, place: KeyPath): unknown {
  let found = value
  for (const part of place) {
    if (typeof found !== 'object' || found === null) return undefined
    found = Object.hasOwn(found, part)
      ? (found as Readonly<Record<string | number, unknown>>)[part]
      : undefined
  }
  return found
}
