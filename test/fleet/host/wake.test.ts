import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { openWaking, wakeEvery } from '../../../src/fleet/host/wake.ts'

describe('a host that hears announcements', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  function woken(spread: number, draw: number) {
    const asked: number[] = []
    const ask = () => asked.push(performance.now() - begun)
    const begun = performance.now()
    const waking = openWaking({ spread: async () => spread, random: () => draw, ask })
    return { asked, waking }
  }

  it('asks once, after its part of the spread', async () => {
    const { asked, waking } = woken(600_000, 0.25)
    for (let i = 0; i < 50; i++) waking.hint('')
    await vi.advanceTimersByTimeAsync(149_000)
    expect(asked).toEqual([])
    await vi.advanceTimersByTimeAsync(600_000)
    expect(asked).toEqual([150_000])
    waking.close()
  })

  it('asks no more often than the rule has it, however many come', async () => {
    const { asked, waking } = woken(0, 0.9)
    for (let second = 0; second < 120; second++) {
      waking.hint('')
      await vi.advanceTimersByTimeAsync(1000)
    }
    expect(asked.length).toBeGreaterThan(2)
    expect(asked.length).toBeLessThanOrEqual(1 + 120_000 / wakeEvery)
    waking.close()
  })

  it('asks at once when the tree has proved that there is something new, and soon when a set is taken back', async () => {
    const asked: number[] = []
    const begun = performance.now()
    const waking = openWaking({
      spread: async () => 600_000,
      random: () => 0.5,
      ask: () => asked.push(performance.now() - begun),
      worth: async (hint) => ({ news: hint !== '', soon: hint === 'halt' }),
    })
    waking.hint('news')
    await vi.advanceTimersByTimeAsync(300_000)
    expect(asked).toEqual([300_000])
    waking.hint('')
    await vi.advanceTimersByTimeAsync(1000)
    waking.hint('halt')
    await vi.advanceTimersByTimeAsync(2500)
    expect(asked).toEqual([300_000, 303_500])
    waking.close()
  })

  it('asks no more once it is closed', async () => {
    const { asked, waking } = woken(1000, 0.5)
    waking.hint('')
    await vi.advanceTimersByTimeAsync(100)
    waking.close()
    await vi.advanceTimersByTimeAsync(60_000)
    expect(asked).toEqual([])
  })
})
