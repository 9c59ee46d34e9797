import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { inLanes } from '../../src/thread/lanes.ts'

const never = new AbortController().signal

describe('thread/lanes', () => {
  it('does everything, two at a time, in order', async () => {
    let running = 0
    let most = 0
    const begun: number[] = []
    await inLanes([1, 2, 3, 4, 5], never, async (item) => {
      begun.push(item)
      running += 1
      most = Math.max(most, running)
      await turn()
      running -= 1
    })
    expect(begun).toEqual([1, 2, 3, 4, 5])
    expect(most).toBe(2)
  })

  it('lets timers and signals in between items that wait for nothing', async () => {
    let rang = 0
    const timer = setInterval(() => {
      rang += 1
    }, 1)
    const end = performance.now() + 200
    await inLanes(Array(1000).fill(0), never, async () => {
      if (performance.now() > end) return
      const until = performance.now() + 1
      while (performance.now() < until);
    })
    clearInterval(timer)
    expect(rang).toBeGreaterThan(1)
  })

  it('stops at the first failure and throws it once all is quiet', async () => {
    const begun: number[] = []
    let stopped = false
    const work = inLanes([1, 2, 3, 4], never, async (item, signal) => {
      begun.push(item)
      if (item === 1) throw new Error('first')
      while (!signal.aborted) await turn()
      stopped = true
      throw new Error('second')
    })
    await expect(work).rejects.toThrow('first')
    expect(stopped).toBe(true)
    expect(begun).toEqual([1, 2])
  })
})
