import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { eachLine } from '../../src/detection/names-in.ts'
import type { LineForm } from '../../src/detection/signature-file.ts'

function namesOf(block: Buffer, form: LineForm): string[] {
  const found: string[] = []
  eachLine(block, form, (_kind, bytes, from, to, name, nameEnd) => {
    found.push(`${bytes.toString('latin1', name, nameEnd)} in ${bytes.toString('latin1', from, to)}`)
  })
  return found
}

/** The same, line by line and field by field. */
function plainly(text: string, { separator, field }: LineForm): string[] {
  return text.split('\n').flatMap((one) => {
    const line = one.replace(/\r$/, '')
    const name = line.split(String.fromCharCode(separator))[field]
    return name && !line.startsWith('#') ? [`${name} in ${line}`] : []
  })
}

describe('the names in lines', () => {
  it.each([
    { kind: 'detection', separator: 0x3a, field: 2 },
    { kind: 'detection', separator: 0x3b, field: 0 },
    { kind: 'ignored', separator: 0x3a, field: 0 },
  ] as const)('are those of the field, whatever stands around them: %j', (form) => {
    // Some of these bytes differ from a separator or a line end by single bits.
    const letter = fc.constantFrom(
      ':',
      ';',
      '\n',
      '*',
      '+',
      '\x1a',
      '\x0b',
      '\xba',
      '\x8a',
      '0',
      'f',
      '#',
      '\x00',
    )
    const piece = fc.oneof(
      letter,
      fc.constantFrom('0123456789abcdef', 'A.B-1', ':', '0123:45:A.B-2', '\n', '\r\n'),
    )
    const text = fc.array(piece, { maxLength: 60 }).map((pieces) => pieces.join(''))
    let named = 0
    fc.assert(
      fc.property(text, fc.integer({ min: 0, max: 5 }), (lines, skipped) => {
        // Blocks begin anywhere in the memory they are read into.
        const block = Buffer.from(`${'.'.repeat(skipped)}${lines}`, 'latin1').subarray(skipped)
        const found = namesOf(block, form)
        expect(found).toEqual(plainly(lines, form))
        named += found.length
      }),
      { numRuns: 1000 },
    )
    expect(named).toBeGreaterThan(100)
  })
})
