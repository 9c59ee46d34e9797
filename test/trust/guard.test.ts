import { describe, expect, it } from 'vitest'
import { limits } from '../../src/limits.ts'
import { readGuard } from '../../src/trust/guard.ts'
import { guardText, sampleFiles } from '../support/definition-set.ts'

const sha1 = 'a'.repeat(40)
const sha256 = 'b'.repeat(64)
const header = '[GuardHeader]\r\nLegal=x\r\n'
const entry = (name: string) => `[File-${name}]\r\nSHA1=${sha1}\r\nSHA256=${sha256}\r\n`
const read = (text: string) => readGuard(Buffer.from(text))

describe('readGuard', () => {
  it('reads what the family writes', () => {
    const guard = read(
      '[GuardHeader]\r\nLegal=Copyright\r\nLastModifiedUtcSeconds=1631691252\r\n' +
        `LastModifiedGmtFormated=20210915 07:34:12\r\n${entry('catalog.dat')}${entry('cceraser.dll')}`,
    )
    expect([...guard.files.keys()]).toEqual(['catalog.dat', 'cceraser.dll'])
    expect(guard.files.get('catalog.dat')).toEqual({ sha1, sha256 })
    expect(guard.modified?.toISOString()).toBe('2021-09-15T07:34:12.000Z')
    expect(guard).toMatchObject({ set: null, sequence: null, grade: null })
    expect(guard.header.get('legal')).toBe('Copyright')
  })

  it.each(['\r\n', '\n'] as const)('reads lines ended by %j', (lineEnd) => {
    const options = { set: '20260115.002', sequence: 178940, grade: 'rapid', lineEnd }
    const guard = read(guardText(sampleFiles(), options))
    expect(guard).toMatchObject({ set: '20260115.002', sequence: 178940, grade: 'rapid' })
    expect(guard.files.size).toBe(sampleFiles().size)
  })

  it('takes key names, section names and hexadecimal in any case', () => {
    const guard = read(`[guardheader]\nsetname=20260115.002\n[FILE-A.DAT]\nsha256=${sha256.toUpperCase()}\n`)
    expect(guard.files.get('a.dat')).toEqual({ sha256, sha1: null })
    expect(guard.set).toBe('20260115.002')
  })

  it('takes one digest of the two, a byte order mark, comments and folders', () => {
    const guard = read(`\uFEFF; made by hand\n${header}[File-navex15/a.dat]\nSHA1=${sha1}\n`)
    expect(guard.files.get('navex15/a.dat')).toEqual({ sha256: null, sha1 })
  })

  it.each([
    ['nothing', ''],
    ['no header', entry('a')],
    ['no file', header],
    ['two headers', header + header + entry('a')],
    ['two headers in different case', `${header}[GUARDHEADER]\r\n${entry('a')}`],
    ['an unknown section', `${header + entry('a')}[Extra]\r\n`],
    ['a section without a name', `${header + entry('a')}[File-]\r\nSHA1=${sha1}\r\n`],
    ['a line that is none', `${header + entry('a')}what is this\r\n`],
    ['a key before any section', `a=b\r\n${header}${entry('a')}`],
    ['a file named twice', header + entry('a') + entry('a')],
    ['a file named twice in different case', header + entry('a') + entry('A')],
    ['a key stated twice', `${header}[File-a]\r\nSHA256=${sha256}\r\nSHA256=${sha256}\r\n`],
    ['a key stated twice in different case', `${header}[File-a]\r\nSHA256=${sha256}\r\nsha256=${sha256}\r\n`],
    ['a header key stated twice', `${header}SetName=20260101.001\r\nsetname=20260101.002\r\n${entry('a')}`],
    ['no digest', `${header}[File-a]\r\nSize=1\r\n`],
    ['a short digest', `${header}[File-a]\r\nSHA256=${sha256.slice(1)}\r\n`],
    ['a digest of the wrong kind', `${header}[File-a]\r\nSHA1=${sha256}\r\n`],
    ['a bad SHA-1 beside a good SHA-256', `${header}[File-a]\r\nSHA1=zz\r\nSHA256=${sha256}\r\n`],
    ['a digest that is no hexadecimal', `${header}[File-a]\r\nSHA256=${'g'.repeat(64)}\r\n`],
    ['an empty digest', `${header}[File-a]\r\nSHA256=\r\n`],
    ['NUL', `${header}${entry('a')}\0`],
    ['a control character', header + entry('a\x1b[2J')],
    ['a control character in a comment', `; \x1b[2J\r\n${header}${entry('a')}`],
    ['a vertical tab in a value', header.replace('Legal=x', 'Legal=x\vy') + entry('a')],
    ['a form feed in a comment', `; x\fy\r\n${header}${entry('a')}`],
    ['a CR that ends no line, in a value', header.replace('Legal=x', 'Legal=x\rSetName=y') + entry('a')],
    ['a CR that ends no line, in a comment', `; x\r[File-b]\r\n${header}${entry('a')}`],
    ['a CR that ends no line', header + entry('a').replace('\r\n', '\r')],
    ['a name that climbs', header + entry('../a')],
    ['a name that climbs within', header + entry('a/../../b')],
    ['an absolute name', header + entry('/a')],
    ['a drive', header + entry('c:a')],
    ['a backslash', header + entry('a\\b')],
    ['an empty folder name', header + entry('a//b')],
    ['a name with blanks around', header + entry('a ')],
    ['a long name', header + entry('a'.repeat(limits.name + 1))],
    ['a deep name', header + entry(`${'a/'.repeat(limits.depth + 1)}a`)],
    ['the guard itself', header + entry('v.grd')],
    ['its signature', header + entry('V.SIG')],
    ['SetName in another form', `[GuardHeader]\r\nSetName=260115002\r\n${entry('a')}`],
    ['SetName of no day', `[GuardHeader]\r\nSetName=20260230.001\r\n${entry('a')}`],
    ['an empty SetName', `[GuardHeader]\r\nSetName=\r\n${entry('a')}`],
    ['Sequence that is no number', `[GuardHeader]\r\nSequence=1e9\r\n${entry('a')}`],
    ['a negative Sequence', `[GuardHeader]\r\nSequence=-1\r\n${entry('a')}`],
    ['Sequence beyond exact numbers', `[GuardHeader]\r\nSequence=9007199254740993\r\n${entry('a')}`],
    ['an unknown Grade', `[GuardHeader]\r\nGrade=best\r\n${entry('a')}`],
  ])('refuses %s', (_, text) => {
    expect(() => read(text)).toThrowError(expect.objectContaining({ code: 'TRUST_GUARD_INVALID' }))
  })

  it('refuses bytes that are no UTF-8', () => {
    const bytes = Buffer.concat([Buffer.from(header + entry('a')), Buffer.from([0xff])])
    expect(() => readGuard(bytes)).toThrowError(expect.objectContaining({ code: 'TRUST_GUARD_INVALID' }))
  })

  it('refuses more than its limit, and takes exactly its limit', () => {
    const text = header + entry('a')
    const full = Buffer.alloc(limits.guard, '\n')
    full.write(text)
    expect(readGuard(full).files.size).toBe(1)
    const over = Buffer.concat([full, Buffer.from('\n')])
    expect(() => readGuard(over)).toThrowError(expect.objectContaining({ code: 'TRUST_GUARD_INVALID' }))
  })

  it('refuses more files than a set may have', () => {
    const many = Array.from({ length: limits.entries + 1 }, (_, i) => `[File-${i}]\nSHA1=${sha1}\n`).join('')
    expect(() => read(header + many)).toThrowError(expect.objectContaining({ code: 'TRUST_GUARD_INVALID' }))
  })
})
