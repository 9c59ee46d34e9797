import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readIni, writeIni } from '../../src/text/ini.ts'

describe('INI text', () => {
  it.each(['\r\n', '\n'])('is read with line end %j', (end) => {
    const { sections, problems } = readIni(
      ['\uFEFF; remark', '[A]', 'x=1', 'y = two = 2', '', '[B]', ''].join(end),
    )
    expect(problems).toEqual([])
    expect(sections.map(({ name, line, entries }) => [name, line, [...entries]])).toEqual([
      [
        'A',
        2,
        [
          ['x', '1'],
          ['y', 'two = 2'],
        ],
      ],
      ['B', 6, []],
    ])
  })

  it('names the lines it cannot read, and keys that stand twice', () => {
    const { sections, problems } = readIni('x=1\n[A]\nnonsense\n=3\nk=1\nk=2\n')
    expect(problems).toHaveLength(3)
    expect(sections[0]?.repeated).toEqual(['k'])
    expect(sections[0]?.entries.get('k')).toBe('1')
  })

  it('reads what it writes', () => {
    const word = fc.stringMatching(/^[A-Za-z0-9_.-]{1,12}$/)
    const text = fc.dictionary(word, fc.dictionary(word, word))
    fc.assert(
      fc.property(text, (sections) => {
        const written = writeIni(Object.entries(sections).map(([name, keys]) => [name, Object.entries(keys)]))
        const read = readIni(written)
        expect(read.problems).toEqual([])
        expect(read.sections.map(({ name, entries }) => [name, Object.fromEntries(entries)])).toEqual(
          Object.entries(sections),
        )
      }),
    )
  })
})
