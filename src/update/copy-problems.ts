import { join } from 'node:path'
import { kindAt } from '../hawking/folder.ts'
import { readPointer } from '../hawking/pointer.ts'
import { scannerInForce } from '../scanner/in-force.ts'
import type { SetName } from '../set-id.ts'
import { inspectSet } from './inspect.ts'
import type { Run } from './run.ts'
import type { FileProblem } from './store-problems.ts'

/**
 * What is wrong with the copy that a CSAPI scanner works with, while there is one in use: it is not the current
 * set's, or not what the guard says. Files are named by their whole path. Changes nothing.
 */
export async function copyProblems(current: SetName, run: Run): Promise<FileProblem[]> {
  const scanner = scannerInForce(run.config)
  if (scanner.kind !== 'csapi') return []
  const definfo = join(scanner.path, 'definfo.dat')
  const { current: used } = await readPointer({ definfo })
  const directory = join(scanner.path, used ?? current)
  if (used !== current || (await kindAt(directory)) === 'nothing') {
    const message = `the scanner's folder names ${used ?? 'no set'}, and ${current} is current`
    return [{ file: definfo, code: 'STORE_RECORD', message }]
  }
  const { problems } = await inspectSet(current, run, directory)
  return problems.map(({ file, code, message }) => ({
    file: file === null ? directory : join(directory, file),
    code,
    message: `the scanner's copy: ${message}`,
  }))
}
