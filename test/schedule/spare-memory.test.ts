import { Script } from 'node:vm'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { openSpareMemory } from '../../src/schedule/spare-memory.ts'

afterEach(() => vi.useRealTimers())

describe('what a run took of memory', () => {
  it('is given back in two rounds, when the last run is over for a while', async () => {
    vi.useFakeTimers({ toFake: ['performance'] })
    const collect = vi.fn()
    const memory = openSpareMemory(collect)
    expect(memory.due()).toBe(Number.POSITIVE_INFINITY)
    memory.ended()
    vi.advanceTimersByTime(10_000)
    memory.ended()
    vi.advanceTimersByTime(10_000)
    expect(memory.due()).toBe(5_000)
    vi.advanceTimersByTime(5_000)
    expect(memory.due()).toBe(0)
    await memory.run()
    expect(memory.due()).toBe(15_000)
    vi.advanceTimersByTime(15_000)
    await memory.run()
    expect(collect).toHaveBeenCalledTimes(2)
    expect(memory.due()).toBe(Number.POSITIVE_INFINITY)
  })

  it('is really collected, and the code cache fits as before', async () => {
    const text = '(() => () => 1)()'
    const cachedData = new Script(text).createCachedData()
    const memory = openSpareMemory()
    const taken = new WeakRef(Array.from({ length: 1000 }, (_, at) => ({ at })))
    // What a WeakRef was made of lives to the end of its turn.
    await new Promise((resolve) => setTimeout(resolve, 10))
    await memory.run()
    expect(taken.deref()).toBeUndefined()
    // Another name, since V8 remembers in memory what it has compiled once.
    expect(new Script(text, { filename: 'again.js', cachedData }).cachedDataRejected).toBe(false)
  })

  it('is given back by a collection that fails without any flag left behind', async () => {
    const text = '(() => () => 2)()'
    const cachedData = new Script(text).createCachedData()
    const memory = openSpareMemory(() => {
      throw new Error('no')
    })
    await expect(memory.run()).rejects.toThrow('no')
    expect(new Script(text, { filename: 'again.js', cachedData }).cachedDataRejected).toBe(false)
  })
})
