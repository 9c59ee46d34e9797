import { describe, expect, it } from 'vitest'
import { limits } from '../../src/limits.ts'
import {
  type DerElement,
  DerParts,
  identifierOf,
  numberOf,
  readElement,
  timeOf,
} from '../../src/trust/der.ts'

const bytesOf = (hex: string) => Buffer.from(hex, 'hex')
const read = (hex: string) => readElement(bytesOf(hex), 8)

describe('an element', () => {
  it.each(['3000', '30020500', 'a0020500', '800161', '3006050030020500', `04820100${'61'.repeat(256)}`])(
    'is read: %.20s',
    (hex) => {
      const element = read(hex)
      expect(Buffer.from(element.bytes).toString('hex')).toBe(hex)
      expect(Buffer.concat(element.parts.map(({ bytes }) => bytes)).length).toBe(
        element.parts.length > 0 ? element.contents.length : 0,
      )
    },
  )

  it.each([
    ['', 'nothing'],
    ['30', 'no length'],
    ['300205000000', 'bytes behind it'],
    ['3080050000', 'a length that is not said'],
    ['308005000000', 'the same, with its end'],
    ['3081020500', 'a length that could be shorter'],
    ['308200020500', 'a length that could be shorter still'],
    ['308500000000020500', 'a length of five bytes'],
    ['3003050000', 'a part that is not whole'],
    ['30030500', 'less than its length'],
    ['240404016100', 'a string in pieces'],
    ['2403040161', 'a string in one piece, and in the form of pieces'],
    ['10020500', 'a SEQUENCE in the form of a string'],
    ['1f0100', 'a tag of several bytes'],
    ['300400020500', 'an end inside'],
    ['30022000', 'an end in the form of a SEQUENCE'],
  ])('is refused: %s (%s)', (hex) => {
    expect(() => read(hex)).toThrowError()
  })

  it('is refused when too many lie inside each other', () => {
    let nested = bytesOf('3000')
    for (let depth = 1; depth < 8; depth++)
      nested = Buffer.concat([Buffer.from([0x30, nested.length]), nested])
    expect(readElement(nested, 8).tag).toBe(0x30)
    expect(() => readElement(nested, 7)).toThrowError()
  })
})

describe('what stands in one', () => {
  // The examples of X.690 8.19 and of RFC 5280, and numbers beyond what a double holds (2.25: UUIDs).
  it.each([
    ['0603883703', '2.999.3'],
    ['06092a864886f70d010702', '1.2.840.113549.1.7.2'],
    ['060355041d', '2.5.4.29'],
    ['06016a', '2.26'],
    ['0600', null],
    ['06022a80', null],
    ['06032a8001', null],
    ['04012a', null],
  ])('is an object identifier: %s', (hex, text) => {
    const identify = () => identifierOf(read(hex))
    if (text === null) expect(identify).toThrowError()
    else expect(identify()).toBe(text)
  })

  it('is an object identifier with a number of 128 bits', () => {
    const arc = 2n ** 128n - 1n
    const groups: number[] = []
    for (let rest = arc; rest > 0n; rest >>= 7n)
      groups.unshift(Number(rest & 127n) | (groups.length > 0 ? 128 : 0))
    const contents = Buffer.from([0x69, ...groups])
    const element = read(Buffer.concat([Buffer.from([6, contents.length]), contents]).toString('hex'))
    expect(identifierOf(element)).toBe(`2.25.${arc}`)
  })

  it('is no object identifier when it is longer than any in use, and that is told at once', () => {
    const identifier = (length: number) => {
      const contents = Buffer.alloc(length, 0xff)
      contents[length - 1] = 1
      const header = length < 128 ? [6, length] : [6, 0x83, length >> 16, (length >> 8) & 255, length & 255]
      return Buffer.concat([Buffer.from(header), contents])
    }
    const longest = Buffer.concat([bytesOf('068180'), identifier(limits.asn1Identifier).subarray(5)])
    expect(identifierOf(readElement(longest, 8)).startsWith('2.')).toBe(true)
    const begun = performance.now()
    expect(() => identifierOf(readElement(identifier(limits.signature - 16), 8))).toThrowError()
    // It took 40 seconds.
    expect(performance.now() - begun).toBeLessThan(1000)
  })

  it.each([
    ['020100', 0],
    ['02017f', 127],
    ['02020080', 128],
    ['02047fffffff', 2 ** 31 - 1],
    ['0200', null],
    ['0201ff', null],
    ['0202007f', null],
    ['02050080000000', null],
    ['040100', null],
  ])('is a number: %s', (hex, number) => {
    const count = () => numberOf(read(hex))
    if (number === null) expect(count).toThrowError()
    else expect(count()).toBe(number)
  })

  it.each([
    ['17', '260102030405Z', '2026-01-02T03:04:05.000Z'],
    ['17', '490102030405Z', '2049-01-02T03:04:05.000Z'],
    ['17', '500102030405Z', '1950-01-02T03:04:05.000Z'],
    ['18', '99991231235959Z', '9999-12-31T23:59:59.000Z'],
    ['17', '2601020304Z', null],
    ['17', '260102030405+0000', null],
    ['17', '261302030405Z', null],
    ['18', '20260102030405.5Z', null],
    ['18', '260102030405Z', null],
    ['04', '260102030405Z', null],
  ])('is a time: %s %s', (tag, text, time) => {
    const tell = () =>
      timeOf(
        read(Buffer.concat([bytesOf(tag), Buffer.from([text.length]), Buffer.from(text)]).toString('hex')),
      )
    if (time === null) expect(tell).toThrowError()
    else expect(tell().toISOString()).toBe(time)
  })

  it('is taken apart in order, and nothing is passed over', () => {
    const parts = new DerParts(read('3006020101040161'))
    const inside: (DerElement | undefined)[] = [parts.optional(4), parts.next(), parts.optional(4)]
    expect(inside.map((element) => element?.tag)).toEqual([undefined, 2, 4])
    parts.end()
    const left = new DerParts(read('3006020101040161'))
    left.next()
    expect(() => left.end()).toThrowError()
    expect(() => new DerParts(read('3100'))).toThrowError()
  })
})
