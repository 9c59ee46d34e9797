import { expect, it } from 'vitest'
import { entriesOf } from '../../src/report/entries.ts'
import { summarise } from '../../src/report/summary.ts'
import { eventAt } from '../event/sink/world.ts'

it('adds up by action, source and outcome', () => {
  const events = [
    eventAt(0, { errorCode: null, source: 'live' }, 'definitions.updated'),
    eventAt(1, { errorCode: null, source: 'live' }, 'update.nothing-newer'),
    eventAt(2, { source: 'rapid' }, 'update.failed'),
    eventAt(3, { errorCode: null }, 'daemon.started'),
  ]
  const told = events.map((event) => ({ time: event.time, entries: entriesOf(event) }))
  expect(summarise(told)).toEqual({
    total: 5,
    byAction: { LiveUpdate: 3, 'Definitions updated': 1, 'Service started': 1 },
    bySource: { live: 3, rapid: 1, '-': 1 },
    byOutcome: { Succeeded: 4, Failed: 1 },
    rows: [
      { action: 'LiveUpdate', source: 'live', outcome: 'Succeeded', count: 2 },
      { action: 'Definitions updated', source: 'live', outcome: 'Succeeded', count: 1 },
      { action: 'LiveUpdate', source: 'rapid', outcome: 'Failed', count: 1 },
      { action: 'Service started', source: '-', outcome: 'Succeeded', count: 1 },
    ],
  })
  expect(summarise([])).toEqual({ total: 0, byAction: {}, bySource: {}, byOutcome: {}, rows: [] })
})
