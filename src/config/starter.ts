import { mkdir, open, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { refuseSpecial } from '../disk/atomic-file.ts'
import { DefsError, storeError } from '../error.ts'
import { options } from './options/main.ts'
import type { Option } from './options/option.ts'
import { writeValue } from './show-value.ts'

const sources = `# Where definitions come from; the first one asked is 'default', the others follow in turn.
# sources:
#   liveupdate: { kind: liveupdate, hosts: ['https://liveupdate.example/'] }
#   rapid:      { kind: rapid-release, url: 'https://definitions.example/rapidrelease/' }
#   updater:    { kind: intelligent-updater, path: /srv/incoming }
#   shared:     { kind: shared-sep, path: /opt/Symantec/virusdefs }
#   clamav:     { kind: clamav, hosts: ['http://mirror.example/clamav/'] }
#   internal:   { kind: internal, hosts: ['http://updates.example:7070/'] }
#   rules:      { kind: rules, url: 'https://rules.example/emerging.rules.tar.gz', minisign: /etc/defs/rules.pub }

# When to update: days and times, or a cron expression.
# schedule:
#   - { source: liveupdate, days: [tue, thu], first: '06:00', every: 4h }
#   - { source: rapid, cron: '15 * * * *', jitter: 5m }
`

/** The text of a starter file: every option as a comment with its meaning and default, so it changes nothing. */
export function starterText(): string {
  const lines = [
    '# Configuration of defs. Every line is a comment that shows a default: take the # away to change it.',
    '# Durations are written 90s, 5m, 4h, 7d. Relative paths start from the folder of this file.',
    '',
  ]
  const rows: [string, Option][] = Object.entries(options)
  const groups = [...new Set(rows.map(([path]) => path.split('.')[0] ?? ''))]
  for (const group of groups) {
    const own = rows.filter(([path]) => path === group || path.startsWith(`${group}.`))
    let around = ''
    for (const [path, option] of own) {
      const parts = path.split('.')
      const table = parts.slice(0, -1)
      const indent = '  '.repeat(table.length)
      // Options of one table stand together, so a table is named once.
      for (const [depth, name] of table.entries()) {
        const here = `${table.slice(0, depth + 1).join('.')}.`
        if (!around.startsWith(here)) lines.push(`# ${'  '.repeat(depth)}${name}:`)
      }
      around = path
      lines.push(...describe(parts.at(-1) ?? path, option, indent))
    }
    lines.push('')
  }
  return `${lines.join('\n')}\n${sources}`
}

function describe(key: string, option: Option, indent: string): string[] {
  const allowed = option.values ? ` One of ${option.values.join(', ')}.` : ''
  const value = writeValue(option.default, option.type) || option.unset || ''
  return [
    `# ${indent}# ${option.description}${allowed}`,
    `# ${indent}${key}:${value === '' ? '' : ` ${value}`}`,
  ]
}

/**
 * Writes the starter file, readable by owner and group alone since addresses in it may come to hold a login:
 * written by root, the group is that of the user whose store it is, if the store is there already, as its service reads it.
 * @param store folder of the store
 * @throws USAGE_ARGUMENT when the file is there and `replace` is false; STORE_* when it cannot be written
 */
export async function writeStarter(
  path: string,
  replace: boolean,
  text = starterText(),
  store: string = options['store.root'].default,
): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true })
    await refuseSpecial(path)
    const file = await open(path, replace ? 'w' : 'wx', 0o640)
    try {
      await file.writeFile(text)
      // An older file keeps its mode when it is written over.
      if (process.platform !== 'win32') await file.chmod(0o640)
      const owner = process.geteuid?.() === 0 ? await stat(store).catch(() => null) : null
      if (owner && owner.uid !== 0) await file.chown(0, owner.gid)
      await file.sync()
    } finally {
      await file.close()
    }
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'EEXIST') {
      throw new DefsError('USAGE_ARGUMENT', `${path} is there already: --force writes over it`, { path })
    }
    throw storeError(cause, `writing ${path}`)
  }
}
