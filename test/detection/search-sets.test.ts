import { describe, expect, it } from 'vitest'
import { searchSets } from '../../src/detection/search-sets.ts'
import { makeClamavSigner, makeCvd } from '../support/clamav-database.ts'
import { options, setOf } from './set-folder.ts'

const line = (name: string) => `0123456789abcdef0123456789abcdef:68:${name}\n`

const sets = [
  setOf('20260101.001', { 'x.hdb': line('Eicar-Test'), 'own.yar': 'rule Mine { condition: true }' }),
  setOf('20260102.001', { 'x.hdb': line('Eicar-Test') + line('Eicar-Test-2'), 'y.ndb': 'Mine:0:*:41\n' }),
  setOf('20260103.001', { 'x.hdb': line('Eicar-Test-2'), 'z.rules': 'alert ip any any -> any any (sid:7;)' }),
]

const foundIn = async (name: string) => (await searchSets(name, sets, options)).sets

describe('a name', () => {
  it.each([
    ['Eicar-Test', ['20260101.001', '20260102.001']],
    ['Eicar-Test.UNOFFICIAL', ['20260101.001', '20260102.001']],
    ['Eicar', []],
    ['eicar-test', []],
    ['Eicar-Test-2', ['20260102.001', '20260103.001']],
    ['YARA.Mine', ['20260101.001', '20260102.001']],
    ['YARA.Mine.UNOFFICIAL', ['20260101.001', '20260102.001']],
    ['Mine', ['20260101.001', '20260102.001']],
    ['7', ['20260103.001']],
    ['1:7', ['20260103.001']],
    ['3:7', []],
    ['68', []],
  ])('%s', async (name, expected) => expect(await foundIn(name)).toEqual(expected))

  it('is told with the file it stands in, inside databases too', async () => {
    const cvd = makeCvd({ name: 'daily', files: { 'daily.hdb': line('A.B-1') } }, makeClamavSigner())
    const found = await searchSets('A.B-1', [setOf('20260101.001', { 'daily.cvd': cvd })], options)
    expect(found.places).toEqual([{ set: '20260101.001', file: 'daily.cvd/daily.hdb', kind: 'detection' }])
  })

  it('that a set ignores is not detected by it', async () => {
    const own = setOf('20260104.001', { 'x.hdb': line('Eicar-Test'), 'local.ign2': 'Eicar-Test\n' })
    const found = await searchSets('Eicar-Test', [...sets, own], options)
    expect(found.sets).toEqual(['20260101.001', '20260102.001'])
    expect(found.places.filter(({ set }) => set === '20260104.001').map(({ kind }) => kind)).toEqual([
      'detection',
      'ignored',
    ])
  })
})
