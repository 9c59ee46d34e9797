import { describe, expect, it } from 'vitest'
import { parseCron } from '../../src/config/cron.ts'

describe('a cron expression', () => {
  it.each([
    '15 * * * *',
    '*/10 0-6,18-23 * * *',
    '0 6 1 jan mon',
    '30 15 * * * *',
    '0 0 * * 7',
    '5-50/5 * * * *',
  ])('%s is taken', (text) => expect(parseCron(text)).toBeTypeOf('object'))

  it.each([
    '',
    '* * 32 * *',
    '5-1 * * * *',
    '@daily',
    '* * L * *',
    '-1 * * * *',
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
  ])('%j is refused', (text) => expect(parseCron(text)).toMatch(/^is no cron expression: /))
})
