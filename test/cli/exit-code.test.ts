import { describe, expect, it } from 'vitest'
import { exitCodeOf, exitCodes } from '../../src/cli/exit-code.ts'
import { errorCodes } from '../../src/error.ts'

describe('the exit codes', () => {
  it('know every error, and none ends with 0 or as a result', () => {
    expect(Object.keys(exitCodeOf).toSorted()).toEqual([...errorCodes].toSorted())
    for (const code of errorCodes) {
      expect(exitCodes).toHaveProperty(String(exitCodeOf[code]))
      expect([0, 100]).not.toContain(exitCodeOf[code])
    }
  })

  it.each([
    ['USAGE_', 2],
    ['CONFIG_', 2],
    ['INDEX_', 4],
    ['FETCH_', 4],
    ['ARCHIVE_', 4],
    ['LICENCE_', 12],
    ['GATE_', 7],
  ])('of %s* are all %i', (prefix, exitCode) => {
    const codes = errorCodes.filter((code) => code.startsWith(prefix))
    expect(new Set(codes.map((code) => exitCodeOf[code]))).toEqual(new Set([exitCode]))
  })

  it('are those of the contract where a group has several', () => {
    expect([
      exitCodeOf.SOURCE_UNREACHABLE,
      exitCodeOf.SOURCE_COOLING_DOWN,
      exitCodeOf.TRUST_SIGNATURE,
      exitCodeOf.STORE_FULL,
      exitCodeOf.STORE_BUSY,
      exitCodeOf.STORE_STALE,
      exitCodeOf.STORE_NO_DEFINITIONS,
      exitCodeOf.INTERRUPTED,
      exitCodeOf.BUG,
    ]).toEqual([3, 11, 5, 6, 10, 9, 13, 130, 1])
  })
})
