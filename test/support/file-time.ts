import { rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** What the file system takes for now; a clock that tests have shifted does not shift it. Milliseconds. */
export function fileTime(folder: string): number {
  const path = join(folder, `.time-${process.pid}`)
  writeFileSync(path, '')
  const { mtimeMs } = statSync(path)
  rmSync(path)
  return mtimeMs
}
