import { expect, it } from 'vitest'
// @ts-expect-error the benchmarks are plain JavaScript
import { median } from '../../bench/measure.mjs'
// @ts-expect-error the benchmarks are plain JavaScript
import { table } from '../../bench/report.mjs'

const row = {
  name: 'a case',
  peer: 'curl',
  bar: 0.6,
  unit: 'x',
  rounds: 3,
  wall: 1.5,
  peerWall: 3,
  cpu: null,
  peerCpu: null,
  ratio: 0.5,
  peak: 93.4,
  requests: 3,
  bytes: 1000,
}

it('gives every row as many cells as the head, with what was measured', () => {
  const lines = table([row, { name: 'another', skipped: 'nginx is not here' }])
    .trimEnd()
    .split('\n')
    .map((line: string) => line.split('|').map((cell: string) => cell.trim()))
  expect(new Set(lines.map((cells: string[]) => cells.length)).size).toBe(1)
  expect(lines[2]).toEqual(
    expect.arrayContaining(['a case', 'curl', '1.500', '3.000', '0.50', '0.6 x', '93', '3', '1000']),
  )
  expect(lines[3]).toContain('skipped: nginx is not here')
})

it('takes medians, and none of what was not measured', () => {
  expect([median([3, 1, 2]), median([4, 1, 2, 3]), median([]), median([1, null])]).toEqual([
    2,
    2.5,
    null,
    null,
  ])
})
