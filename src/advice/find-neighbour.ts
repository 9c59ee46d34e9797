import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Config, SharedSepConfig } from '../config/config.ts'
import { readIni } from '../ini.ts'
import { currentSet } from '../source/shared/current-set.ts'
import { refusalOf } from '../source/shared/shared-conditions.ts'
import type { Neighbour } from './facts.ts'

// Where endpoint products keep their definitions (seeds 000 and 001, domain.md 1.5).
const usual: readonly string[] =
  process.platform === 'win32'
    ? [
        'C:\\Program Files\\Common Files\\Symantec Shared\\VirusDefs',
        'C:\\Program Files(x86)\\Common Files\\Symantec Shared\\VirusDefs',
        'C:\\ProgramData\\Symantec\\Definitions\\VirusDefs',
      ]
    : ['/opt/Symantec/virusdefs']

/** An endpoint product whose definitions might be shared: a configured one, else one in a usual place. */
export async function findNeighbour(config: Config): Promise<Neighbour | null> {
  const configured = [...config.sources.values()].filter(
    (source): source is SharedSepConfig => source.kind === 'shared-sep',
  )
  for (const source of configured) {
    if (!(await hasDefinitions(source.path))) continue
    return { path: source.path, version: source.sepVersion, refusal: refusalOf(source) }
  }
  for (const path of [...(await fromSymantecConf()), ...usual]) {
    if (await hasDefinitions(path)) return { path, version: null, refusal: null }
  }
  return null
}

function hasDefinitions(path: string): Promise<boolean> {
  return currentSet(path).then(
    () => true,
    () => false,
  )
}

/** On Unix its own configuration tells where it is. */
async function fromSymantecConf(): Promise<string[]> {
  if (process.platform === 'win32') return []
  const text = await readFile('/etc/Symantec.conf', 'latin1').catch(() => '')
  const base = readIni(text)
    .sections.flatMap(({ entries }) => [...entries])
    .find(([key]) => key.toLowerCase() === 'basedir')?.[1]
  return base === undefined ? [] : [join(base, 'virusdefs')]
}
