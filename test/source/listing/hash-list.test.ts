import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findMd5, readHashList } from '../../../src/source/listing/md5-list.ts'

const a = 'a'.repeat(32)
const b = 'b'.repeat(32)

describe('readHashList', () => {
  it('reads a line whatever its blanks, star, case and separators', () => {
    const text = `${a}  one.exe\r\n${b.toUpperCase()}\t \t*Dir\\TWO.zip  \n   ${a} /x//./three.jdb`
    expect(readHashList(text)).toEqual([
      { md5: a, path: ['one.exe'] },
      { md5: b, path: ['dir', 'two.zip'] },
      { md5: a, path: ['x', 'three.jdb'] },
    ])
  })

  it('passes over lines that are none', () => {
    const text = `\n# comment\n<html>\n${a}\n${a}x  f\n${a.slice(1)}  f\nf  ${a}\n${'g'.repeat(32)}  f\n`
    expect(readHashList(text)).toEqual([])
  })

  it('never throws and is not slowed down by blanks', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => Array.isArray(readHashList(text))))
    const before = performance.now()
    const blanks = ' '.repeat(400_000)
    expect(readHashList(`${blanks}${a}${blanks}x${blanks}y${blanks}\n`)).toHaveLength(1)
    expect(readHashList(`${a}${blanks}\n`)).toEqual([])
    expect(performance.now() - before).toBeLessThan(5000)
  })
})

describe('findMd5', () => {
  const find = (list: string, path: string, least?: number) => findMd5(readHashList(list), path, least)

  it('matches the last component in any case', () => {
    expect(find(`${a}  /defs/static/File.ZIP`, 'x/file.zip')).toBe(a)
    expect(find(`${a}  other-file.zip\n${a}  file.zip/x`, 'x/file.zip')).toBeNull()
  })

  it('prefers the entry that ends in more of the path, wherever it stands', () => {
    const list = [`${a}  file.zip`, `${b}  sequence/2/file.zip`]
    expect(find(list.join('\n'), 'r/sequence/2/file.zip')).toBe(b)
    expect(find(list.toReversed().join('\n'), 'r/sequence/2/file.zip')).toBe(b)
  })

  it('does not take the entry of another sequence folder', () => {
    expect(find(`${a}  sequence/1/file.zip`, 'sequence/2/file.zip')).toBeNull()
    expect(find(`${a}  sequence/1/file.zip`, 'file.zip')).toBeNull()
  })

  it('decides nothing between entries that disagree', () => {
    expect(find(`${a}  x/file.zip\n${b}  y/file.zip`, 'z/file.zip')).toBeNull()
    expect(find(`${a}  x/file.zip\n${a}  y/file.zip`, 'z/file.zip')).toBe(a)
    expect(find(`${a}  x/file.zip\n${b}  y/file.zip\n${b}  z/file.zip`, 'z/file.zip')).toBe(b)
  })

  it('wants as many components as it is told', () => {
    expect(find(`${a}  file.zip`, 'sequence/2/file.zip', 2)).toBeNull()
    expect(find(`${a}  2/file.zip`, 'sequence/2/file.zip', 2)).toBe(a)
  })
})
