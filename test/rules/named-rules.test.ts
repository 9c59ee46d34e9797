import { describe, expect, it } from 'vitest'
import { RuleLines, yaraRules } from '../../src/rules/named-rules.ts'

function sids(text: string, most = 10_000): (string | undefined)[] {
  const lines = new RuleLines(most)
  return text.split('\n').flatMap((line) => lines.add(line)?.name ?? [])
}

describe('rules of Suricata', () => {
  it.each([
    ['alert tcp any any -> any any (msg:"a"; sid:2010935; rev:3;)', ['2010935']],
    ['alert tcp any any -> any any (sid:1;)\r\ndrop ip any any -> any any (gid:1; sid:2;)\r', ['1', '2']],
    ['alert tcp any any -> any any (gid:3; sid:12;)', ['3:12']],
    ['# alert tcp any any -> any any (sid:1;)\n#alert ip any any -> any any (sid:2;)', []],
    ['alert tcp any any -> any any (msg:"says; sid:7; and \\"; sid:8;"; sid:9;)', ['9']],
    ['alert tcp any any -> any any ( \\\n  msg:"two lines"; \\\n  sid : 5 ;)', ['5']],
    ['# a comment \\\nalert tcp any any -> any any (sid:1;)', ['1']],
    ['alert tcp any any -> any any (msg:"no number";)', []],
    ['alert tcp any any -> any any (content:"x"; noalert; sid:007;)', ['7']],
    ['alerting is easy (sid:1;)\nvar HOME_NET any', []],
  ])('%j', (text, names) => expect(sids(text)).toEqual(names))

  it('are none when they go on for longer than the bound', () => {
    const long = `alert tcp any any -> any any ( \\\n${`${'x'.repeat(90)};\\\n`.repeat(20)}sid:1;)`
    expect(sids(`${long}\nalert ip any any -> any any (sid:2;)`, 1000)).toEqual(['2'])
    expect(sids(long)).toEqual(['1'])
  })
})

describe('rules of YARA', () => {
  const names = (text: string) => [...yaraRules(text)].map(({ name }) => name)

  it.each([
    ['', []],
    ['rule a { condition: true }', ['a']],
    ['private rule a{condition:true}\nglobal private rule b : tag1 tag2\n{ condition: true }', ['a', 'b']],
    ['// rule a { condition: true }\n/* rule b { condition: true } */', []],
    ['rule a { strings: $a = "rule x { }" $b = "a \\" rule y { }" condition: all of them }', ['a']],
    ['rule a { strings: $a = /https?:\\/\\/x{2}"/ condition: $a }\nrule b { condition: true }', ['a', 'b']],
    ['rule a { strings: $rule = { 6A /* rule b { */ 40 } condition: $rule at 0 }', ['a']],
    ['rule a { condition: true\nrule b { condition: true }', ['a', 'b']],
    ['the rule of thumb', []],
  ])('%j', (text, expected) => expect(names(text)).toEqual(expected))

  it('end with their own brace, whatever stands before the next one', () => {
    const one = 'rule a { strings: $x = { 01 [2-3] 02 } condition: $x }'
    const [first, second] = yaraRules(`${one}\n// by somebody\nprivate rule b { condition: true } // end`)
    expect(first?.text).toBe(one)
    expect(second?.text).toBe('rule b { condition: true }')
  })

  it('are found in time that grows with the text', () => {
    const begun = performance.now()
    for (const piece of ['/*', '"', '/', '\\', 'rule ', 'rule a', '"\\', '{', '}', 'rule a{'])
      for (const _ of yaraRules(piece.repeat(100_000)));
    expect(performance.now() - begun).toBeLessThan(20_000)
  })
})
