import { describe, expect, it } from 'vitest'
import {
  DefsError,
  describeError,
  type ErrorCode,
  isDefsError,
  mostSevere,
  storeError,
} from '../src/error.ts'

const failure = (code: string) => Object.assign(new Error(`it said ${code}`), { code })

describe('an error of the file system', () => {
  it.each([
    ['ENOSPC', 'STORE_FULL'],
    ['EDQUOT', 'STORE_FULL'],
    ['EACCES', 'STORE_PERMISSION'],
    ['EROFS', 'STORE_PERMISSION'],
    ['EPERM', 'STORE_PERMISSION'],
    ['EIO', 'STORE_IO'],
    ['ENOTDIR', 'STORE_IO'],
  ])('%s is %s and keeps its cause', (code, ours) => {
    const cause = failure(code)
    expect(storeError(cause, 'writing')).toMatchObject({ code: ours, cause })
  })

  it('is passed through when it is ours, and an abort is INTERRUPTED', () => {
    const ours = new DefsError('TRUST_CHAIN', 'no')
    expect(storeError(ours, 'writing')).toBe(ours)
    expect(storeError(new DOMException('stop', 'AbortError'), 'writing').code).toBe('INTERRUPTED')
  })
})

it('tells its codes apart', () => {
  const error = new DefsError('TRUST_CHAIN', 'no')
  expect([isDefsError(error), isDefsError(error, 'TRUST_CHAIN'), isDefsError(error, 'BUG')]).toEqual([
    true,
    true,
    false,
  ])
  expect(isDefsError(new Error('no'))).toBe(false)
})

it('describes causes, also those of an AggregateError without a text of its own', () => {
  const dial = new AggregateError([new Error('::1 refused'), new Error('127.0.0.1 refused')])
  expect(describeError(new Error('cannot connect', { cause: dial }))).toBe(
    'cannot connect: ::1 refused; 127.0.0.1 refused',
  )
})

describe('the most severe of several errors', () => {
  const failures = (...codes: readonly ErrorCode[]) =>
    codes.map((code) => ({ code, error: new DefsError(code, code) }))

  it.each<[string, readonly ErrorCode[], ErrorCode]>([
    [
      'tampering before a wish to wait',
      ['SOURCE_COOLING_DOWN', 'TRUST_DIGEST', 'SOURCE_NOT_FOUND'],
      'TRUST_DIGEST',
    ],
    ['tampering before damage', ['ARCHIVE_TRUNCATED', 'TRUST_SIGNATURE'], 'TRUST_SIGNATURE'],
    ['damage before a refusal', ['GATE_REFUSED', 'FETCH_HTML'], 'FETCH_HTML'],
    ['a refusal before the licence', ['LICENCE_MISSING', 'SCANNER_REFUSED'], 'SCANNER_REFUSED'],
    ['a full disk before silence', ['SOURCE_UNREACHABLE', 'STORE_FULL'], 'STORE_FULL'],
    ['a wish to wait before silence', ['SOURCE_UNREACHABLE', 'SOURCE_COOLING_DOWN'], 'SOURCE_COOLING_DOWN'],
    ['a bug before all', ['TRUST_DIGEST', 'BUG'], 'BUG'],
    ['of equal ones the first', ['TRUST_CHAIN', 'TRUST_DIGEST'], 'TRUST_CHAIN'],
  ])('is %s', (_, codes, worst) => {
    expect(mostSevere(failures(...codes))?.code).toBe(worst)
  })

  it('is what is none of ours, and nothing where there is nothing', () => {
    const foreign = { error: new TypeError('x is not a function') }
    expect(mostSevere([...failures('TRUST_DIGEST'), foreign])).toBe(foreign)
    expect(mostSevere([])).toBeUndefined()
  })
})
