import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { joinSignals } from '../src/context.ts'

const never = () => new Error('never')

describe('joined signals', () => {
  it('end with any of them, for its reason', () => {
    const [one, other] = [new AbortController(), new AbortController()]
    const joined = joinSignals([one.signal, other.signal])
    other.abort('stop')
    expect([joined.signal.aborted, joined.signal.reason]).toEqual([true, 'stop'])
  })

  it('have ended when one had ended before', () => {
    const { signal } = joinSignals([AbortSignal.abort('before')], { milliseconds: 10, reason: never })
    expect([signal.aborted, signal.reason]).toEqual([true, 'before'])
  })

  it('end when their time is up, for the reason made then', async () => {
    const reason = new Error('late')
    const { signal } = joinSignals([], { milliseconds: 5, reason: () => reason })
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(signal.reason).toBe(reason)
  })

  it('end no more once released', async () => {
    const one = new AbortController()
    const joined = joinSignals([one.signal], { milliseconds: 5, reason: never })
    joined.release()
    one.abort()
    await new Promise((resolve) => setTimeout(resolve, 30))
    expect(joined.signal.aborted).toBe(false)
  })

  it('take a time that no timer holds for no limit', async () => {
    const { signal } = joinSignals([], { milliseconds: Number.POSITIVE_INFINITY, reason: never })
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(signal.aborted).toBe(false)
  })

  it('outlive garbage collections', () => {
    const module = JSON.stringify(fileURLToPath(new URL('../dist/context.js', import.meta.url)))
    const program = `
      import { setTimeout as sleep } from 'node:timers/promises'
      const { joinSignals } = await import(${module})
      const run = new AbortController()
      const bound = () => joinSignals([run.signal], { milliseconds: 400, reason: () => new Error('late') }).signal
      const inner = joinSignals([bound()]).signal
      let heard = false
      inner.addEventListener('abort', () => { heard = true })
      for (let i = 0; i < 5; i++) { await sleep(50); globalThis.gc() }
      await sleep(1500)
      console.log(heard, inner.aborted, inner.reason?.message)`
    const said = execFileSync(process.execPath, ['--expose-gc', '--input-type=module', '-e', program], {
      encoding: 'utf8',
    })
    expect(said.trim()).toBe('true true late')
  })
})
