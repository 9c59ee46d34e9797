import { describe, expect, it } from 'vitest'
import { ownRecord, readOwnRecord, readVersionRecord } from '../../../src/source/clamav/dns.ts'

const now = new Date('2026-11-22T12:00:00Z')
const seconds = now.getTime() / 1000
const record = (time: number | string) => `1.4.6:62:27812:${time}:1:90:49192:339`

describe('the record of versions', () => {
  it('tells the version of each usual database', () => {
    expect([...(readVersionRecord(record(seconds - 60), now) ?? [])].sort()).toEqual([
      ['bytecode', 339],
      ['daily', 27812],
      ['main', 62],
      ['safebrowsing', 49192],
    ])
  })

  it('tells nothing once it is twelve hours old, nor without its time', () => {
    expect(readVersionRecord(record(seconds - 12 * 3600), now)).not.toBeNull()
    expect(readVersionRecord(record(seconds - 12 * 3600 - 1), now)).toBeNull()
    expect(readVersionRecord(record('soon'), now)).toBeNull()
    expect(readVersionRecord('', now)).toBeNull()
  })

  it('leaves out what is no version', () => {
    const text = `1.4.6:x:0:${seconds}:1:90::-3`
    expect(readVersionRecord(text, now)?.size).toBe(0)
  })
})

describe('the record of one database', () => {
  it('lies beside the common one', () => {
    expect(ownRecord('current.cvd.example.org', 'test')).toBe('test.cvd.example.org')
  })

  it('tells a version and its time', () => {
    expect(readOwnRecord(`7:${seconds}`, now)).toBe(7)
    expect(readOwnRecord(`7:${seconds - 43_201}`, now)).toBeNull()
    expect(readOwnRecord('7', now)).toBeNull()
  })
})
