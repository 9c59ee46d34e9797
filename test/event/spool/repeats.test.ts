import { describe, expect, it } from 'vitest'
import type { DefsEvent } from '../../../src/event/event.ts'
import { coalesce, overdue, type Repeats } from '../../../src/event/spool/sink-state.ts'
import { limits } from '../../../src/limits.ts'
import { begin, eventAt } from '../sink/world.ts'

const window = 600_000
const at = (seconds: number) => new Date(begin + seconds * 1000)

/** Takes events in by turns; what is sent, as `second` or `second x count`. */
function play(seconds: readonly number[], event = (second: number) => eventAt(second)): string[] {
  let repeats: Repeats = {}
  const sent: DefsEvent[] = []
  for (const second of seconds) {
    const step = coalesce(repeats, event(second), window, at(second))
    repeats = step.repeats
    sent.push(...step.send)
  }
  return sent.map(describeSent)
}

const describeSent = ({ time, count }: DefsEvent) =>
  `${(Date.parse(time) - begin) / 1000}${count === undefined ? '' : ` x ${count}`}`

describe('repeats', () => {
  it('are counted within the window and told with the next one', () => {
    expect(play([0, 1, 599, 600, 601, 1300])).toEqual(['0', '600 x 3', '1300 x 2'])
  })

  it('are of one number, set and error code', () => {
    const codes = ['FETCH_SIZE', 'FETCH_HTML'] as const
    const event = (second: number) => eventAt(second, { errorCode: codes[second % 2] ?? null })
    expect(play([0, 1, 2, 3], event)).toEqual(['0', '1'])
  })

  it('are told when the window is over', () => {
    let repeats: Repeats = {}
    for (const second of [0, 1, 2]) repeats = coalesce(repeats, eventAt(second), window, at(second)).repeats
    expect(overdue(repeats, window, at(599)).send).toEqual([])
    const over = overdue(repeats, window, at(600))
    expect(over.send.map(describeSent)).toEqual(['2 x 2'])
    expect(over.repeats).toEqual({})
  })

  it('add up what is a count already', () => {
    expect(play([0, 1, 700], (second) => eventAt(second, { count: 5 }))).toEqual(['0 x 5', '700 x 10'])
  })

  it('do not wait for a clock that went back', () => {
    expect(play([5000, 0])).toEqual(['5000', '0'])
  })

  it('are not counted without a window, nor remembered without bound', () => {
    expect(coalesce({}, eventAt(0), 0, at(0))).toEqual({ send: [eventAt(0)], repeats: {} })
    let repeats: Repeats = {}
    for (let path = 0; path < limits.repeats + 50; path += 1) {
      const event = { ...eventAt(0), id: path }
      repeats = coalesce(repeats, event, window, at(0)).repeats
    }
    expect(Object.keys(repeats)).toHaveLength(limits.repeats)
  })
})
