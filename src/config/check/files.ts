import { constants } from 'node:fs'
import { access, readFile, stat } from 'node:fs/promises'
import { isAbsolute } from 'node:path'
import { readNamed } from '../../disk/foreign-file.ts'
import { limits } from '../../limits.ts'
import type { Config, SourceConfig } from '../config.ts'
import type { Problem } from '../problem.ts'
import { sinkFiles } from './sinks.ts'
import { programsOf, unsafeProblems, usualCertificates } from './trusted-files.ts'

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
  const report = (path: string, message: string) => problems.push({ path, line: lineOf(path), message })
  for (const [path, file] of files) {
    const what = file === null ? null : await whyUnreadable(file)
    if (what !== null) report(path, `${file} ${what}`)
  }
  for (const file of config.trust.anchors) {
    const text = await readNamed(file, limits.trustFile).then(String, () => '')
    if (privateKey.test(text))
      report('trust.anchors', `${file} holds a private key: name a file of the certificate alone`)
  }
  for (const source of config.sources.values()) {
    if (source.kind !== 'clamav' || source.sign !== 'require' || source.certificates !== null) continue
    if (source.freshclamConf !== null || (await isReadable(usualCertificates))) continue
    const text = `needs the root that .sign leads to: ${usualCertificates} (of ClamAV 1.5 and later) is not there; name another in certificates`
    report(`sources.${source.name}.sign`, text)
  }
  const { group } = config.store
  if (group !== null && !(await isGroup(group)))
    report('store.group', `there is no group '${group}' in /etc/group`)
  for (const [path, argv] of programsOf(config)) {
    const [program] = argv
    if (program !== undefined && isAbsolute(program) && !(await isReadable(program, constants.X_OK)))
      report(path, `${program} is not there or cannot be run`)
  }
  return [...problems, ...unsafeProblems(config, lineOf)]
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

// As the store looks it up; a number needs no entry.
async function isGroup(name: string): Promise<boolean> {
  if (/^\d+$/.test(name)) return true
  const text = await readFile('/etc/group', 'utf8').catch(() => null)
  return text === null || text.split('\n').some((line) => line.startsWith(`${name}:`))
}

/** A key among what everybody may read is a key that was given away. */
const privateKey = /-----BEGIN [A-Z ]*PRIVATE KEY-----/

/** A pipe or a device can be read, too, by whoever has time; folders are those of certificates. */
async function whyUnreadable(path: string): Promise<string | null> {
  if (!(await isReadable(path))) return 'is not there or cannot be read'
  const stats = await stat(path)
  return stats.isFile() || stats.isDirectory() ? null : 'is no regular file'
}

async function isReadable(path: string, mode = constants.R_OK): Promise<boolean> {
  try {
    await access(path, mode)
    return true
  } catch {
    return false
  }
}
