import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

const page = readFileSync(resolve('docs/security.md'), 'utf8')
const rows = page
  .split('\n')
  .filter((line) => /^\| (?!He \||It \||Found \||---)/.test(line))
  .map((line) => line.slice(2, -1).split(/(?<!\\) \| ?/))

describe('docs/security.md', () => {
  it('names tests that are there, by a part of their names', () => {
    const named = rows.flatMap(([line = '', test = '']) => (test.trim() ? [{ line, test }] : []))
    const wrong = named.filter(({ test }) => {
      const [, file = '', name = ''] = /^(test\/\S+\.test\.ts): (.+?)\s*$/.exec(test) ?? []
      return name === '' || !existsSync(resolve(file)) || !readFileSync(resolve(file), 'utf8').includes(name)
    })
    expect(named.length).toBeGreaterThan(40)
    expect(wrong).toEqual([])
  })

  it('leaves out a test only for what somebody can do', () => {
    const bare = rows.filter(([, test = '']) => test.trim() === '')
    expect(bare.filter(([line = '']) => !/\bcan\b(?!not)/.test(line))).toEqual([])
  })

  it('has all twenty findings', () => {
    const found = rows.flatMap(([line = '']) => /^(\d+) /.exec(line)?.[1] ?? [])
    expect(found).toEqual(Array.from({ length: 20 }, (_, at) => String(at + 1)))
  })
})
