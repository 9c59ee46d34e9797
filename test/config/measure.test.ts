import { describe, expect, it } from 'vitest'
import { formatBytes, formatDuration, parseBytes, parseDuration } from '../../src/config/measure.ts'

describe('durations', () => {
  it.each([
    ['90s', 90_000],
    ['5m', 300_000],
    ['4h', 14_400_000],
    ['36h', 129_600_000],
    ['7d', 604_800_000],
    ['0s', 0],
  ])('%s', (text, milliseconds) => {
    expect(parseDuration(text)).toBe(milliseconds)
    expect(formatDuration(milliseconds)).toBe(text)
  })

  it.each(['', '5', '5 m', '-5m', '1.5h', '5min', '1h30m', 'h', '5M', '99999999999d'])(
    'refuses %j',
    (text) => {
      expect(parseDuration(text)).toBeNull()
    },
  )
})

describe('sizes', () => {
  it.each([
    ['0', 0],
    ['1023', 1023],
    ['64MiB', 67_108_864],
    ['4GiB', 4_294_967_296],
  ])('%s', (text, bytes) => {
    expect(parseBytes(text)).toBe(bytes)
    expect(formatBytes(bytes)).toBe(text)
  })

  it('takes decimal units and any case', () => {
    expect([parseBytes('2 kb'), parseBytes('1gib')]).toEqual([2000, 1_073_741_824])
  })

  it.each(['', '-1', '1.5GiB', '10 apples', 'MiB', '1e9'])('refuses %j', (text) => {
    expect(parseBytes(text)).toBeNull()
  })
})
