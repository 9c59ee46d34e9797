import { describe, expect, it } from 'vitest'
// @ts-expect-error the benchmarks are plain JavaScript
import { compare, comparison } from '../../bench/compare.mjs'

const row = (name: string, ratio: number, scatter: [number, number] | null = null) => ({
  name,
  ratio,
  scatter,
  bar: { of: 'ratio', most: 1 },
})

const movedOf = (before: object[], after: object[]) => compare(before, after).lines[0]?.moved

describe('a run of the benchmarks set against an earlier one', () => {
  it('names what lies outside of the scatter of both, whichever way it went', () => {
    const before = row('cold', 0.5, [0.48, 0.55])
    expect(movedOf([before], [row('cold', 0.4, [0.38, 0.43])])).toBe(true)
    expect(movedOf([before], [row('cold', 0.7, [0.6, 0.72])])).toBe(true)
    expect(movedOf([before], [row('cold', 0.54, [0.52, 0.56])])).toBe(false)
    // A noisy run proves nothing.
    expect(movedOf([before], [row('cold', 0.7, [0.45, 0.9])])).toBe(false)
  })

  it('takes a tenth for scatter where a run does not tell', () => {
    expect(movedOf([row('cold', 0.5)], [row('cold', 0.54)])).toBe(false)
    expect(movedOf([row('cold', 0.5)], [row('cold', 0.6)])).toBe(true)
  })

  it('compares what the bar is about where there is no peer', () => {
    const large = (peak: number) => ({ name: 'large', ratio: null, peak, bar: { of: 'peak', most: 200 } })
    expect(compare([large(100)], [large(150)]).lines).toEqual([
      { name: 'large', of: 'peak', before: 100, after: 150, change: 0.5, moved: true },
    ])
  })

  it('tells what only one of them has, and skipped cases with them', () => {
    const skipped = { name: 'ftp', skipped: 'vsftpd is not here' }
    const found = compare([row('a', 1), row('old', 1), skipped], [row('a', 1), row('new', 1), row('ftp', 1)])
    expect(found.alone.toSorted()).toEqual(['ftp', 'new', 'old'])
    expect(found.lines).toHaveLength(1)
  })

  it('says it in words', () => {
    const text = comparison([row('a', 1), row('b', 2)], [row('a', 1), row('b', 1)])
    expect(text).toContain('| b | ratio | 2.00 | 1.00 | -50 % | moved |')
    expect(text).toContain('Moved by more than the scatter:\n- b: ratio -50 %\n')
    expect(comparison([row('a', 1)], [row('a', 1)])).toContain('Nothing moved')
  })
})
