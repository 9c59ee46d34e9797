import { createHash } from 'node:crypto'
import type { SetName } from '../set-name.ts'

/** The file of a set that gives the engine one signature only this set has: what it detects proves the set in use. */
export const canaryFile = 'defs-canary.hsb'

/** What the canary of a set detects: harmless text, made from the name of the set. */
export function canaryText(set: SetName): Uint8Array {
  return Buffer.from(
    `This text is harmless; it is known to the definition set ${set} of defs and to no other.\n`,
  )
}

/** Name under which the engine reports it. */
export function canaryName(set: SetName): string {
  return `Defs.Canary.${set.replace('.', '-')}`
}

/** The content of {@link canaryFile}: `sha256:size:name`, ClamAV's form of a hash signature. */
export function canaryLine(set: SetName): string {
  const text = canaryText(set)
  return `${createHash('sha256').update(text).digest('hex')}:${text.length}:${canaryName(set)}\n`
}
