import { describe, expect, it } from 'vitest'
import { cronProblem } from '../../src/config/cron.ts'

describe('a cron expression', () => {
  it.each([
    '15 * * * *',
    '*/10 0-6,18-23 * * *',
    '0 6 1 jan mon',
    '30 15 * * * *',
    '0 0 * * 7',
    '5-50/5 * * * *',
  ])('%s is taken', (text) => expect(cronProblem(text)).toBeNull())

  it.each([
    '',
    '* * * *',
    '* * * * * * *',
    '60 * * * *',
    '* 24 * * *',
    '* * 0 * *',
    '* * * 13 *',
    '* * * * 8',
    '*/0 * * * *',
    '30-10 * * * *',
    '*-5 * * * *',
    '1,,2 * * * *',
    'a * * * *',
    '1- * * * *',
    '* * * * jan',
  ])('%j is refused', (text) => expect(cronProblem(text)).not.toBeNull())
})
