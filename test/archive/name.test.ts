import { describe, expect, it } from 'vitest'
import { memberPath } from '../../src/archive/member-name.ts'
import { DefsError, type ErrorCode } from '../../src/error.ts'
import { limits } from '../../src/limits.ts'

const refused: readonly [name: string, code: ErrorCode][] = [
  ['../evil.dat', 'ARCHIVE_NAME_ESCAPES'],
  ['a/../../evil.dat', 'ARCHIVE_NAME_ESCAPES'],
  ['..', 'ARCHIVE_NAME_ESCAPES'],
  ['.. /evil.dat', 'ARCHIVE_NAME_ESCAPES'],
  ['.../evil.dat', 'ARCHIVE_NAME_ESCAPES'],
  ['./../evil.dat', 'ARCHIVE_NAME_ESCAPES'],
  ['/etc/passwd', 'ARCHIVE_NAME_ABSOLUTE'],
  ['.//etc/passwd', 'ARCHIVE_NAME_ABSOLUTE'],
  ['C:evil.dat', 'ARCHIVE_NAME_DRIVE'],
  ['c:/evil.dat', 'ARCHIVE_NAME_DRIVE'],
  ['C:\\evil.dat', 'ARCHIVE_NAME_DRIVE'],
  ['//server/share/evil.dat', 'ARCHIVE_NAME_UNC'],
  ['\\\\server\\share\\evil.dat', 'ARCHIVE_NAME_UNC'],
  ['\\\\?\\C:\\evil.dat', 'ARCHIVE_NAME_UNC'],
  ['CON', 'ARCHIVE_NAME_DEVICE'],
  ['con.txt', 'ARCHIVE_NAME_DEVICE'],
  ['nul.tar.gz', 'ARCHIVE_NAME_DEVICE'],
  ['COM1', 'ARCHIVE_NAME_DEVICE'],
  ['lpt9.dat', 'ARCHIVE_NAME_DEVICE'],
  ['COM\u00b9', 'ARCHIVE_NAME_DEVICE'],
  ['CON ', 'ARCHIVE_NAME_DEVICE'],
  ['CON .txt', 'ARCHIVE_NAME_DEVICE'],
  ['aux.', 'ARCHIVE_NAME_DEVICE'],
  ['prn:stream', 'ARCHIVE_NAME_DEVICE'],
  ['nul/virscan.dat', 'ARCHIVE_NAME_DEVICE'],
  ['CONIN$', 'ARCHIVE_NAME_DEVICE'],
  ['a\\b.dat', 'ARCHIVE_NAME_BACKSLASH'],
  ['..\\evil.dat', 'ARCHIVE_NAME_BACKSLASH'],
  ['a\0.dat', 'ARCHIVE_NAME_CONTROL'],
  ['a\nb.dat', 'ARCHIVE_NAME_CONTROL'],
  ['\x1b[31m.dat', 'ARCHIVE_NAME_CONTROL'],
  ['a\x7f', 'ARCHIVE_NAME_CONTROL'],
  ['a\u0085', 'ARCHIVE_NAME_CONTROL'],
  ['a\u202etad.exe', 'ARCHIVE_NAME_CONTROL'],
  ['', 'ARCHIVE_NAME_INVALID'],
  ['.', 'ARCHIVE_NAME_INVALID'],
  ['a//b', 'ARCHIVE_NAME_INVALID'],
  ['a/./b', 'ARCHIVE_NAME_INVALID'],
  ['a/', 'ARCHIVE_NAME_INVALID'],
  ['virscan.dat.', 'ARCHIVE_NAME_INVALID'],
  ['virscan.dat ', 'ARCHIVE_NAME_INVALID'],
  ['folder./virscan.dat', 'ARCHIVE_NAME_INVALID'],
  ['virscan.dat:stream', 'ARCHIVE_NAME_INVALID'],
  ['what?.dat', 'ARCHIVE_NAME_INVALID'],
  ['bad\ufffd.dat', 'ARCHIVE_NAME_INVALID'],
  ['lone\ud800.dat', 'ARCHIVE_NAME_INVALID'],
  ['x'.repeat(limits.name + 1), 'ARCHIVE_NAME_INVALID'],
  ['\u00e9'.repeat(limits.name / 2 + 1), 'ARCHIVE_NAME_INVALID'],
  [`${'a/'.repeat(limits.depth + 1)}b`, 'ARCHIVE_NAME_INVALID'],
]

function codeOf(name: string, type: 'file' | 'folder'): string {
  try {
    return `taken as ${memberPath(name, type)}`
  } catch (error) {
    return error instanceof DefsError ? error.code : String(error)
  }
}

describe('archive/name', () => {
  it.each(refused)('refuses %j with %s', (name, code) => {
    expect(codeOf(name, 'file')).toBe(code)
  })

  it.each([
    ['VIRSCAN1.DAT', 'VIRSCAN1.DAT'],
    ['./v.grd', 'v.grd'],
    ['././v.grd', 'v.grd'],
    ['rules/2026/heur.dat', 'rules/2026/heur.dat'],
    ['d\u00e9finitions.dat', 'd\u00e9finitions.dat'],
    ['CONSOLE.DAT', 'CONSOLE.DAT'],
    ['COM10.DAT', 'COM10.DAT'],
    ['.hidden', '.hidden'],
    ['a..b', 'a..b'],
    ['..a', '..a'],
    ['x'.repeat(limits.name), 'x'.repeat(limits.name)],
    [`${'a/'.repeat(limits.depth)}b`, `${'a/'.repeat(limits.depth)}b`],
  ])('takes %j', (name, path) => {
    expect(memberPath(name, 'file')).toBe(path)
  })

  it('takes the package’s own folder as nothing, and a folder without its slash', () => {
    expect(memberPath('./', 'folder')).toBe('')
    expect(memberPath('.', 'folder')).toBe('')
    expect(memberPath('./rules/', 'folder')).toBe('rules')
  })

  it('judges folders like files', () => {
    expect(codeOf('../', 'folder')).toBe('ARCHIVE_NAME_ESCAPES')
    expect(codeOf('/', 'folder')).toBe('ARCHIVE_NAME_ABSOLUTE')
    expect(codeOf('aux/', 'folder')).toBe('ARCHIVE_NAME_DEVICE')
    expect(codeOf('a//', 'folder')).toBe('ARCHIVE_NAME_INVALID')
  })
})
