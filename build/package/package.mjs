import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { project } from '../make-bundle.mjs'
import { makeDeb } from './deb.mjs'
import { layDocuments } from './documents.mjs'
import { layDefs, layDefsClamav } from './installed.mjs'
import { makeTarGz } from './portable.mjs'
import { layProgram } from './program.mjs'

// Makes the packages of dist-packages/: needs what `npm ci` and `npm run build` have put here, dpkg-deb, tar, and no
// network. The same commit and the same Node make the same bytes.

const architectures = { x64: 'amd64', arm64: 'arm64', ppc64: 'ppc64el', s390x: 's390x' }

const { values } = parseArgs({
  options: { level: { type: 'string', default: '6' }, out: { type: 'string', default: 'dist-packages' } },
})
const level = Number(values.level)
if (!/^[0-9]$/.test(values.level)) throw new Error(`--level is 0 to 9, not ${values.level}`)
const out = resolve(project, values.out)
const manifest = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'))
// A version before a release comes before it for dpkg, too.
const version = manifest.version.replace('-', '~')
const architecture = architectures[process.arch]
if (process.platform !== 'linux' || architecture === undefined) {
  throw new Error(`packages are made on Linux, not for ${process.platform} on ${process.arch}`)
}
const release = { epoch: sourceDate(), level, out }
const work = mkdtempSync(join(tmpdir(), 'defs-package-'))
try {
  mkdirSync(out, { recursive: true })
  const program = join(work, 'program')
  const documents = join(work, 'documents')
  const packages = await layProgram(program, manifest.version)
  layDocuments(documents, packages, manifest.version)
  const common = {
    Maintainer: 'the defs maintainers <definition-sets@users.noreply.github.com>',
    Homepage: manifest.homepage.replace(/#.*/, ''),
    Section: 'admin',
    Priority: 'optional',
  }
  const parts = { program, documents }
  const files = [
    await makeTarGz(join(work, `defs_${version}_${architecture}`), parts, release),
    makeDeb(
      await layDefs(join(work, 'defs'), parts),
      join(project, 'packaging/debian/defs'),
      {
        Package: 'defs',
        Version: version,
        Architecture: architecture,
        ...common,
        Depends: `libc6 (>= 2.28), libgcc-s1, libstdc++6, systemd | systemd-standalone-sysusers, systemd | systemd-standalone-tmpfiles`,
        Recommends: 'ca-certificates',
        Suggests: 'defs-clamav',
        Description: describe(
          'antivirus definitions, fetched, proved, installed and taken back',
          'Keeps definition sets fresh by whichever route a network allows, and never lets an unauthenticated or broken one reach the scanner; the last good sets stay beside it. This package needs no Node.js: it brings its own, which is not on the PATH.',
        ),
      },
      release,
    ),
    makeDeb(
      layDefsClamav(join(work, 'defs-clamav')),
      join(project, 'packaging/debian/defs-clamav'),
      {
        Package: 'defs-clamav',
        Version: version,
        Architecture: 'all',
        ...common,
        Depends: `defs (>= ${version}), clamav-daemon`,
        Description: describe(
          'defs in the place of freshclam',
          'Masks clamav-freshclam and points clamd to the sets of defs as soon as a proved set is there; removal points it back. The package clamav-freshclam stays installed, as its removal deletes definitions.',
        ),
      },
      release,
    ),
  ]
  for (const file of files) process.stdout.write(`${relative(project, file)}\n`)
} finally {
  rmSync(work, { recursive: true, force: true })
}

/** Seconds: the time of the commit, so that nobody's clock comes into a package. */
function sourceDate() {
  const given = process.env['SOURCE_DATE_EPOCH']
  if (given !== undefined && /^\d+$/.test(given)) return Number(given)
  try {
    return Number(execFileSync('git', ['log', '-1', '--format=%ct'], { cwd: project, encoding: 'utf8' }))
  } catch {
    // Without a repository, as from an archive of the sources: the first moment that a zip can name.
    return 315_532_800
  }
}

/** A field of Debian: a line, and a text wrapped below it. */
function describe(line, text) {
  return `${line}\n ${text.replace(/(.{1,76})(\s+|$)/g, '$1\n ').trim()}`
}
