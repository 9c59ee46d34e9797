import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { compareMeasures, type Measures, measureSet, type SizeLimits } from '../../src/gate/size.ts'
import type { Grade } from '../../src/set-name.ts'
import { gateWorld, outcomesOf } from './world.ts'

const MiB = 1024 * 1024
const limits: SizeLimits = {
  shrink: { certified: 80, rapid: 60 },
  growth: { certified: 100, rapid: 20, from: 64 * MiB },
}
const measures = (bytes: number, files = 10, signatures: number | null = null): Measures => ({
  bytes,
  files,
  signatures,
})

describe('compareMeasures', () => {
  it.each<[string, Measures, Measures, Grade, number]>([
    ['the same', measures(1000), measures(1000), 'certified', 0],
    ['80 % less', measures(200), measures(1000), 'certified', 0],
    ['more than 80 % less', measures(199), measures(1000), 'certified', 1],
    ['70 % less, rapid', measures(300), measures(1000), 'rapid', 1],
    ['70 % less, certified', measures(300), measures(1000), 'certified', 0],
    ['hardly any files left', measures(1000, 1), measures(1000, 10), 'certified', 1],
    ['nothing left at all', measures(0, 0), measures(1000, 10), 'certified', 2],
    ['hardly any signatures left', measures(1000, 1, 9), measures(1000, 1, 100), 'certified', 1],
    ['signatures on one side only', measures(1000, 1, 9), measures(1000, 1), 'certified', 0],
    ['a thousand times as much, still small', measures(MiB), measures(1000), 'certified', 0],
    ['a thousand times as much, at the bound', measures(64 * MiB), measures(64 * 1024), 'certified', 0],
    ['a hundred times as much', measures(100 * MiB), measures(MiB), 'certified', 0],
    ['more than that', measures(101 * MiB), measures(MiB), 'certified', 1],
    ['thirty times as much, rapid', measures(90 * MiB), measures(3 * MiB), 'rapid', 1],
    ['of nothing', measures(90 * MiB), measures(0, 0), 'rapid', 2],
  ])('%s', (_, now, before, grade, count) => {
    expect(compareMeasures(now, before, grade, limits)).toHaveLength(count)
  })

  it('has no bound where that is 0', () => {
    const none = {
      ...limits,
      shrink: { certified: 0, rapid: 0 },
      growth: { ...limits.growth, certified: 0, rapid: 0 },
    }
    expect(compareMeasures(measures(1), measures(1000), 'rapid', none)).toEqual([])
    expect(compareMeasures(measures(900 * MiB), measures(1), 'rapid', none)).toEqual([])
  })
})

describe('the size of a set', () => {
  let world: ReturnType<typeof gateWorld>
  beforeEach(() => {
    world = gateWorld()
  })
  afterEach(() => world.remove())

  const cvd = (signatures: number) => {
    const header = `ClamAV-VDB:21 Nov 2026 10-00 +0000:62:${signatures}:90:X:X:builder:1795255200`
    return `${header.padEnd(512)}payload`
  }

  it('counts the files that hold definitions, and the signatures that their headers state', async () => {
    const { directory } = world.lying('20261120.001', {
      'daily.cvd': cvd(120),
      'main.CLD': cvd(3),
      'own/rules.yar': 'rule',
      'v.grd': 'guard',
      'V.SIG': 'signature',
      'zdone.dat': 'done',
    })
    expect(await measureSet(directory)).toEqual({ bytes: 2 * 519 + 4, files: 3, signatures: 123 })
  })

  it('is not judged without an earlier set, nor without a bound', async () => {
    const one = world.candidate({ a: 'a' })
    expect(outcomesOf(await world.judge(one, limits))).toMatchObject({ size: 'off' })
    const before = world.candidate(
      { a: 'a' },
      { earlier: world.lying('20261120.001', { a: 'a'.repeat(99) }) },
    )
    expect(outcomesOf(await world.judge(before, {}))).toMatchObject({ size: 'off' })
    expect(outcomesOf(await world.judge(before, limits))).toMatchObject({ size: 'failed' })
  })
})
