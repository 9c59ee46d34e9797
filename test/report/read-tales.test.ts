import { describe, expect, it } from 'vitest'
import { readEvent } from '../../src/event/make-event.ts'
import { type DatedEntries, entriesOf, openTales } from '../../src/report/entries.ts'

const line = (time: string, name = 'disk.low', more: object = {}) =>
  JSON.stringify({ time, id: 1, name, level: 'warning', message: 'low', set: null, ...more })

function read(text: string, wanted: Parameters<typeof openTales>[0] = () => true): DatedEntries[] {
  const all: DatedEntries[] = []
  openTales(wanted)(Buffer.from(text), (time, entries) => all.push({ time, entries }))
  return all
}

/** Every line on its own, as JSON reads it. */
function plainly(text: string) {
  return text.split('\n').flatMap((one) => {
    const event = readEvent(one)
    return event ? [{ time: event.time, entries: entriesOf(event) }] : []
  })
}

const good = line('2026-11-21T06:00:00.000Z')

describe('what a journal tells', () => {
  it.each([
    ['times that differ', `${good}\n${line('2026-11-22T06:00:00.000Z')}\n`],
    ['a last line that is torn', `${good}\n${good.slice(0, 60)}`],
    ['a last line without its end', `${good}\n${good}`],
    ['a line that is torn within its time', `${good}\n${good.slice(0, 15)}\n${good}\n`],
    ['a line of nothing but a time', `{"time":"2026-11-21T06:00:00.000Z\n${good}\n`],
    ['a second time that counts', `${good.slice(0, -1)},"time":"1999-01-01T00:00:00Z"}\n`.repeat(2)],
    ['blanks', `${good.replaceAll(':', ': ')}\n${good}\n`],
    ['another order', `{"id":1,${good.slice(1)}\n${good}\n`],
    ['a time that JSON escapes', `${line('a"b')}\n${line('a\\b')}\n${line('ä')}\n${line('')}\n`],
    ['a time that JSON refuses', `${line('x')}\n${line('x').replace('"x"', '"\t"')}\n`],
    [
      'two entries of an event',
      `${line('2026', 'definitions.updated', { set: '20261120.003' })}\n`.repeat(2),
    ],
    [
      'lines that lack parts',
      '{"time":"2026","id":1,"name":"disk.low","level":"error","message":""}\n{}\nnull\n',
    ],
    [
      'letters of many bytes',
      `${line('2026', 'disk.low', { message: 'voll: ü 漢字 \u{1f4a5}' })}\n`.repeat(3),
    ],
    [
      'more than is read at once',
      Array.from(
        { length: 2000 },
        (_, day) => `${line(`20${day}`, 'disk.low', { message: `ü${day % 7}` })}\n`,
      ).join(''),
    ],
    [
      'a line that is longer than what is read at once',
      `${good}\n${line('2026', 'disk.low', { message: '漢'.repeat(70_000) })}\n${good}\n`,
    ],
    ['what is told again after a line that tells nothing', `${good}\n{}\n${good}\nnull\n${good}\n`],
    ['two things in turn', `${good}\n${line('2026-11-22T06:00:00.000Z', 'update.failed')}\n`.repeat(4)],
    ['nothing', '\n\n'],
  ])('is the same as line by line: %s', (_, text) => {
    expect(read(text)).toEqual(plainly(text))
  })

  it('is shared by all lines that tell the same', () => {
    const [first, second] = read(`${good}\n${line('2026-11-22T06:00:00.000Z')}\n`)
    expect(first?.time).not.toBe(second?.time)
    expect(first?.entries).toBe(second?.entries)
  })

  it('is shared by lines that differ in what is not reported', () => {
    const [first, second] = read(
      `${line('2026', 'disk.low', { bytes: 1 })}\n${line('2027', 'disk.low', { bytes: 2 })}\n`,
    )
    expect(first?.entries).toBe(second?.entries)
  })

  it('is kept as wanted', () => {
    const text = `${line('2026', 'update.failed')}\n${good}`
    const told = read(text, ({ action }) => action === 'LiveUpdate')
    expect(told.map(({ entries }) => entries.length)).toEqual([1, 0])
  })
})
