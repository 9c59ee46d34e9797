import { checkFiles } from '../../config/check-files.ts'
import { configInvalid } from '../../config/resolve.ts'
import type { CommandResult } from '../command-result.ts'
import type { Session } from '../session.ts'

/** Lists every problem of the configuration, the files it names included; exit code 2 when there is one. */
export async function runConfigCheck(_input: object, session: Session): Promise<CommandResult> {
  const { config, problems: found, warnings, shown } = await session.check()
  const lineOf = (key: string) => Number(/:(\d+)$/.exec(shown.get(key)?.origin ?? '')?.[1]) || null
  const problems = [...found, ...(await checkFiles(config, lineOf))]
  for (const text of warnings) session.context.emit({ type: 'note', level: 'warning', text })
  const json = { file: config.file, problems, warnings }
  if (problems.length > 0) {
    return { exitCode: 2, json, lines: [], error: configInvalid(config.file, problems) }
  }
  const where = config.file ?? 'there is no configuration file: the defaults are in force'
  return {
    exitCode: 0,
    json,
    lines: [{ text: config.file === null ? where : `${where} is good`, tone: 'good' }],
  }
}
