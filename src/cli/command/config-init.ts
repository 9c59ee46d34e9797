import { resolve } from 'node:path'
import { writeStarter } from '../../config/starter.ts'
import type { CommandResult } from '../command-result.ts'
import type { Session } from '../session.ts'

export interface ConfigInitInput {
  /** Where to; relative to the working directory. */
  readonly file: string
  /** Whether to write over a file that is there. */
  readonly force: boolean
}

/** Writes a commented starter file. @throws USAGE_ARGUMENT when it is there already; STORE_* */
export async function runConfigInit({ file, force }: ConfigInitInput, session: Session): Promise<CommandResult> {
  const path = resolve(session.world.cwd, file)
  await writeStarter(path, force)
  return {
    exitCode: 0,
    json: { file: path },
    lines: [`${path} is written: name your sources and trust.anchors in it`],
  }
}
