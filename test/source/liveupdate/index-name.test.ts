import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DefsError, isDefsError } from '../../../src/error.ts'
import { indexName } from '../../../src/source/liveupdate/unchanged.ts'

const subject = { product: 'SMSMSE Virus Definitions', version: '6.5', language: 'SymAllLanguages' }

describe('indexName', () => {
  it('writes lower case and a space as $20', () => {
    expect(indexName(subject)).toBe('smsmse$20virus$20definitions_6.5_symalllanguages_livetri.zip')
  })

  it('keeps a dollar apart from an encoded space', () => {
    expect(indexName({ ...subject, product: 'a$20b' })).not.toBe(indexName({ ...subject, product: 'a b' }))
  })

  it.each([
    '',
    ' ',
    '.',
    '..',
    'a/b',
    'a\\b',
    '../a',
    'a\nb',
    'a\u0000',
    'c:',
    'a?b',
    'a%2fb',
    'naïve',
    'a..b',
    'nul',
  ])('refuses %j as a part', (part) => {
    for (const key of ['product', 'version', 'language']) {
      const refused = () => indexName({ ...subject, [key]: part })
      expect(refused).toThrow(DefsError)
      expect(refused).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }))
    }
  })

  it('makes one path component or refuses, whatever it is given', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (product) => {
        try {
          return /^[^/\\\u0000-\u0020]+_livetri\.zip$/.test(indexName({ ...subject, product }))
        } catch (error) {
          return isDefsError(error, 'CONFIG_INVALID')
        }
      }),
    )
  })
})
