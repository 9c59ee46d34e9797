import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'

/**
 * A name for this machine that stays the same and tells nothing of it: made of the id that the system gave it, or of
 * its host name where there is none.
 */
export function machineName(): string {
  const id = idIn('/etc/machine-id') ?? idIn('/var/lib/dbus/machine-id') ?? hostname()
  return createHash('sha256').update('defs fleet host').update('\0').update(id).digest('hex').slice(0, 20)
}

function idIn(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trim() || null
  } catch {
    return null
  }
}
