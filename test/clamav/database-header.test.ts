import { describe, expect, it } from 'vitest'
import { readDatabaseHeader } from '../../src/clamav/header.ts'
import { verdict } from '../trust/clamav/world.ts'

const md5 = '0123456789abcdef0123456789abcdef'
const line = `ClamAV-VDB:22 Jun 2021 14-58 -0400:59:5000:81:${md5}:sig+/:maker:1624388302`
const padded = (text: string, fill = ' ') => Buffer.from(text.padEnd(512, fill), 'latin1')

describe('the header of a database', () => {
  it('tells all nine fields', () => {
    expect(readDatabaseHeader(padded(line))).toEqual({
      builtAt: new Date('2021-06-22T18:58:22Z'),
      version: 59,
      signatures: 5000,
      functionalityLevel: 81,
      md5,
      signature: 'sig+/',
      builder: 'maker',
      builtText: '22 Jun 2021 14-58 -0400',
      line,
    })
  })

  it('may be followed by a line end, or by the payload', () => {
    expect(readDatabaseHeader(padded(`${line}\r\n`)).line).toBe(line)
    expect(readDatabaseHeader(Buffer.concat([padded(line), Buffer.from('\nmore')])).line).toBe(line)
  })

  it.each([
    ['22 Jun 2021 14-58 -0400', '2021-06-22T18:58:00.000Z'],
    ['01 Jan 2021 00-30 +0530', '2020-12-31T19:00:00.000Z'],
    ['31 Dec 2003 23-59 +0000', '2003-12-31T23:59:00.000Z'],
  ])('of an old file, without seconds: %s', (text, moment) => {
    const header = readDatabaseHeader(padded(`ClamAV-VDB:${text}:1:2:3:${md5}:x:maker`))
    expect(header.builtAt.toISOString()).toBe(moment)
  })

  it.each(['X', 'x', ''])('tells of no signature for %j', (text) => {
    const header = readDatabaseHeader(padded(`ClamAV-VDB:t:1:2:3:${text}:${text}:maker:1`))
    expect(header).toMatchObject({ md5: null, signature: null })
  })

  it.each([
    ['nothing', '', 'ARCHIVE_UNKNOWN'],
    ['another magic', line.replace('VDB', 'Diff'), 'ARCHIVE_UNKNOWN'],
    ['too few fields', 'ClamAV-VDB:t:1:2:3:x:x', 'ARCHIVE_CORRUPT'],
    ['too many fields', `${line}:1`, 'ARCHIVE_CORRUPT'],
    ['a version that is no number', line.replace(':59:', ':5 9:'), 'ARCHIVE_CORRUPT'],
    ['a version below zero', line.replace(':59:', ':-1:'), 'ARCHIVE_CORRUPT'],
    ['an endless version', line.replace(':59:', ':4294967296:'), 'ARCHIVE_CORRUPT'],
    ['an empty version', line.replace(':59:', '::'), 'ARCHIVE_CORRUPT'],
    [
      'a time that is none, where it counts',
      'ClamAV-VDB:22 Foo 2021 14-58 -0400:1:2:3:x:x:maker',
      'ARCHIVE_CORRUPT',
    ],
    ['a NUL inside', line.replace('maker', 'ma\0er'), 'ARCHIVE_CORRUPT'],
    ['bytes behind its line', `${line}\n\nmore`, 'ARCHIVE_CORRUPT'],
  ])('is refused for %s', async (_what, text, code) => {
    expect(await verdict(() => readDatabaseHeader(padded(text)))).toBe(code)
  })

  it('is refused when it is cut off', async () => {
    expect(await verdict(() => readDatabaseHeader(padded(line).subarray(0, 511)))).toBe('ARCHIVE_TRUNCATED')
  })
})
