import { describe, expect, it } from 'vitest'
import type { OpenedFile } from '../../src/archive/opened.ts'
import { planSet } from '../../src/archive/rebuild.ts'
import type { ErrorCode } from '../../src/error.ts'

const filesOf = (...names: string[]): OpenedFile[] =>
  names.map((name) => ({ name, bytes: 1, sha256: '', sha1: null }))

/** The plan as `how name` lines. */
function plan(names: readonly string[], given: readonly string[], base: readonly string[]): string[] {
  return planSet({ names, given: filesOf(...given), base: filesOf(...base) })
    .map(({ how, name }) => `${how} ${name}`)
    .sort()
}

function codeOf(names: readonly string[], given: readonly string[], base: readonly string[]): unknown {
  try {
    return plan(names, given, base)
  } catch (error) {
    return (error as { code: ErrorCode }).code
  }
}

describe('planSet', () => {
  it('takes what is given, patches what has a patch, and copies the rest', () => {
    const given = ['v.grd', 'v.sig', 'NEW.DAT', 'Changed.dat.vcdiff']
    expect(
      plan(['new.dat', 'changed.dat', 'same.dat'], given, ['CHANGED.DAT', 'SAME.DAT', 'GONE.DAT']),
    ).toEqual(['copied SAME.DAT', 'given NEW.DAT', 'given v.grd', 'given v.sig', 'patched CHANGED.DAT'])
  })

  it('leaves the marker of the base, unless the guard names it', () => {
    expect(plan(['a.dat'], ['v.grd'], ['a.dat', 'zdone.dat'])).toEqual(['copied a.dat', 'given v.grd'])
    expect(plan(['a.dat', 'zdone.dat'], [], ['a.dat', 'zdone.dat'])).toEqual([
      'copied a.dat',
      'copied zdone.dat',
    ])
  })

  it('takes a member that the guard names for that file, even when it looks like a patch', () => {
    expect(plan(['a', 'a.vcdiff'], ['a.vcdiff'], ['a', 'a.vcdiff'])).toEqual(['copied a', 'given a.vcdiff'])
    expect(plan(['a.vcdiff'], ['a.vcdiff.vcdiff'], ['a.vcdiff'])).toEqual(['patched a.vcdiff'])
  })

  it('never takes guard or signature from the base', () => {
    expect(plan(['a'], [], ['a', 'v.grd', 'v.sig'])).toEqual(['copied a'])
  })

  it.each<[string, ErrorCode, string[], string[], string[]]>([
    ['a member that the guard does not name', 'TRUST_FILE_UNLISTED', ['a'], ['b'], ['a']],
    [
      'a patch for a file that the guard does not name',
      'TRUST_FILE_UNLISTED',
      ['a'],
      ['b.vcdiff'],
      ['a', 'b'],
    ],
    ['a patch of no name', 'TRUST_FILE_UNLISTED', ['a'], ['.vcdiff'], ['a']],
    ['a patch of the guard', 'TRUST_FILE_UNLISTED', ['a'], ['v.grd.vcdiff'], ['a', 'v.grd']],
    ['a patch of a file that is not in the base', 'ARCHIVE_CORRUPT', ['a'], ['a.vcdiff'], []],
    ['a file in full and as a patch', 'ARCHIVE_DUPLICATE', ['a'], ['a', 'a.vcdiff'], ['a']],
    ['a file that is nowhere', 'TRUST_FILE_MISSING', ['a', 'b'], [], ['a']],
    ['two files that are one on some systems', 'ARCHIVE_COLLISION', ['\u212a', 'k'], ['\u212a'], ['k']],
    ['a file where a folder must be', 'ARCHIVE_COLLISION', ['a', 'a/b'], ['a/b'], ['a']],
  ])('refuses %s', (_, code, names, given, base) => {
    expect(codeOf(names, given, base)).toBe(code)
  })
})
