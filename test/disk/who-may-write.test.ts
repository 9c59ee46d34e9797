import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  existsSync,
  lchownSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { whoElseMayWrite } from '../../src/disk/who-may-write.ts'

const nobody = 65_534
const isRoot = process.geteuid?.() === 0

// Mounts are made in a process of its own, which runs what was compiled.
const compiled = new URL('../../dist/disk/who-may-write.js', import.meta.url).pathname
const canMount = isRoot && existsSync(compiled) && spawnSync('unshare', ['-m', 'true']).status === 0

let root: string
let file: string
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'defs-who-')))
  mkdirSync(join(root, 'etc', 'trust'), { recursive: true })
  file = join(root, 'etc', 'trust', 'root.pem')
  writeFileSync(file, 'a certificate')
  for (const path of [root, join(root, 'etc'), join(root, 'etc', 'trust')]) chmodSync(path, 0o755)
  chmodSync(file, 0o644)
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

/** A group of this machine that has somebody else than root in it; null when there is none. */
function groupOfOthers(): number | null {
  const rows = readFileSync('/etc/passwd', 'utf8').split('\n')
  const row = rows.map((line) => line.split(':')).find(([, , uid]) => uid === String(nobody))
  return row === undefined ? null : Number(row[3])
}

describe.skipIf(process.platform === 'win32')('who else may write to a file', () => {
  it('is nobody, in a folder of our own and where nothing is', () => {
    expect(whoElseMayWrite(file)).toBeNull()
    expect(whoElseMayWrite(join(root, 'etc', 'missing', 'file'))).toBeNull()
    expect(whoElseMayWrite('/dev/null')).toBeNull()
  })

  it('is everybody by the mode of the file, and of any folder above it', () => {
    for (const path of [file, join(root, 'etc', 'trust'), join(root, 'etc')]) {
      const before = path === file ? 0o644 : 0o755
      chmodSync(path, before | 0o002)
      expect(whoElseMayWrite(file)).toBe(`everybody may write to ${path}`)
      chmodSync(path, before)
    }
    expect(whoElseMayWrite(file)).toBeNull()
  })

  it.skipIf(!canMount)('is nobody on a mount that is read-only, whoever it belongs to', () => {
    chownSync(file, nobody, nobody)
    chmodSync(join(root, 'etc', 'trust'), 0o2777)
    const place = join(root, 'mounted here')
    mkdirSync(place)
    const script = `import { whoElseMayWrite } from '${compiled}'
console.log(JSON.stringify(['${join(place, 'root.pem')}', '${file}'].map((path) => whoElseMayWrite(path))))`
    const lines = `mount --bind "${join(root, 'etc', 'trust')}" "${place}" && mount -o remount,ro,bind "${place}"
"${process.execPath}" --input-type=module -e "$1"`
    const { stdout, stderr } = spawnSync('unshare', ['-m', 'sh', '-ec', lines, 'sh', script], {
      encoding: 'utf8',
    })
    expect(stderr).toBe('')
    expect(JSON.parse(stdout)).toEqual([null, expect.stringContaining('everybody may write')])
  })

  it('is judged where a link leads to, and where it lies', () => {
    const link = join(root, 'etc', 'link.pem')
    symlinkSync('trust/root.pem', link)
    expect(whoElseMayWrite(link)).toBeNull()
    chmodSync(file, 0o666)
    expect(whoElseMayWrite(link)).toBe(`everybody may write to ${file}`)
    chmodSync(file, 0o644)
    const open = join(root, 'open')
    mkdirSync(open)
    symlinkSync(file, join(open, 'link.pem'))
    chmodSync(open, 0o777)
    expect(whoElseMayWrite(join(open, 'link.pem'))).toBe(`everybody may write to ${open}`)
    // A link to a folder counts as one on the way.
    symlinkSync(open, join(root, 'folder'))
    writeFileSync(join(open, 'file'), '')
    expect(whoElseMayWrite(join(root, 'folder', 'file'))).toBe(`everybody may write to ${open}`)
    symlinkSync('circle', join(root, 'circle'))
    expect(whoElseMayWrite(join(root, 'circle'))).toBeNull()
  })

  it('is nobody for our own file in a sticky folder', () => {
    const shared = join(root, 'tmp')
    mkdirSync(shared)
    chmodSync(shared, 0o1777)
    const own = join(shared, 'own.pem')
    writeFileSync(own, '')
    chmodSync(own, 0o644)
    expect(whoElseMayWrite(own)).toBeNull()
    symlinkSync(file, join(shared, 'link.pem'))
    expect(whoElseMayWrite(join(shared, 'link.pem'))).toBeNull()
  })

  it.skipIf(!isRoot)('is whoever owns the file, a folder above it, or a link in a sticky folder', () => {
    for (const path of [file, join(root, 'etc', 'trust'), join(root, 'etc')]) {
      chownSync(path, nobody, 0)
      expect(whoElseMayWrite(file)).toContain(`${path} belongs to`)
      expect(whoElseMayWrite(file, nobody)).toBeNull()
      chownSync(path, 0, 0)
    }
    const shared = join(root, 'tmp')
    mkdirSync(shared)
    chmodSync(shared, 0o1777)
    const link = join(shared, 'link.pem')
    symlinkSync(file, link)
    lchownSync(link, nobody, nobody)
    expect(whoElseMayWrite(link)).toContain(`${link} belongs to`)
    // Elsewhere the owner of a link can do nothing with it.
    const plain = join(root, 'plain.pem')
    symlinkSync(file, plain)
    lchownSync(plain, nobody, nobody)
    expect(whoElseMayWrite(plain)).toBeNull()
  })

  it.skipIf(!isRoot || groupOfOthers() === null)(
    'is a group that others are in, and not one that nobody else is in',
    () => {
      chmodSync(file, 0o664)
      chownSync(file, 0, 0)
      expect(whoElseMayWrite(file)).toBeNull()
      chownSync(file, 0, groupOfOthers() ?? 0)
      expect(whoElseMayWrite(file)).toContain(`may write to ${file}`)
      // No group of this machine: nobody knows who is in it.
      chownSync(file, 0, 4_000_123)
      expect(whoElseMayWrite(file)).toBe(`the group 4000123 may write to ${file}`)
    },
  )

  it.skipIf(!isRoot)('is nobody for what root owns, whoever asks', () => {
    process.seteuid?.(nobody)
    try {
      expect(whoElseMayWrite('/etc/passwd')).toBeNull()
    } finally {
      process.seteuid?.(0)
    }
  })

  // Root of a container that has numbers of its own: what belongs to the outside has no owner there.
  const contained = spawnSync('unshare', ['-Ur', 'true']).status === 0
  it.skipIf(!contained || !isRoot)('is nobody for what belongs to the outside of a container', () => {
    const outside = join(root, 'outside')
    writeFileSync(outside, '')
    chmodSync(outside, 0o644)
    chmodSync(root, 0o755)
    chownSync(outside, 1234, 1234)
    expect(whoElseMayWrite(outside)).toContain('belongs to')
    const script = `const { whoElseMayWrite } = await import(${JSON.stringify(join(import.meta.dirname, '..', '..', 'dist', 'disk', 'who-may-write.js'))}); console.log(whoElseMayWrite(${JSON.stringify(outside)}))`
    const ran = spawnSync('unshare', ['-Ur', process.execPath, '--input-type=module', '-e', script])
    expect(ran.stdout.toString().trim()).toBe('null')
  })
})
