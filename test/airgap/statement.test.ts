import { describe, expect, it } from 'vitest'
import {
  assertCurrent,
  type BundleStatement,
  readStatement,
  writeStatement,
} from '../../src/airgap/statement.ts'
import { type ErrorCode, isDefsError } from '../../src/error.ts'
import { parseSetName } from '../../src/set-name.ts'

const statement: BundleStatement = {
  format: 1,
  set: parseSetName('20261121.003'),
  sequence: 178_940,
  grade: 'certified',
  created: '2026-11-21T12:00:00.000Z',
  expires: '2026-12-21T12:00:00.000Z',
  base: parseSetName('20261120.001'),
  setBytes: 12,
  members: [{ name: 'v.grd', bytes: 12, sha256: 'a'.repeat(64) }],
}

function codeOf(work: () => unknown): ErrorCode | null {
  try {
    work()
    return null
  } catch (error) {
    return isDefsError(error) ? error.code : 'BUG'
  }
}

const reading = (change: object) =>
  codeOf(() => readStatement(Buffer.from(JSON.stringify({ ...statement, ...change }))))

describe('readStatement', () => {
  it('reads what was written', () => {
    expect(readStatement(writeStatement(statement))).toEqual(statement)
    expect(reading({ base: null, sequence: null, later: 'key' })).toBeNull()
  })

  it.each([
    [{ format: 2 }, 'ARCHIVE_UNSUPPORTED'],
    [{ format: '1' }, 'ARCHIVE_CORRUPT'],
    [{ set: '20261121-003' }, 'ARCHIVE_CORRUPT'],
    [{ set: '../20261121.003' }, 'ARCHIVE_CORRUPT'],
    [{ base: '20261321.003' }, 'ARCHIVE_CORRUPT'],
    [{ grade: 'best' }, 'ARCHIVE_CORRUPT'],
    [{ expires: 'never' }, 'ARCHIVE_CORRUPT'],
    [{ setBytes: -1 }, 'ARCHIVE_CORRUPT'],
    [{ members: null }, 'ARCHIVE_CORRUPT'],
  ] as const)('refuses %j', (change, code) => {
    expect(reading(change)).toBe(code)
  })

  it('refuses what is no JSON object', () => {
    for (const text of ['', '[]', 'null', '{', '1']) {
      expect(codeOf(() => readStatement(Buffer.from(text)))).toBe('ARCHIVE_CORRUPT')
    }
  })
})

describe('assertCurrent', () => {
  it('ends at the stated moment', () => {
    expect(codeOf(() => assertCurrent(statement, new Date('2026-12-21T11:59:59Z')))).toBeNull()
    expect(codeOf(() => assertCurrent(statement, new Date('2026-12-21T12:00:00Z')))).toBe('TRUST_EXPIRED')
  })
})
