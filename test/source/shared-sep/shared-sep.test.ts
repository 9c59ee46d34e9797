import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { SharedSepConfig } from '../../../src/config/config.ts'
import { refusalOf, sharedConditions, sharedSep } from '../../../src/source/shared-sep/source.ts'
import { asking, codeOf, connect, offered } from '../asking.ts'
import { fill, temporary } from '../folder.ts'

let root: ReturnType<typeof temporary>
beforeEach(() => {
  root = temporary()
})
afterEach(() => root.remove())

function config(keys: Partial<SharedSepConfig> = {}): SharedSepConfig {
  return {
    name: 'shared',
    kind: 'shared-sep',
    username: null,
    password: null,
    tls: null,
    passwordFile: null,
    passwordVariable: null,
    path: join(root.path, 'VirusDefs'),
    sepVersion: '12.0',
    bits: 32,
    sharing64: false,
    register: false,
    ...keys,
  }
}

const source = (keys: Partial<SharedSepConfig> = {}) => sharedSep(config(keys), connect)
const definfo = (current: string) => `[DefDates]\r\nCurDefs=${current}\r\nLastDefs=20261119.001\r\n`
const virusDefs = (files: Record<string, string>) => fill(join(root.path, 'VirusDefs'), files)

describe('sharedSep', () => {
  it('offers the folder that definfo.dat calls current', async () => {
    const path = virusDefs({
      'definfo.dat': definfo('20261120.002'),
      '20261120.002/v.grd': 'x',
      '20261121.001/v.grd': 'newer, but not current',
    })
    expect(await source().ask(asking())).toMatchObject({
      source: 'shared',
      kind: 'shared-sep',
      set: '20261120.002',
      sequence: null,
      grade: 'certified',
      failedHosts: [],
      incremental: [],
      package: {
        name: '20261120.002',
        folder: join(path, '20261120.002'),
        bytes: null,
        digests: [],
        fingerprint: null,
      },
    })
  })

  it.each([
    ['20261120.002_d2c', '20261120.002_d2c'],
    ['20261120.002', '20261120.002_d2c'],
    ['20261120.002_d2c', '20261120.002'],
  ])('reads CurDefs=%s with the folder %s', async (named, folder) => {
    const path = virusDefs({
      'DEFINFO.DAT': definfo(named).replaceAll('\r', '').toUpperCase().replace('D2C', 'd2c'),
      [`${folder}/x`]: 'x',
    })
    const offer = offered(await source().ask(asking()))
    expect([offer.set, offer.package.folder]).toEqual(['20261120.002', join(path, folder)])
  })

  it.each([
    ['20261120.002', {}],
    ['20261120.002', { '20261120.002': 'a file' }],
    ['20261120.002', { '20261120.0021/x': 'x', '20261120.00/x': 'x' }],
    ['../20261120.002', { '20261120.002/x': 'x' }],
    ['20261320.002', { '20261320.002/x': 'x' }],
    ['', { '20261120.002/x': 'x' }],
    ['20261120.002/..', { '20261120.002/x': 'x' }],
  ])('says SOURCE_PROTOCOL for CurDefs=%s beside %j', async (named, files) => {
    virusDefs({ 'definfo.dat': definfo(named), ...files })
    expect(await codeOf(source().ask(asking()))).toBe('SOURCE_PROTOCOL')
  })

  it('says what is missing', async () => {
    expect(await codeOf(source().ask(asking()))).toBe('SOURCE_UNREACHABLE')
    virusDefs({})
    expect(await codeOf(source().ask(asking()))).toBe('SOURCE_NOT_FOUND')
    virusDefs({ 'definfo.dat': '\u0000rubbish' })
    expect(await codeOf(source().ask(asking()))).toBe('SOURCE_PROTOCOL')
    virusDefs({ 'definfo.dat': 'x'.repeat(5 * 1024 * 1024) })
    expect(await codeOf(source().ask(asking()))).toMatch(/^SOURCE_/)
  })

  it('looks at nothing when sharing is refused', async () => {
    expect(await codeOf(source({ sepVersion: '12.1' }).ask(asking()))).toBe('SOURCE_REFUSED')
    virusDefs({ 'definfo.dat': definfo('20261120.002'), '20261120.002/x': 'x' })
    expect(await codeOf(source({ bits: 64 }).ask(asking()))).toBe('SOURCE_REFUSED')
    expect(offered(await source({ bits: 64, sharing64: true }).ask(asking())).set).toBe('20261120.002')
  })
})

describe('sharedConditions', () => {
  it.each(['8', '9.0', '10.1.5', '11.0.7000.975', '12', '12.0', '12.0.1001.95'])(
    'lets %s share on 32 bit',
    (sepVersion) => {
      expect(refusalOf(config({ sepVersion }))).toBeNull()
    },
  )

  it.each(['12.1', '12.1.6', '12.10', '13', '14.3', '100.0', '', 'x', '12.', 'v12.0', '-1'])(
    'refuses %j',
    (sepVersion) => {
      expect(refusalOf(config({ sepVersion }))).not.toBeNull()
    },
  )

  it('needs each of its conditions', () => {
    const cases = [config({ sepVersion: 'x' }), config({ sepVersion: '14' }), config({ bits: 64 })]
    expect(cases.map(refusalOf)).toEqual(sharedConditions.map(({ reason }) => reason))
  })
})
