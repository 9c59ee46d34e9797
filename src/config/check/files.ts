import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { isAbsolute } from 'node:path'
import type { Config, SourceConfig } from '../config.ts'
import type { Problem } from '../problem.ts'
import { sinkFiles } from './sinks.ts'

/**
 * What the files that the configuration names have against being read. Only `config check` asks: a command that
 * has no use for a file does not fail over it.
 */
export async function checkFiles(
  config: Config,
  lineOf: (path: string) => number | null,
): Promise<Problem[]> {
  const files: [string, string | null][] = [
    ...config.trust.anchors.map((file): [string, string] => ['trust.anchors', file]),
    ['trust.tufRoot', config.trust.tufRoot],
    ['network.authorities', config.network.authorities],
    ...[...config.sources.values()].flatMap(sourceFiles),
    ...sinkFiles(config.events.sinks),
    ['licence.file', config.licence.required ? config.licence.file : null],
  ]
  const problems: Problem[] = []
  for (const [path, file] of files) {
    if (file === null || (await isReadable(file))) continue
    problems.push({ path, line: lineOf(path), message: `${file} is not there or cannot be read` })
  }
  return problems
}

/** The files that one source names, each with its key. */
function sourceFiles(source: SourceConfig): [string, string | null][] {
  const at = `sources.${source.name}`
  // A key that is no key itself is the path of a file of keys.
  if (source.kind === 'rules' && source.minisign !== null && isAbsolute(source.minisign))
    return [[`${at}.minisign`, source.minisign]]
  if (source.kind !== 'clamav') return []
  return [
    [`${at}.freshclamConf`, source.freshclamConf],
    ...(source.certificates ?? []).map((path): [string, string] => [`${at}.certificates`, path]),
  ]
}

async function isReadable(path: string): Promise<boolean> {
  try {
    await access(path, constants.R_OK)
    return true
  } catch {
    return false
  }
}
