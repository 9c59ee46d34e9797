import { describe, expect, it } from 'vitest'
import { checkSize, isIdentified, paceOf } from '../../src/fetch/checks.ts'
import { offerOf, placeAt, quickContext } from '../support/fetching.ts'

const sha256 = { algorithm: 'sha256', hex: 'a'.repeat(64) } as const

/** The code of the refusal of so many bytes where seven were stated; null when they pass. */
function judged(bytes: number, whole: boolean, exact: boolean): string | null {
  const { package: want } = offerOf([], { bytes: 7, exact })
  try {
    checkSize(bytes, whole, want, 100, 'http://x/')
    return null
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : 'BUG'
  }
}

describe('the size of a download', () => {
  it.each([
    [6, true, true, 'FETCH_SIZE'],
    [7, true, true, null],
    [8, true, true, 'FETCH_SIZE'],
    [7, false, true, null],
    [8, false, true, 'FETCH_SIZE'],
    [8, true, false, null],
    [0, true, false, 'FETCH_SIZE'],
    [0, false, false, null],
    [100, true, false, null],
    [101, false, false, 'FETCH_TOO_LARGE'],
  ])('%i bytes, whole %s, signed %s: %s', (bytes, whole, exact, code) => {
    expect(judged(bytes, whole, exact)).toBe(code)
  })
})

describe('a package that may be resumed from anywhere', () => {
  it('is one whose SHA-256 is signed', () => {
    const identified = (exact: boolean, algorithm: 'sha256' | 'md5') =>
      isIdentified(offerOf([], { exact, digests: [{ ...sha256, algorithm }] }).package)
    expect(identified(true, 'sha256')).toBe(true)
    expect(identified(false, 'sha256')).toBe(false)
    expect(identified(true, 'md5')).toBe(false)
  })
})

describe('the deadline', () => {
  it('ends a download at its moment', () => {
    let now = 0
    const context = quickContext({ now: () => new Date(now) })
    const place = placeAt('/nowhere', { deadline: new Date(1000) })
    const pace = paceOf({ subject: 'x', url: 'http://x/', start: 0, total: null }, place, context)
    now = 999
    expect(() => pace(1)).not.toThrow()
    now = 1000
    expect(() => pace(2)).toThrow(expect.objectContaining({ code: 'SOURCE_DEADLINE' }))
  })
})
