import { access, constants } from 'node:fs/promises'
import { delimiter, join } from 'node:path'

// Where the system keeps programs that a service's PATH may lack.
const usual = process.platform === 'win32' ? [] : ['/usr/local/bin', '/usr/bin', '/bin']

/** The program of that name on the PATH or where the system keeps its own; null when it is not there. */
export async function findProgram(name: string): Promise<string | null> {
  const file = process.platform === 'win32' ? `${name}.exe` : name
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '')
  for (const folder of [...folders, ...usual]) {
    const path = join(folder, file)
    if (await mayRun(path)) return path
  }
  return null
}

/** Whether a file is there and may be run. */
export async function mayRun(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  )
}
