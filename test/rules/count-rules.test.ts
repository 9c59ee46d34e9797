import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { isDefsError } from '../../src/error.ts'
import { limits } from '../../src/limits.ts'
import { countLines, countRules, countSuricata, countYara, matches } from '../../src/rules/count-rules.ts'

describe('rules of Suricata', () => {
  it.each([
    ['', 0],
    ['# a comment\n\n', 0],
    ['alert tcp any any -> any any (sid:1;)', 1],
    ['alert tcp any any -> any any (sid:1;)\r\ndrop http any any -> any any (sid:2;)\r\n', 2],
    ['#alert tcp any any -> any any (sid:1;)\n # alert ip any any -> any any (sid:2;)\n', 0],
    [
      'alert tcp any any -> any any ( \\\n  msg:"two lines"; \\\n  sid:1;)\npass ip any any -> any any (sid:2;)',
      2,
    ],
    ['alert tcp any any -> any any ( \\\nalert in a message; sid:1;)', 1],
    ['# a comment \\\nalert tcp any any -> any any (sid:1;)', 1],
    ['<html><body>alert me</body></html>', 0],
    ['alerting is easy\nvar HOME_NET any\n', 0],
  ])('%j', (text, count) => expect(countSuricata(text)).toBe(count))
})

describe('rules of YARA', () => {
  it.each([
    ['', 0],
    ['rule a { condition: true }', 1],
    ['private rule a{condition:true}\nglobal private rule b : tag1 tag2\n{ condition: true }', 2],
    ['// rule a { condition: true }\n/* rule b { condition: true }\n rule c { condition: true } */', 0],
    ['rule a { strings: $a = "rule x { }" $b = "a \\" rule y { }" condition: all of them }', 1],
    ['rule a { strings: $a = /https?:\\/\\/x"/ condition: $a }\nrule b { condition: true }', 2],
    [
      'rule a { strings: $a = "//" condition: $a } rule b { strings: $a = "/*" condition: $a } rule c { condition: true }',
      3,
    ],
    ['rule a { strings: $rule = { 6A /* rule b { */ 40 } condition: $rule at 0 }', 1],
    ['import "pe"\ninclude "other.yar"\n', 0],
    ['/* rule a { condition: true }', 0],
    ['the rule of thumb', 0],
  ])('%j', (text, count) => expect(countYara(text)).toBe(count))

  it('are counted in time that grows with the text', () => {
    const hostile = ['/*', '"', '/', '\\', 'rule ', 'rule a', '"\\']
    const begun = performance.now()
    for (const piece of hostile) expect(countYara(piece.repeat(200_000))).toBe(0)
    expect(performance.now() - begun).toBeLessThan(20_000)
  })
})

it('lines count that are neither blank nor begin with #', () => {
  expect(countLines('a\n\n # b\n\tc\r\n#\n')).toBe(2)
})

it.each([
  ['**/*.rules', 'a.rules', true],
  ['**/*.rules', 'rules/deep/a.rules', true],
  ['*.yar', 'a/b.yar', true],
  ['rules/*.rules', 'rules/a.rules', true],
  ['rules/*.rules', 'rules/deep/a.rules', false],
  ['rules/**', 'rules/deep/a.txt', true],
  ['*.rules', 'a.rules.bak', false],
  ['a?.rules', 'ab.rules', true],
  ['a?.rules', 'a/.rules', false],
  ['*.rules', 'arules', false],
  ['[a].rules', 'a.rules', false],
  ['[a].rules', '[a].rules', true],
])('the pattern %s and the path %s: %s', (pattern, path, fits) => expect(matches(pattern, path)).toBe(fits))

describe('a pack', () => {
  let directory: string
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'defs-count-'))
  })
  afterEach(() => rmSync(directory, { recursive: true, force: true }))

  const signal = new AbortController().signal
  const put = (name: string, text: string) => {
    mkdirSync(dirname(join(directory, name)), { recursive: true })
    writeFileSync(join(directory, name), text)
    return { name, bytes: text.length, sha256: '', sha1: null }
  }
  const rules = ['**/*.rules', '*.yar', '*.yara']

  it('has the rules of all its files, each in its own way', async () => {
    const files = [
      put('rules/a.rules', 'alert ip any any -> any any (sid:1;)\n#alert ip any any -> any any (sid:2;)\n'),
      put('b.yar', 'rule a { condition: true }\nrule b { condition: true }'),
      put('LICENSE', 'rule c { condition: true }'),
    ]
    expect(await countRules({ directory, files }, { rules, style: 'auto' }, signal)).toEqual({
      files: 2,
      active: 3,
    })
    expect(await countRules({ directory, files }, { rules, style: 'lines' }, signal)).toEqual({
      files: 2,
      active: 3,
    })
    expect(await countRules({ directory, files }, { rules: ['*.txt'], style: 'auto' }, signal)).toEqual({
      files: 0,
      active: 0,
    })
  })

  it('is refused for a file beyond the bound, and left when the run is over', async () => {
    const files = [{ ...put('a.rules', 'alert ip any any -> any any (sid:1;)'), bytes: limits.ruleFile + 1 }]
    const counting = { rules, style: 'auto' } as const
    const codeOf = (promise: Promise<unknown>) =>
      promise.then(
        () => null,
        (error) => isDefsError(error) && error.code,
      )
    expect(await codeOf(countRules({ directory, files }, counting, signal))).toBe('ARCHIVE_BOMB_TOTAL')
    expect(await codeOf(countRules({ directory, files }, counting, AbortSignal.abort()))).toBe('INTERRUPTED')
  })
})
