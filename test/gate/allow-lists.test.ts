import { createHash } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { makeClamavSigner, makeCld, makeCvd } from '../support/clamav-database.ts'
import { noise } from '../support/noise.ts'
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
function guarded(files: Record<string, string | Buffer>): Record<string, string | Buffer> {
  const sections = Object.entries(files).map(([name, text]) => {
    const sha256 = createHash('sha256').update(text).digest('hex')
    return `[File-${name.toLowerCase()}]\r\nSHA256=${sha256}\r\n`
  })
  return { ...files, 'v.grd': `[GuardHeader]\r\n${sections.join('')}` }
}

type Files = Record<string, string | Buffer>

async function judge(now: Files, before: Files, allowed = 50) {
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

describe('the allow lists inside of a database', () => {
  const signer = makeClamavSigner()
  const others = (mark: string) =>
    Array.from({ length: 20_000 }, () => `${noise(16).toString('hex')}:10:${mark}\n`).join('')
  const database = (allowed: number, mark: string) =>
    makeCvd({ name: 'daily', files: { 'daily.fp': lines(allowed), 'daily.hdb': others(mark) } }, signer)
  /** All that follows the first members is gone: whoever reads on finds that. */
  const cut = (whole: Buffer) => whole.subarray(0, whole.length >> 1)

  it('may not lose more than their share of lines either, patched or whole', async () => {
    const before = database(100, 'A')
    const shrunk = await judge({ 'daily.cvd': database(40, 'B') }, { 'daily.cvd': before })
    expect(shrunk).toMatchObject({
      outcome: 'failed',
      text: expect.stringContaining('daily/daily.fp shrunk to 40 lines instead of 100'),
    })
    const files = { 'daily.fp': lines(90), 'daily.hdb': others('B') }
    const patched = { 'daily.cld': makeCld({ name: 'daily', files }, signer) }
    expect((await judge(patched, { 'daily.cvd': before })).outcome).toBe('passed')
  })

  it('are not unpacked where both databases say that they are the same, and else no further than to them', async () => {
    const [before, after] = [database(100, 'A'), database(100, 'B')]
    const same = await judge({ 'daily.cvd': cut(after) }, { 'daily.cvd': cut(before) })
    expect(same.outcome).toBeUndefined()
    const fewer = await judge({ 'daily.cvd': cut(database(90, 'B')) }, { 'daily.cvd': cut(before) })
    expect(fewer.outcome).toBe('passed')
    const whole = await judge({ 'daily.cvd': after }, { 'daily.cvd': before })
    expect(whole.outcome).toBeUndefined()
  })
})
