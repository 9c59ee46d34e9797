import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isDefsError } from '../../src/error.ts'
import { readXml } from '../../src/licence/xml.ts'
import { limits } from '../../src/limits.ts'

function codeOf(text: string): string {
  try {
    readXml(text)
    return 'read'
  } catch (error) {
    return isDefsError(error) ? error.code : 'foreign error'
  }
}

describe('readXml', () => {
  it('gives names without prefix, text and children', () => {
    const root = readXml(
      '\uFEFF<?xml version="1.0"?>\r\n<!-- a > b -->\n<s:file xmlns:s="urn:x" note=\'1 > 0\'><a/><b >x<!-- - -->y</b ></s:file>\n<!-- end -->',
    )
    expect(root).toMatchObject({
      name: 'file',
      children: [{ name: 'a' }, { name: 'b', text: 'xy', children: [] }],
    })
  })

  it.each([
    ['&lt;&gt;&amp;&quot;&apos;', '<>&"\''],
    ['&#65;&#x42;&#x1F600;', 'AB\u{1F600}'],
    ['&amp;lt;', '&lt;'],
    ['<![CDATA[<b>&amp;]]]]>', '<b>&amp;]]'],
  ])('resolves %s', (text, meaning) => {
    expect(readXml(`<a>${text}</a>`).text).toBe(meaning)
  })

  it.each([
    ['a DOCTYPE', '<!DOCTYPE a><a/>'],
    ['a DOCTYPE in lower case', '<!doctype a><a/>'],
    ['an entity that expands', '<!DOCTYPE a [<!ENTITY b "cccc">]><a>&b;</a>'],
    ['a declaration inside', '<a><!ELEMENT b ANY></a>'],
    ['an unknown entity', '<a>&nbsp;</a>'],
    ['a bare ampersand', '<a>you & me</a>'],
    ['an ampersand at the end', '<a>you &</a>'],
    ['an unended reference', '<a>&lt</a>'],
    ['a name of Object.prototype', '<a>&constructor;</a>'],
    ['a reference to NUL', '<a>&#0;</a>'],
    ['a reference to escape', '<a>&#x1b;</a>'],
    ['a reference to half a character', '<a>&#xD800;</a>'],
    ['a reference past Unicode', '<a>&#x110000;</a>'],
    ['a control character', '<a>\u001b[31m</a>'],
    ['nothing', ''],
    ['only text', 'licence'],
    ['two roots', '<a/><b/>'],
    ['text beside the root', '<a/>b'],
    ['a space that is none to XML', '<a/>\u3000'],
    ['an open element', '<a><b></b>'],
    ['a wrong end tag', '<a></b>'],
    ['a wrong prefix at the end', '<x:a></y:a>'],
    ['an end tag too many', '<a/></a>'],
    ['a cut tag', '<a><b'],
    ['an attribute without quotes', '<a b=c/>'],
    ['an open comment', '<a/><!-- b'],
    ['an open CDATA', '<a><![CDATA[b</a>'],
    ['an open instruction', '<?xml <a/>'],
    ['a space before the name', '< a/>'],
  ])('refuses %s', (_, text) => {
    expect(codeOf(text)).toBe('LICENCE_MISSING')
  })

  it('bounds the depth', () => {
    const nested = (depth: number) => '<a>'.repeat(depth) + '</a>'.repeat(depth)
    expect(codeOf(nested(limits.licenceDepth))).toBe('read')
    expect(codeOf(nested(limits.licenceDepth + 1))).toBe('LICENCE_MISSING')
  })

  it('bounds the length', () => {
    const filled = (length: number) => `<a>${' '.repeat(length - 7)}</a>`
    expect(codeOf(filled(limits.licence))).toBe('read')
    expect(codeOf(filled(limits.licence + 1))).toBe('LICENCE_MISSING')
  })

  it('takes hostile texts of full length in linear time', () => {
    const half = limits.licence - 100
    const texts = [
      `<a${' '.repeat(half)}`,
      `<a ${'b="" '.repeat(half / 5)}<`,
      `<a>${'&'.repeat(half)}</a>`,
      `<a>${'<b/>'.repeat(half / 4)}</a>`,
      `<a>${'<!---->'.repeat(half / 7)}</a>`,
    ]
    expect(texts.map(codeOf)).toEqual([
      'LICENCE_MISSING',
      'LICENCE_MISSING',
      'LICENCE_MISSING',
      'read',
      'read',
    ])
  })

  it('reads or refuses anything, and throws nothing else', () => {
    const piece = fc.constantFrom(
      '<a>',
      '</a>',
      '<a/>',
      '<',
      '>',
      '&',
      '&lt;',
      '<!--',
      '-->',
      '<![CDATA[',
      ']]>',
      'x',
      ' ',
      '"',
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        expect(['read', 'LICENCE_MISSING']).toContain(codeOf(pieces.join('')))
      }),
    )
  })

  it('gives back any text that was escaped', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const escaped = Array.from(text, (character) => `&#${character.codePointAt(0)};`).join('')
        fc.pre(!/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ud800-\udfff\ufffe\uffff]/u.test(text))
        expect(readXml(`<a>${escaped}</a>`).text).toBe(text)
      }),
    )
  })
})
