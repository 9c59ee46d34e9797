import { limits } from '../limits.ts'
import { withFileBytes } from './bytes.ts'
import type { Reader } from './reader.ts'
import { readZip } from './zip.ts'

/** Self-extracting programs: a zip after a program, which is never run. */
export const exe: Reader = {
  read: (path, reading) => withFileBytes(path, (bytes) => readZip(bytes, reading, limits.stub)),
}
