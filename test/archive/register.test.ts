import { describe, expect, it } from 'vitest'
import { Register } from '../../src/archive/member-name.ts'
import { DefsError } from '../../src/error.ts'

type Path = readonly [path: string, type: 'file' | 'folder']

function outcome(paths: readonly Path[]): string {
  const register = new Register()
  try {
    for (const [path, type] of paths) register.add(path, type)
    return 'taken'
  } catch (error) {
    return error instanceof DefsError ? error.code : String(error)
  }
}

const files = (...paths: string[]): Path[] => paths.map((path) => [path, 'file'])

describe('archive/register', () => {
  it.each([
    ['another name', files('a.dat', 'b.dat', 'c/a.dat', 'c/b.dat')],
    [
      'a folder before what lies in it',
      [
        ['a', 'folder'],
        ['a/b', 'file'],
      ] as Path[],
    ],
    [
      'a folder after what lies in it',
      [
        ['a/b', 'file'],
        ['a', 'folder'],
      ] as Path[],
    ],
  ])('takes %s', (_, paths) => {
    expect(outcome(paths)).toBe('taken')
  })

  it.each([
    ['a file twice', files('v.grd', 'v.grd')],
    [
      'a folder twice',
      [
        ['a', 'folder'],
        ['a', 'folder'],
      ] as Path[],
    ],
    [
      'a folder twice around its file',
      [
        ['a', 'folder'],
        ['a/b', 'file'],
        ['a', 'folder'],
      ] as Path[],
    ],
  ])('refuses %s as a duplicate', (_, paths) => {
    expect(outcome(paths)).toBe('ARCHIVE_DUPLICATE')
  })

  it.each([
    ['upper and lower case', files('v.grd', 'V.GRD')],
    ['NFC and NFD', files('\u00e9.dat', 'e\u0301.dat')],
    ['full case folding', files('stra\u00dfe.dat', 'STRASSE.DAT')],
    ['the Kelvin sign', files('k.dat', '\u212a.dat')],
    ['the long s', files('s.dat', '\u017f.dat')],
    ['a compatibility form', files('\u00aa.dat', 'A.dat')],
    ['a ligature', files('\ufb01.dat', 'fi.dat')],
    ['the final sigma', files('\u03c3.dat', '\u03c2.dat')],
    ['a file where a folder is', files('a/b', 'a')],
    ['a folder where a file is', files('a', 'a/b')],
    ['a file where a folder is, in another case', files('A/b', 'a')],
    ['two folders that differ in case', files('a/x', 'A/y')],
  ])('refuses a collision: %s', (_, paths) => {
    expect(outcome(paths)).toBe('ARCHIVE_COLLISION')
  })
})
