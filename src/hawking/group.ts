import { readFile } from 'node:fs/promises'
import { DefsError } from '../error.ts'

/**
 * The number of a group that the configuration names by name or number.
 * @throws STORE_PERMISSION when the system has no such group
 */
export async function groupNumber(group: string): Promise<number> {
  if (/^\d{1,10}$/.test(group)) return Number(group)
  try {
    for (const line of (await readFile('/etc/group', 'utf8')).split('\n')) {
      const [name, , number] = line.split(':')
      if (name === group && number !== undefined && /^\d+$/.test(number)) return Number(number)
    }
  } catch (error) {
    throw unknown(group, error)
  }
  throw unknown(group, undefined)
}

function unknown(group: string, cause: unknown): DefsError {
  return new DefsError(
    'STORE_PERMISSION',
    `there is no group '${group}' in /etc/group: make it, or change 'store.group' (a number works too)`,
    { cause },
  )
}
