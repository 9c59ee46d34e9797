import { execFileSync } from 'node:child_process'
import { cpSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { project } from '../make-bundle.mjs'
import { print } from '../manual.mjs'
import { completions, manualPages } from './documents.mjs'
import { starter } from './installed.mjs'
import { copyFolder, put, settle } from './tree.mjs'

/**
 * Makes an archive that runs from wherever it is unpacked.
 * @param folder comes to hold what is packed, and names it
 */
export async function makeTarGz(folder, { program, documents }, release) {
  const share = join(folder, 'share')
  cpSync(program, join(folder, 'lib'), { recursive: true })
  cpSync(documents, join(share, 'doc'), { recursive: true })
  put(join(folder, 'defs'), starter('here=$(dirname -- "$(readlink -f -- "$0")")/lib'), 0o755)
  for (const part of ['systemd', 'logrotate', 'container']) {
    copyFolder(join(project, 'packaging', part), join(share, part))
  }
  copyFolder(join(project, 'packaging', 'clamav', 'by-hand'), join(share, 'clamav'))
  put(join(folder, 'lib', 'schema', 'defs.schema.json'), await print('config', 'schema'))
  for (const [page, text] of await manualPages()) put(join(share, 'man', `man${page.at(-1)}`, page), text)
  for (const [shell, text] of await completions()) put(join(share, 'completion', shell), text)
  settle(folder)

  const file = join(release.out, `${basename(folder)}.tar.gz`)
  const order = ['--sort=name', '--format=gnu', `--mtime=@${release.epoch}`]
  const owner = ['--owner=0', '--group=0', '--numeric-owner']
  // gzip knows no level 0.
  const pack = `gzip --no-name -${Math.max(1, release.level)}`
  execFileSync('tar', [
    '--create',
    ...order,
    ...owner,
    '-I',
    pack,
    '-f',
    file,
    '-C',
    dirname(folder),
    basename(folder),
  ])
  return file
}
