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
    const letter = fc.constantFrom(...'aZ09 ._-$()+~%/\\:?*"<>|;\u0000\u007f\u00e9')
    const plain = fc.string({ unit: fc.constantFrom(...'aZ09 _-$'), minLength: 1, maxLength: 8 })
    const part = fc.oneof(
      { weight: 3, arbitrary: plain },
      fc.string({ unit: letter, maxLength: 8 }),
      fc.string({ unit: 'binary', maxLength: 8 }),
    )
    const outcomes = { named: 0, refused: 0 }
    fc.assert(
      fc.property(part, part, part, (product, version, language) => {
        try {
          const name = indexName({ product, version, language })
          outcomes.named += 1
          // What was put in can be read back: no two subjects share a name but by case.
          const back = name.replaceAll('$20', ' ').replaceAll('$24', '$')
          const meant = `${[product, version, language].join('_').toLowerCase()}_livetri.zip`
          return back === meant && /^[^/\\:*?"<>|%\s\u0000-\u001f\u007f-\uffffA-Z]+_livetri\.zip$/.test(name)
        } catch (error) {
          outcomes.refused += 1
          return isDefsError(error, 'CONFIG_INVALID')
        }
      }),
      { numRuns: 600 },
    )
    for (const count of Object.values(outcomes)) expect(count).toBeGreaterThan(20)
  })
})
