import { describe, expect, it } from 'vitest'
import { countSuricata, countYara } from '../../src/rules/count-rules.ts'
import {
  restoredSuricata,
  restoredYara,
  withoutSuricataRules,
  withoutYaraRules,
} from '../../src/rules/except-rules.ts'
import { findDoubles } from '../../src/rules/merge-rules.ts'
import { unquoted } from '../../src/rules/named-rules.ts'
import { processorTime } from '../support/processor-time.ts'
import { random } from '../support/random.ts'

const rule = (sid: number, lineEnd = '\n') =>
  `alert tcp any any -> any any (msg:"sid:99; x"; sid:${sid}; rev:1;)${lineEnd}`

describe('rules of Suricata that are taken out', () => {
  it.each([
    ['one of several', rule(1) + rule(2) + rule(3)],
    ['with the line ends of another system', rule(1, '\r\n') + rule(2, '\r\n')],
    ['over several lines', `${rule(1)}alert tcp any any -> any any \\\n  (sid:2; \\\n rev:1;)\n${rule(3)}`],
    ['without a line end', rule(1) + rule(2).trimEnd()],
    ['as long as Suricata takes one', rule(1) + rule(2).replace('x"', `${'x'.repeat(8100)}"`)],
    ['written in capitals', rule(1) + rule(2).replace('alert', 'ALERT').replace('; sid', '; SID')],
    ['behind a comment that looks as if it went on', `# off \\\n${rule(2)}`],
  ])('%s, come back byte by byte', (_, text) => {
    const { text: lessened, left } = withoutSuricataRules(text, ({ name }) => name === '2')
    expect([...left]).toEqual(['2'])
    expect(countSuricata(lessened)).toBe(countSuricata(text) - 1)
    expect(restoredSuricata(lessened)).toBe(text)
    // What another part is the reason for is not touched.
    expect(restoredSuricata(lessened, 'double')).toBe(lessened)
  })

  it('leave no line that Suricata would cut', () => {
    const long = rule(2).replace('x"', `${'x'.repeat(8100)}"`)
    const { text } = withoutSuricataRules(long, () => true)
    expect(text.split('\n').every((line) => line.length < 8191)).toBe(true)
    expect(
      text
        .trimEnd()
        .split('\n')
        .every((line) => line.startsWith('#')),
    ).toBe(true)
  })

  it('are none of those that were commented out already', () => {
    const text = `#${rule(2)}`
    expect(withoutSuricataRules(text, () => true)).toEqual({ text, left: new Set() })
  })
})

describe('rules of YARA that are taken out', () => {
  it.each([
    ['alone on a line', 'rule A { condition: true }\nrule B { condition: false }\n'],
    ['beside another one', 'rule A { condition: true } rule B { condition: false } // end'],
    [
      'global, over lines',
      'import "pe"\nglobal rule B : tag {\r\n  condition:\r\n    true /* } */\r\n}\r\nrule A { condition: true }',
    ],
    [
      'with braces in strings and bytes',
      'rule B { strings: $a = "}" $b = { 00 ?? } condition: any of them }\nrule A { condition: true }',
    ],
  ])('%s, come back byte by byte', (_, text) => {
    const { text: lessened, left } = withoutYaraRules(text, (name) => name === 'B', [])
    expect([...left]).toEqual(['B'])
    expect(countYara(lessened)).toBe(countYara(text) - 1)
    expect(lessened).not.toMatch(/^\s*(?:global|private)\s*$/m)
    expect(restoredYara(lessened)).toBe(text)
  })

  it('stay as private ones while others build upon them', () => {
    const text = 'rule B { condition: true }\nrule A { condition: B }\n'
    const here = withoutYaraRules(text, (name) => name === 'B', [])
    expect(here.text).toMatch(/private rule B/)
    expect(restoredYara(here.text)).toBe(text)
    const elsewhere = withoutYaraRules('rule B { condition: true }', (name) => name === 'B', [
      'rule A { condition: B }',
    ])
    expect(elsewhere.text).toMatch(/private rule B/)
  })
})

describe('rules without end', () => {
  it('of quotes that are never closed are read in one go', async () => {
    const text = `alert ${'\\"'.repeat(40_000)}; sid:1;`
    let names: string[] = []
    const time = await processorTime(() => {
      names = findDoubles(['a', 'b'].map((part) => ({ part, engine: 'suricata', text }))).map(
        ({ name }) => name,
      )
    })
    expect(names).toEqual(['1'])
    expect(time).toBeLessThan(700)
  })

  it('of modifiers without end are taken out in one go', async () => {
    const text = `${'global private '.repeat(12_000)}x global rule a { condition: true }\n`
    let back = ''
    const time = await processorTime(() => {
      const { text: lessened, left } = withoutYaraRules(text, (name) => name === 'a', [])
      expect([...left]).toEqual(['a'])
      back = restoredYara(lessened)
    })
    expect(back).toBe(text)
    expect(time).toBeLessThan(700)
  })

  it('are without what is quoted what the expression of it leaves', () => {
    const draw = random(3)
    let unclosed = 0
    for (let times = 0; times < 20_000; times += 1) {
      const text = Array.from({ length: 10 }, () => '"\\a'[Math.floor(draw() * 3)]).join('')
      const wanted = text.replace(/"(?:[^"\\]|\\.)*"/g, '""')
      expect(unquoted(text)).toBe(wanted)
      if (/"[^"]/.test(wanted.replaceAll('""', ''))) unclosed += 1
    }
    expect(unclosed).toBeGreaterThan(500)
  })
})
