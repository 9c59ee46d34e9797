import { DefsError } from '../error.ts'
import type { SetName } from '../set-name.ts'

/** The error for a set that is not on disk, with those that are. */
export function unknownSet(
  set: SetName,
  onDisk: readonly SetName[],
  code: 'STORE_UNKNOWN_SET' | 'STORE_POINTER' = 'STORE_UNKNOWN_SET',
): DefsError {
  const text = `the set ${set} is not on disk (there: ${onDisk.join(', ') || 'none'})`
  return new DefsError(code, text, { path: set })
}
