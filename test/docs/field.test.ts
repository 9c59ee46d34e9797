import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

const rows = readFileSync(resolve('docs/field.md'), 'utf8')
  .split('\n')
  .filter((line) => /^\| (?!Behaviour|---)/.test(line))
  .map((line) => line.slice(2, -1).split(/(?<!\\) \| ?/))

describe('docs/field.md', () => {
  it('has five columns in each row', () => {
    expect(rows.length).toBeGreaterThan(50)
    expect(rows.filter((cells) => cells.length !== 5).map(([behaviour]) => behaviour)).toEqual([])
  })

  it('names a test that is there in every row', () => {
    const named = rows.map(([behaviour = '', , , , test = '']) => ({ behaviour, test }))
    const wrong = named.filter(({ test }) => {
      const [, file = '', name = ''] = /^(test\/\S+\.test\.ts): (.+?)\s*$/.exec(test) ?? []
      return !existsSync(resolve(file)) || !readFileSync(resolve(file), 'utf8').includes(name)
    })
    expect(wrong).toEqual([])
  })

  it('cites findings that are there', () => {
    const cited = rows.flatMap(([, , source = '']) => [...source.matchAll(/\(\.\.\/(findings\/[^)]+)\)/g)])
    expect(cited.flatMap(([, path = '']) => (existsSync(resolve(path)) ? [] : [path]))).toEqual([])
  })
})
