import { describe, expect, it } from 'vitest'
import { everySecond } from '../../src/schedule/ticker.ts'

describe('the ticker', () => {
  it('ticks, outlives what a tick throws, never ticks twice at once, and stops', async () => {
    let ticks = 0
    let working = 0
    let most = 0
    const enough = new Promise<void>((resolve) => {
      const ticker = everySecond(async () => {
        ticks += 1
        working += 1
        most = Math.max(most, working)
        // Longer than the time between two ticks.
        if (ticks === 1) await new Promise((wake) => setTimeout(wake, 1500))
        working -= 1
        if (ticks === 2) throw new Error('a bad tick')
        if (ticks === 3) void ticker.stop().then(resolve)
      })
    })
    await enough
    expect([ticks, most]).toEqual([3, 1])
  }, 30_000)
})
