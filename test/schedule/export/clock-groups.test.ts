import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { clockGroups } from '../../../src/schedule/export/exported-file.ts'
import { ruleOf } from '../../../src/schedule/rule.ts'
import { entry, example } from '../entry.ts'

const minute = 60_000

function timesOf(groups: ReturnType<typeof clockGroups>): number[] {
  const times = groups.flatMap(({ hours, minutes, seconds }) =>
    hours.flatMap((h) => minutes.flatMap((m) => seconds.map((s) => ((h * 60 + m) * 60 + s) * 1000))),
  )
  return times.sort((a, b) => a - b)
}

describe('clockGroups', () => {
  it.each([
    ['the example', example, 1],
    ['every quarter of an hour', entry({ cron: '*/15 * * * *' }), 1],
    ['every 90 minutes', entry({ every: 90 * minute }), 2],
    ['every 7 minutes', entry({ cron: '*/7 * * * *' }), 1],
    ['every second', entry({ cron: '* * * * * *' }), 1],
  ])('needs few groups for %s', (_, one, count) => {
    expect(clockGroups(ruleOf(one).times)).toHaveLength(count)
  })

  it('means each time once, and no other', () => {
    const seconds = fc.uniqueArray(fc.nat({ max: 86_399 }), { minLength: 1, maxLength: 40 })
    fc.assert(
      fc.property(seconds, (list) => {
        const times = list.map((second) => second * 1000).sort((a, b) => a - b)
        expect(timesOf(clockGroups(times))).toEqual(times)
      }),
    )
    const every = fc.integer({ min: 1, max: 1500 })
    fc.assert(
      fc.property(every, (minutes) => {
        const { times } = ruleOf(entry({ every: minutes * minute }))
        expect(timesOf(clockGroups(times))).toEqual(times)
      }),
    )
  })
})
