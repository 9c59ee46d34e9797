import { keyOfNkey } from '../../bus/nkey.ts'
import { isToken } from '../../config/fleet.ts'
import { object, tableOf, text } from '../../disk/json-shape.ts'
import type { FactDisk } from '../fact-file.ts'
import type { Admitted, Heard } from '../roster.ts'

const shape = object({ hosts: tableOf(object<Admitted>({ key: text, labels: tableOf(text), at: text })) })

/** The hosts that may report, by name. */
export async function readAdmitted(path: string, disk: FactDisk): Promise<Map<string, Admitted>> {
  const read = await disk.read(path)
  if (read === null) return new Map()
  const table = shape(parsed(read))?.hosts ?? {}
  return new Map(Object.entries(table).filter(([name, { key }]) => isToken(name) && keyOfNkey(key) !== null))
}

/** Replaces the list of hosts that may report. */
export async function writeAdmitted(
  path: string,
  admitted: ReadonlyMap<string, Admitted>,
  disk: FactDisk,
): Promise<void> {
  const hosts = Object.fromEntries([...admitted].sort(([a], [b]) => (a < b ? -1 : 1)))
  await disk.replace(path, `${JSON.stringify({ schema: 1, hosts }, null, 1)}\n`)
}

/**
 * What was heard until the controller ended. It is no fact: whoever loses it hears the newest reports again, and
 * only the moments at which a host was well begin anew.
 */
export async function readHeard(path: string, disk: FactDisk): Promise<Map<string, Heard>> {
  const value = parsed((await disk.read(path)) ?? 'null')
  if (typeof value !== 'object' || value === null || !('hosts' in value)) return new Map()
  const entries = Object.entries(Object(value.hosts)) as [string, Heard][]
  return new Map(entries.filter(([name, heard]) => isToken(name) && heard?.report?.host === name))
}

/** Keeps what was heard. */
export async function writeHeard(
  path: string,
  heard: ReadonlyMap<string, Heard>,
  disk: FactDisk,
): Promise<void> {
  await disk.replace(path, `${JSON.stringify({ schema: 1, hosts: Object.fromEntries(heard) })}\n`)
}

function parsed(text_: string): unknown {
  try {
    return JSON.parse(text_)
  } catch {
    return undefined
  }
}
