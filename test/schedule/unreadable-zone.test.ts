import { describe, expect, it } from 'vitest'
import { unreadableZone } from '../../src/schedule/wall-clock.ts'

describe('TZ of the environment', () => {
  it.each([
    'CET-1CEST,M3.5.0,M10.5.0/3',
    'EST5EDT4,M3.2.0,M11.1.0',
    '<+03>-3',
    'UTC+2x',
    'Europe/Berlni',
    ':Europe/Berlni',
    'CET-1',
  ])('%s cannot be read here, which is told', (zone) => {
    expect(unreadableZone(zone)).toContain(`TZ=${zone.replace(/^:/, '')}`)
    expect(unreadableZone(zone)).toContain('timeZone')
  })

  it.each([undefined, '', 'UTC', 'Europe/Berlin', ':Europe/Berlin', 'EST5EDT', 'Etc/GMT-3'])(
    '%s is all right',
    (zone) => {
      expect(unreadableZone(zone)).toBeNull()
    },
  )
})
