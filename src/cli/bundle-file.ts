import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { DefsError } from '../error.ts'
import type { Session } from './session.ts'

/** The absolute path of a bundle that the user named. @throws USAGE_ARGUMENT when there is no such file */
export async function bundleFile(text: string, { world }: Pick<Session, 'world'>): Promise<string> {
  const path = resolve(world.cwd, text)
  const status = await stat(path).catch(() => null)
  if (status?.isFile()) return path
  throw new DefsError('USAGE_ARGUMENT', `'${text}' is no file: name a bundle of 'defs export'`, { path })
}
