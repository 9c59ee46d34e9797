import { describe, expect, it } from 'vitest'
import { isWithinHours, readHours } from '../../../src/event/sink/hours.ts'

describe('a part of the day', () => {
  it.each([
    ['08:00-18:00', { from: 480, until: 1080 }],
    ['00:00 - 24:00', { from: 0, until: 1440 }],
    ['22:00-06:00', { from: 1320, until: 360 }],
  ])('%s is read', (text, hours) => expect(readHours(text)).toEqual(hours))

  it.each(['', '8-18', '08:00', '24:00-08:00', '08:00-24:01', '08:60-09:00'])('%j is none', (text) =>
    expect(readHours(text)).toBeNull(),
  )
})

describe('when a receiver is told', () => {
  // A Friday.
  const at = (time: string, day = '27') => new Date(`2026-11-${day}T${time}:00Z`)
  const office = { days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: 480, until: 1080, timeZone: 'UTC' }
  const night = { days: ['fri'], from: 1320, until: 360, timeZone: 'UTC' }

  it('goes by day and time, the end left out', () => {
    expect(isWithinHours(office, at('08:00'))).toBe(true)
    expect(isWithinHours(office, at('07:59'))).toBe(false)
    expect(isWithinHours(office, at('18:00'))).toBe(false)
    expect(isWithinHours(office, at('12:00', '28'))).toBe(false)
  })

  it('over midnight belongs to the day it began on', () => {
    expect(isWithinHours(night, at('23:00'))).toBe(true)
    expect(isWithinHours(night, at('05:59', '28'))).toBe(true)
    expect(isWithinHours(night, at('06:00', '28'))).toBe(false)
    expect(isWithinHours(night, at('05:00'))).toBe(false)
  })

  it('is by the clock of the zone', () => {
    const berlin = { ...office, timeZone: 'Europe/Berlin' }
    expect(isWithinHours(berlin, at('07:30'))).toBe(true)
    expect(isWithinHours(berlin, at('17:30'))).toBe(false)
  })
})
