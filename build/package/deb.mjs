import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'
import { copy, filesBelow, gzipped, put, settle } from './tree.mjs'

/**
 * Makes a Debian package of a tree.
 * @param tree holds the files as they are installed; `DEBIAN/` is added
 * @param scripts folder of the maintainer scripts
 * @param control fields, in their order; the installed size is added
 * @param release `epoch` (seconds), `level` of compression, and `out`, the folder for the package
 */
export function makeDeb(tree, scripts, control, release) {
  const name = control.Package
  const documents = join(tree, 'usr', 'share', 'doc', name)
  const ours = join(documents, 'changelog.gz')
  put(
    existsSync(ours) ? join(documents, 'changelog.Debian.gz') : ours,
    gzipped(changelog(control, release.epoch)),
  )
  settle(tree)
  const files = filesBelow(tree)
  const kibibytes = files.reduce((sum, path) => sum + Math.ceil(statSync(path).size / 1024), 0)
  const fields = { ...control, 'Installed-Size': String(kibibytes) }
  const below = (path) => relative(tree, path)
  const sums = files.map((path) => `${md5(path)}  ${below(path)}`)
  const conffiles = files.map(below).filter((path) => path.startsWith('etc/'))

  const debian = join(tree, 'DEBIAN')
  put(
    join(debian, 'control'),
    Object.entries(fields)
      .map(([key, value]) => `${key}: ${value}\n`)
      .join(''),
  )
  put(join(debian, 'md5sums'), `${sums.join('\n')}\n`)
  if (conffiles.length > 0) put(join(debian, 'conffiles'), conffiles.map((path) => `/${path}\n`).join(''))
  for (const path of filesBelow(scripts)) copy(path, join(debian, relative(scripts, path)), 0o755)
  settle(debian)

  const file = join(release.out, `${name}_${control.Version}_${control.Architecture}.deb`)
  const compression = release.level === 0 ? ['-Znone'] : ['-Zxz', `-z${release.level}`]
  execFileSync('dpkg-deb', ['--root-owner-group', ...compression, '--build', tree, file], {
    env: { ...process.env, SOURCE_DATE_EPOCH: String(release.epoch) },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  return file
}

function changelog({ Package, Version, Maintainer }, epoch) {
  const date = new Date(epoch * 1000).toUTCString().replace(/GMT$/, '+0000')
  return `${Package} (${Version}) unstable; urgency=medium\n\n  * Release ${Version}; what is new: CHANGELOG.md of the project.\n\n -- ${Maintainer}  ${date}\n`
}

function md5(path) {
  return createHash('md5').update(readFileSync(path)).digest('hex')
}
