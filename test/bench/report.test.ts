import { describe, expect, it } from 'vitest'
// @ts-expect-error the benchmarks are plain JavaScript
import { median, rates } from '../../bench/measure.mjs'
// @ts-expect-error the benchmarks are plain JavaScript
import { isMet, table } from '../../bench/report.mjs'

const row = {
  name: 'a case',
  peer: 'curl',
  bar: { of: 'ratio', most: 0.6 },
  rounds: 3,
  unit: 's',
  ours: 1.5,
  theirs: 3,
  cpu: null,
  peerCpu: null,
  ratio: 0.5,
  difference: -20,
  peak: 93.4,
  requests: 3,
  bytes: 1000,
}

describe('the table of the benchmarks', () => {
  it('gives every row as many cells as the head, with what was measured', () => {
    const lines = table([row, { name: 'another', skipped: 'nginx is not here' }])
      .trimEnd()
      .split('\n')
      .map((line: string) => line.split('|').map((cell: string) => cell.trim()))
    expect(new Set(lines.map((cells: string[]) => cells.length)).size).toBe(1)
    expect(lines[2]).toEqual(
      expect.arrayContaining([
        'a case',
        'curl',
        '1.500 s',
        '3.000 s',
        '0.50',
        '≤ 0.6 x',
        'yes',
        '93',
        '3',
        '1000',
      ]),
    )
    expect(lines[3]).toContain('skipped: nginx is not here')
  })

  it.each([
    [{ of: 'ratio', most: 0.5 }, true],
    [{ of: 'ratio', most: 0.4 }, false],
    [{ of: 'ratio', least: 0.5 }, true],
    [{ of: 'ratio', least: 0.7 }, false],
    [{ of: 'peak', most: 90, unit: 'MiB' }, false],
    [{ of: 'difference', most: 50, unit: 'ms more' }, true],
    [{ of: 'requests', most: 2 }, false],
    [{ of: 'nothing', most: 2 }, null],
    [null, null],
  ])('tells of the bar %j whether it is met: %s', (bar, met) => {
    expect(isMet({ ...row, bar })).toBe(met)
  })
})

it('takes medians, and none of what was not measured', () => {
  expect([median([3, 1, 2]), median([4, 1, 2, 3]), median([]), median([1, null])]).toEqual([
    2,
    2.5,
    null,
    null,
  ])
})

it('measures rates in turn and takes the ratio pair by pair', async () => {
  const values = [10, 20, 2, 1, 6, 3]
  const measure = async () => values.shift()
  const found = await rates({
    bar: null,
    unit: 'MB/s',
    ours: { measure },
    peer: { label: 'nginx', measure },
    rounds: 3,
  })
  expect(found).toMatchObject({ peer: 'nginx', ours: 6, theirs: 3, ratio: 2, unit: 'MB/s' })
})
