import { describe, expect, it } from 'vitest'
import { DefsError, describeError, isDefsError, storeError } from '../src/error.ts'

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
