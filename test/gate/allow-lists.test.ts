import { createHash } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { gateWorld, outcomesOf } from './world.ts'

let world: ReturnType<typeof gateWorld>
beforeEach(() => {
  world = gateWorld()
})
afterEach(() => world.remove())

const lines = (count: number) =>
  Array.from({ length: count }, (_, index) => `${String(index).padStart(32, '0')}:10:Clean.${index}\n`).join(
    '',
  )

/** Files with the guard that names them. */
function guarded(files: Record<string, string>): Record<string, string> {
  const sections = Object.entries(files).map(([name, text]) => {
    const sha256 = createHash('sha256').update(text).digest('hex')
    return `[File-${name.toLowerCase()}]\r\nSHA256=${sha256}\r\n`
  })
  return { ...files, 'v.grd': `[GuardHeader]\r\n${sections.join('')}` }
}

async function judge(now: Record<string, string>, before: Record<string, string>, allowed = 50) {
  const earlier = world.lying('20261120.001', guarded(before))
  const findings = await world.judge(world.candidate(guarded(now), { earlier }), { allowed })
  return {
    outcome: outcomesOf(findings).allowed,
    text: findings.find(({ check }) => check === 'allowed')?.text,
  }
}

describe('the allow lists of a set', () => {
  it('may not lose more than their share of lines', async () => {
    const emptied = await judge({ 'a.fp': lines(40) }, { 'a.fp': lines(100) })
    expect(emptied).toMatchObject({
      outcome: 'failed',
      text: expect.stringContaining('40 lines instead of 100'),
    })
    const comments = await judge({ 'a.ign2': `${lines(9)}# ${'x\n# '.repeat(90)}` }, { 'a.ign2': lines(20) })
    expect(comments.outcome).toBe('failed')
    expect((await judge({ 'a.wdb': lines(60) }, { 'a.wdb': lines(100) })).outcome).toBe('passed')
    expect((await judge({ 'a.sfp': lines(40) }, { 'a.sfp': lines(100) }, 70)).outcome).toBe('passed')
  })

  it('are judged only where both sets have them, differ, and are no handful', async () => {
    expect((await judge({ 'b.hdb': lines(1) }, { 'a.fp': lines(100) })).outcome).toBeUndefined()
    expect((await judge({ 'a.fp': lines(100) }, { 'a.fp': lines(100) })).outcome).toBeUndefined()
    expect((await judge({ 'a.fp': lines(1) }, { 'a.fp': lines(9) })).outcome).toBe('passed')
    const own = await judge({ 'defs-exceptions.ign2': 'A\n' }, { 'defs-exceptions.ign2': lines(50) })
    expect(own.outcome).toBeUndefined()
    expect((await judge({ 'a.fp': '' }, { 'a.fp': lines(100) }, 0)).outcome).toBeUndefined()
  })
})
