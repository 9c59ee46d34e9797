import { describe, expect, it } from 'vitest'
import { readDocument } from '../../src/config/document.ts'

const yaml = (text: string) => readDocument('/x/defs.yaml', text)

describe('a configuration file as data', () => {
  it('knows the line of every key and element', async () => {
    const { lineOf } = await yaml(
      'store:\n  root: /a\n\n  keep: 3\nfallback:\n  - a\n  - b\nschedule: [{ cron: x }]\n',
    )
    expect(lineOf(['store', 'keep'])).toBe(4)
    expect(lineOf(['fallback', 1])).toBe(7)
    expect(lineOf(['schedule', 0, 'cron'])).toBe(8)
    expect(lineOf(['store', 'absent'])).toBe(1)
    expect(lineOf(['absent'])).toBeNull()
  })

  it('keeps scalars as they were written', async () => {
    const { textOf } = await yaml('a: 6.50\nb: "6.50"\nc: 2026-11-21\nd: [012]\n')
    expect([textOf(['a']), textOf(['b']), textOf(['c']), textOf(['d', 0])]).toEqual([
      '6.50',
      '6.50',
      '2026-11-21',
      '012',
    ])
  })

  it.each([
    ['a: 1\nb: 2\na: 3\n', 3],
    ['a: 1\nb: [\n', 3],
    ['a: &x [1]\nb: 2\n', 1],
    ['a: 1\nb: *x\n', 2],
    ['a: 1\nb: !!js/function "process.exit()"\n', 2],
    ['a: 1\nb: !!binary aGFsbG8=\n', 2],
    ['a: 1\n<<: { c: 1 }\n', 2],
    ['a: 1\n---\nb: 2\n', 2],
    ['%YAML 1.1\n---\na: 1\n', 1],
    ['a:\n  7.0: { b: 1 }\n', 2],
    ['a:\n  010: 1\n', 2],
    ['a:\n  1e3: 1\n', 2],
    ['a:\n  true: 1\n', 2],
    ['a:\n  ~: 1\n', 2],
    ['a: 1\n: 2\n', 2],
    ['a: 1\n? [b, c]\n: 2\n', 2],
    ['a: 1\n{ b: c }: 2\n', 2],
    ['a: 1\nb: x\u0007\n', 2],
    ['a: 1\n# \ud800\n', 2],
    ['# a\rb: 1\n', 1],
  ])('refuses %j at line %i', async (text, line) => {
    const { problems, data } = await yaml(text)
    expect(problems.map((problem) => problem.line)).toContain(line)
    expect(data).toBeUndefined()
  })

  it('takes dates and the numbers of other rules for text', async () => {
    const { data, problems } = await yaml('a: 2026-11-21\nb: [1_000, 0b11, 012, 0x10, .5]\n"~": "\\u0007"\n')
    expect(problems).toEqual([])
    expect(data).toEqual({ a: '2026-11-21', b: ['1_000', '0b11', 12, 16, 0.5], '~': '\u0007' })
  })

  it('survives a bomb of aliases and of nesting', async () => {
    const levels = Array.from({ length: 9 }, (_, i) => `l${i + 1}: &l${i + 1} [${`*l${i},`.repeat(9)}]`)
    expect((await yaml(`l0: &l0 [x]\n${levels.join('\n')}\n`)).problems).not.toEqual([])
    expect((await yaml(`a: ${'['.repeat(200_000)}`)).problems).not.toEqual([])
  })

  it('reads JSON as JSON, tabs and all, and refuses keys that stand twice', async () => {
    const json = (text: string) => readDocument('/x/defs.json', text)
    expect((await json('{\n\t"store": {\n\t\t"keep": 4 } }')).data).toEqual({ store: { keep: 4 } })
    expect((await json('{\n"a": 1,\n"a": 2}')).problems).toMatchObject([{ line: 3 }])
    expect((await json('a: 1')).problems).toHaveLength(1)
  })

  it('quotes nothing of a file that cannot be read', async () => {
    for (const file of ['/x/defs.yaml', '/x/defs.json']) {
      const { problems } = await readDocument(file, '{ url: "ftp://anna:s3cret@host/", "a": [s3cret, ]:: }')
      expect(problems).not.toEqual([])
      expect(JSON.stringify(problems)).not.toContain('s3cret')
    }
  })

  it('takes an empty file for no settings', async () => {
    expect(await yaml('')).toMatchObject({ data: {}, problems: [] })
    expect((await yaml('# nothing\n')).problems).toEqual([])
  })
})
