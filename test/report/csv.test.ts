import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { makeEvent } from '../../src/event/make-event.ts'
import { csvName, csvOf } from '../../src/report/csv.ts'
import { entriesOf } from '../../src/report/entries.ts'
import { set } from '../hawking/world.ts'

const world = { now: new Date('2026-11-21T06:00:00Z'), productVersion: '6.5.8' }
const entryWith = (message: string) => {
  const event = makeEvent('disk.low', { message, set: set('20261121.003') }, world)
  return [{ time: event.time, entries: entriesOf(event) }]
}

/** The rows as Python's reader, which knows the rules of the format, has them. */
function readBack(text: string): string[][] {
  const program =
    'import csv,io,json,sys; print(json.dumps(list(csv.reader(io.StringIO(sys.stdin.read(), newline="")))))'
  return JSON.parse(execFileSync('python3', ['-c', program], { input: text, encoding: 'utf8' }))
}

describe('the report as CSV', () => {
  it('is read back by another program, cell by cell', () => {
    const [heads, row] = readBack(csvOf(entryWith('a "quoted", text; ä')))
    expect(heads).toHaveLength(15)
    expect(row).toEqual([
      '2026-11-21T06:00:00.000Z',
      'disk.low',
      '',
      '20261121.003',
      '2026-11-21',
      '3',
      '',
      '1008',
      'warning',
      '',
      '',
      '',
      '',
      '',
      'a "quoted", text; ä',
    ])
  })

  it.each(['=1+1', '+1', '-1', '@SUM(A1)', ' =1+1', '\t=1', '\r\n=1', '\uff1d1+1'])(
    'lets no spreadsheet run %j',
    (message) => {
      const rows = readBack(csvOf(entryWith(message)))
      expect(rows).toHaveLength(2)
      expect(rows[1]?.at(-1)).toMatch(/^'/)
    },
  )

  it('leaves other text alone, and is named after the minute', () => {
    expect(readBack(csvOf(entryWith('a = b - c')))[1]?.at(-1)).toBe('a = b - c')
    expect(csvName(new Date('2026-01-02T03:04:59Z'))).toBe('DEFS202601020304.csv')
  })
})
