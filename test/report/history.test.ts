import { describe, expect, it } from 'vitest'
import type { EventName } from '../../src/event/catalogue.ts'
import type { EventFacts } from '../../src/event/event.ts'
import { makeEvent } from '../../src/event/make-event.ts'
import { tellHistory } from '../../src/report/history.ts'
import { set } from '../hawking/world.ts'

const one = set('20261119.001')
const two = set('20261120.003')
const now = new Date('2026-11-21T06:00:00Z')
const event = (name: EventName, facts: EventFacts = {}) =>
  makeEvent(name, facts, { now, productVersion: '6.5.8' })

describe('the history', () => {
  it('follows what is live, whoever moved it and why', () => {
    const entries = tellHistory([
      event('definitions.updated', { set: one, source: 'live', grade: 'certified', previous: null }),
      event('scanner.updated', { set: one }),
      event('update.nothing-newer', { set: one }),
      event('definitions.updated', { set: two, source: 'live' }),
      event('definitions.rolled-back', { set: one, errorCode: 'TRUST_DIGEST', previous: two }),
      event('scanner.updated', { set: one }),
      event('set.held', { set: one, user: 'anna', reason: 'test' }),
      event('rolled-back.by-hand', { set: two, previous: one, reason: 'works again', user: 'anna' }),
    ])
    expect(entries.map(({ time, ...entry }) => entry)).toEqual([
      {
        action: 'updated',
        from: null,
        to: one,
        reason: 'from live, certified',
        user: null,
        events: [30, 25],
      },
      { action: 'updated', from: one, to: two, reason: 'from live', user: null, events: [30] },
      { action: 'fell back', from: two, to: one, reason: 'TRUST_DIGEST', user: null, events: [399, 25] },
      { action: 'held', from: null, to: one, reason: 'test', user: 'anna', events: [1030] },
      { action: 'rolled back', from: one, to: two, reason: 'works again', user: 'anna', events: [1020] },
    ])
  })

  it('keeps a scanner that followed later apart from another change', () => {
    const entries = tellHistory([
      event('definitions.updated', { set: two }),
      event('scanner.updated', { set: one }),
    ])
    expect(entries.map(({ action }) => action)).toEqual(['updated', 'scanner updated'])
  })
})
