import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { datedSet, pickNewest, rapidName, updaterName } from '../../../src/source/listing/package-name.ts'
import type { Listed } from '../../../src/transport/transport.ts'

const rapid = rapidName('core15-v5i32')
const updater = updaterName('v5i32')
const unix = updaterName('unix')

describe('package names', () => {
  it('reads Rapid Release names in any case', () => {
    for (const name of ['symrapidreleasedefscore15-v5i32.zip', 'SymRapidReleaseDefsCORE15-V5I32.EXE']) {
      expect(rapid(name)).toMatchObject({ set: null })
    }
    expect(rapid('20261121-003-symrapidreleasedefscore15-v5i32.jdb')).toEqual({
      set: '20261121.003',
      extension: 'jdb',
    })
    expect(rapid('symrapidreleasedefscore15-v5i32-20261121.003.zip')).toEqual({
      set: '20261121.003',
      extension: 'zip',
    })
  })

  it('reads Intelligent Updater names in any case', () => {
    expect(updater('20261121-003-V5I32.ZIP')).toEqual({ set: '20261121.003', extension: 'zip' })
    expect(updater('symcdefsv5i32.exe')).toEqual({ set: null, extension: 'exe' })
    expect(unix('symcdefs-unix.sh')).toEqual({ set: null, extension: 'sh' })
  })

  it.each([
    'symrapidreleasedefsv5i32.zip',
    'symrapidreleasedefscore15-v5i64.zip',
    'symrapidreleasedefscore15-v5i32.sh',
    'symrapidreleasedefscore15-v5i32.zip.part',
    'symrapidreleasedefscore15-v5i32.zip.tmp',
    'symrapidreleasedefscore15-v5i32',
    'xsymrapidreleasedefscore15-v5i32.zip',
    '20261321-003-symrapidreleasedefscore15-v5i32.zip',
    '.zip',
    '',
  ])('takes %j for no Rapid Release package', (name) => expect(rapid(name)).toBeNull())

  it.each([
    '20261121-003-v5i64.zip',
    '20261121-003-v5i32-1.exe',
    '20261121-003-core15-v5i32.zip',
    '20261131-003-v5i32.zip',
    '20261121-03-v5i32.zip',
    '1121v5i32.exe',
    '20261121-003-v5i32.zip.part',
    '20261121-003-v5i32.tmp',
    '20261121-003-v5i32.html',
    'x20261121-003-v5i32.zip',
  ])('takes %j for no Intelligent Updater package', (name) => expect(updater(name)).toBeNull())

  it('takes a platform for text, not for a pattern', () => {
    expect(updaterName('.*')('20261121-003-v5i32.zip')).toBeNull()
    expect(updaterName('(((')('20261121-003-(((.zip')).toMatchObject({ set: '20261121.003' })
  })

  it('reads the set at the beginning of any name', () => {
    expect(datedSet('20261121-003-whatever.bin')).toBe('20261121.003')
    expect(datedSet('definitions.zip')).toBeNull()
    expect(datedSet('20261199-003-x.zip')).toBeNull()
  })

  it('never throws, and takes nothing from a name but a set that stands in it', () => {
    const piece = fc.oneof(
      fc.constantFrom('symrapidreleasedefs', 'symcdefs', '-', '.', 'v5i32', '20261121-003', '20261131-003'),
      fc.string({ unit: 'binary', maxLength: 3 }),
    )
    const platform = fc.oneof(
      fc.constantFrom('v5i32', 'unix', '(', '\\', '[a-'),
      fc.string({ unit: 'binary' }),
    )
    const extension = fc.constantFrom('.zip', '.jdb', '.exe', '.sh', '.ZIP', '.part', '')
    const any = fc.array(piece, { maxLength: 4 }).map((parts) => parts.join(''))
    const usual = fc.constantFrom(
      (own: string) => `symrapidreleasedefs${own}`,
      (own: string) => `20261121-003-symrapidreleasedefs${own}`,
      (own: string) => `symrapidreleasedefs${own}-20261121.003`,
      (own: string) => `20261121-003-${own}`,
      (own: string) => `symcdefs-${own}`,
      (own: string) => `20261131-003-${own}`,
    )
    let taken = 0
    fc.assert(
      fc.property(platform, fc.option(usual), any, extension, (own, form, odd, end) => {
        const name = `${form?.(own) ?? odd}${end}`
        const found = [rapidName(own), updaterName(own)].flatMap((read) => read(name) ?? [])
        taken += found.length
        const dated = datedSet(name)
        return (
          (dated === null || dated === '20261121.003') &&
          found.every(
            ({ set, extension: kind }) =>
              end.slice(1).toLowerCase() === kind &&
              (set === null || (set === '20261121.003' && name.includes('20261121'))),
          )
        )
      }),
      { numRuns: 600 },
    )
    // Else only names were tried that end at their extension.
    expect(taken).toBeGreaterThan(60)
  })
})

describe('pickNewest', () => {
  const file = (name: string, bytes: number | null = 9): Listed => ({
    name,
    folder: false,
    bytes,
    modified: null,
  })
  const pick = (...listed: Listed[]) => pickNewest(listed, updater)?.listed.name

  it('goes by day, then revision, as numbers', () => {
    expect(
      pick(file('20261121-002-v5i32.zip'), file('20261121-010-v5i32.zip'), file('20261120-999-v5i32.zip')),
    ).toBe('20261121-010-v5i32.zip')
  })

  it('prefers zip, jdb, exe, sh of one set, and any dated name to a static one', () => {
    const names = ['sh', 'exe', 'jdb', 'zip'].map((extension) => file(`20261121-003-v5i32.${extension}`))
    for (let count = 1; count <= names.length; count += 1) {
      expect(pick(...names.slice(0, count))).toBe(names[count - 1]?.name)
    }
    expect(pick(file('symcdefsv5i32.zip'), file('20261121-003-v5i32.exe'))).toBe('20261121-003-v5i32.exe')
    expect(pick(file('symcdefsv5i32.exe'), file('symcdefsv5i32.jdb'))).toBe('symcdefsv5i32.jdb')
  })

  it('passes over folders and empty files', () => {
    expect(pick(file('20261122-001-v5i32.zip', 0), file('20261121-003-v5i32.zip', null))).toBe(
      '20261121-003-v5i32.zip',
    )
    expect(pickNewest([{ ...file('20261122-001-v5i32.zip'), folder: true }], updater)).toBeNull()
  })
})
