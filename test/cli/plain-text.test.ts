import { describe, expect, it } from 'vitest'
import { formatSize, plainJson, plainText, tableLines } from '../../src/cli/output.ts'
import { formatSpan, formatTime } from '../../src/report/span.ts'

describe('text from afar', () => {
  it.each([
    ['\u001b[2J\u001b]0;title\u0007', '\\x1b[2J\\x1b]0;title\\x07'],
    ['a\r\nb\tc', 'a\\x0d\\x0ab\\x09c'],
    ['\u009b31m', '\\x9b31m'],
    ['gpj\u202e.exe', 'gpj\\u202e.exe'],
    ['Grüße 日本 🙂', 'Grüße 日本 🙂'],
  ])('%j is made harmless', (text, plain) => expect(plainText(text)).toBe(plain))

  it('shows no login and no key of an address, on a screen or as JSON', () => {
    const text = 'tried https://me:p-secret@host.test/a?key=q-secret, twice'
    expect(plainText(text)).toBe('tried https://host.test/a?... twice')
    const value = { places: ['ftp://u:p-secret@host.test/b', 'file:///c?d'], error: { message: text } }
    expect(JSON.parse(plainJson(value))).toEqual({
      places: ['ftp://host.test/b', 'file:///c?d'],
      error: { message: 'tried https://host.test/a?... twice' },
    })
  })

  it('stays the same in JSON, but for how it is written', () => {
    const value = { text: '\u001b[31m\u009b\u202e\u007f "ü"' }
    const json = plainJson(value)
    expect(JSON.parse(json)).toEqual(value)
    expect(json).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/)
  })
})

describe('numbers for people', () => {
  it.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [9216, '9.0 KiB'],
    [123_731_968, '118 MiB'],
  ])('%i bytes', (bytes, text) => expect(formatSize(bytes)).toBe(text))

  it.each([
    [0, '0 ms'],
    [850, '850 ms'],
    [61_000, '1 min 1 s'],
    [3_600_000, '1 h'],
    [183_600_000, '2 d 3 h'],
  ])('%i milliseconds', (milliseconds, text) => expect(formatSpan(milliseconds)).toBe(text))

  it('writes moments in UTC', () =>
    expect(formatTime('2026-11-21T14:03:09.000Z')).toBe('2026-11-21 14:03 UTC'))
})

describe('a table', () => {
  it('aligns its columns and leaves nothing behind them', () => {
    const rows = [
      ['a', 'bb', ''],
      ['ccc', 'd', 'e'],
    ]
    expect([...tableLines(rows)]).toEqual(['a    bb', 'ccc  d   e'])
  })
})
