import { cpSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { project } from '../make-bundle.mjs'
import { print } from '../manual.mjs'
import { completions, manualPages } from './documents.mjs'
import { copy, copyFolder, gzipped, put } from './tree.mjs'

const packaging = join(project, 'packaging')

/** Lays out the package `defs` as it is installed. @returns the folder */
export async function layDefs(tree, { program, documents }) {
  const share = join(tree, 'usr', 'share')
  cpSync(program, join(tree, 'usr', 'lib', 'defs'), { recursive: true })
  cpSync(documents, join(share, 'doc', 'defs'), { recursive: true })
  put(join(share, 'doc', 'defs', 'changelog.gz'), gzipped(readFileSync(join(project, 'CHANGELOG.md'))))
  put(join(tree, 'usr', 'bin', 'defs'), starter('here=/usr/lib/defs'), 0o755)
  put(join(tree, 'etc', 'defs', 'defs.yaml'), readFileSync(join(packaging, 'debian', 'defs.yaml')))
  put(join(tree, 'etc', 'logrotate.d', 'defs'), readFileSync(join(packaging, 'logrotate', 'defs')))
  for (const name of readdirSync(join(packaging, 'systemd'))) {
    put(
      join(tree, 'usr', 'lib', 'systemd', 'system', name),
      unit(readFileSync(join(packaging, 'systemd', name), 'utf8')),
    )
  }
  copy(join(packaging, 'debian', 'sysusers.conf'), join(tree, 'usr', 'lib', 'sysusers.d', 'defs.conf'))
  copy(join(packaging, 'debian', 'tmpfiles.conf'), join(tree, 'usr', 'lib', 'tmpfiles.d', 'defs.conf'))
  copyFolder(join(packaging, 'clamav', 'by-hand'), join(share, 'defs', 'clamav'))
  put(join(share, 'defs', 'defs.schema.json'), await print('config', 'schema'))
  for (const [page, text] of await manualPages()) {
    put(join(share, 'man', `man${page.at(-1)}`, `${page}.gz`), gzipped(text))
  }
  const places = {
    bash: 'bash-completion/completions/defs',
    zsh: 'zsh/vendor-completions/_defs',
    fish: 'fish/vendor_completions.d/defs.fish',
  }
  for (const [shell, text] of await completions()) put(join(share, places[shell]), text)
  copy(join(packaging, 'debian', 'defs.lintian'), join(share, 'lintian', 'overrides', 'defs'))
  return tree
}

/** Lays out the package `defs-clamav`. @returns the folder */
export function layDefsClamav(tree) {
  const clamav = join(packaging, 'clamav')
  const system = join(tree, 'usr', 'lib', 'systemd', 'system')
  const share = join(tree, 'usr', 'share')
  copy(join(clamav, 'defs-clamav'), join(tree, 'usr', 'sbin', 'defs-clamav'), 0o755)
  put(join(share, 'man', 'man8', 'defs-clamav.8.gz'), gzipped(readFileSync(join(clamav, 'defs-clamav.8'))))
  for (const kind of ['service', 'socket']) {
    copy(join(clamav, 'either.conf'), join(system, `clamav-daemon.${kind}.d`, 'defs.conf'))
  }
  for (const name of ['defs-clamav.path', 'defs-clamav.service']) copy(join(clamav, name), join(system, name))
  copy(join(clamav, 'sysusers.conf'), join(tree, 'usr', 'lib', 'sysusers.d', 'defs-clamav.conf'))
  copy(join(clamav, 'by-hand', 'apparmor.local'), join(share, 'defs-clamav', 'apparmor.local'))
  copy(join(project, 'LICENSE'), join(share, 'doc', 'defs-clamav', 'copyright'))
  return tree
}

/** The command: whatever a shell has told Node, and trusting the authorities that the system trusts. */
export function starter(where) {
  return readFileSync(join(packaging, 'starter.sh'), 'utf8').replace('here=@here@', where)
}

/** The packages know where the program is, and run it as a user that owns nothing but the store. */
function unit(text) {
  return text
    .replace(/^(Exec\w+=)defs /gm, '$1/usr/bin/defs ')
    .replace(/^CapabilityBoundingSet=.*$/m, 'User=defs\nGroup=defs\nCapabilityBoundingSet=')
}
