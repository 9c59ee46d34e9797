import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { EventName } from '../../src/event/catalogue.ts'
import type { EventFacts } from '../../src/event/event.ts'
import { appendEvent } from '../../src/event/journal.ts'
import { makeEvent } from '../../src/event/make-event.ts'
import { type ReportQuery, readReport } from '../../src/report/read-report.ts'
import { set } from '../hawking/world.ts'

let folder: string
let journal: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'defs-report-'))
  journal = join(folder, 'events.jsonl')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function happen(time: string, name: EventName, facts: EventFacts = {}): void {
  appendEvent(journal, makeEvent(name, facts, { now: new Date(time), productVersion: '6.5.8' }))
}

const all: ReportQuery = { from: null, to: null, actions: [], search: null }
const report = async (query: Partial<ReportQuery>) =>
  [...(await readReport(journal, { ...all, ...query }))].flatMap(({ entries }) =>
    entries.map(({ action, result, revision }) => [action, result, revision]),
  )

function someDays(): void {
  happen('2026-11-20T06:00:00Z', 'definitions.updated', { set: set('20261120.003'), source: 'live' })
  happen('2026-11-20T06:00:01Z', 'scanner.updated', { set: set('20261120.003') })
  happen('2026-11-21T06:00:00Z', 'update.nothing-newer', { source: 'live' })
  happen('2026-11-22T06:00:00Z', 'package.refused', { source: 'rapid', errorCode: 'TRUST_DIGEST' })
  happen('2026-11-22T06:00:01Z', 'update.failed', { source: 'rapid', errorCode: 'TRUST_DIGEST' })
}

describe('the detail report', () => {
  it('tells a session and what came of it apart, oldest first; without actions it is the whole journal', async () => {
    someDays()
    expect(await report({})).toEqual([
      ['LiveUpdate', 'Succeeded', 3],
      ['Definitions updated', 'Succeeded', 3],
      ['scanner.updated', null, 3],
      ['LiveUpdate', 'Succeeded', null],
      ['Definitions updated', 'Failed', null],
      ['LiveUpdate', 'Failed', null],
    ])
  })

  it('by action, in any case', async () => {
    someDays()
    expect(await report({ actions: ['liveupdate'] })).toHaveLength(3)
    expect(await report({ actions: ['DEFINITIONS updated'] })).toHaveLength(2)
    expect(await report({ actions: ['LiveUpdate', 'scanner.updated'] })).toHaveLength(4)
    await expect(report({ actions: ['nothing'] })).rejects.toMatchObject({ code: 'USAGE_ARGUMENT' })
  })

  it('tells who modified what, from where and how; by the name of an event, too', async () => {
    happen('2026-11-20T06:00:00Z', 'set.held', { set: set('20261120.003'), user: 'ada', from: '192.0.2.7' })
    happen('2026-11-20T06:01:00Z', 'configuration.reloaded', {
      object: '/etc/x',
      change: 'schedule',
      user: 'uid 0',
    })
    happen('2026-11-20T06:02:00Z', 'console.login', { user: 'ada', from: '192.0.2.7', reason: 'ada' })
    happen('2026-11-20T06:03:00Z', 'console.login-failed', { user: 'eve', from: '192.0.2.9', reason: 'eve' })
    happen('2026-11-20T06:04:00Z', 'console.logout', { user: 'ada', from: '192.0.2.7', reason: 'ada' })
    happen('2026-11-20T06:05:00Z', 'daemon.started')
    happen('2026-11-20T06:06:00Z', 'daemon.start-failed', { errorCode: 'STORE_BUSY', reason: 'busy' })
    happen('2026-11-20T06:07:00Z', 'daemon.stopped')
    const told = [...(await readReport(journal, all))].flatMap(({ entries }) =>
      entries.map(({ action, result, user, from, object, change }) => [
        action,
        result,
        user,
        from,
        object,
        change,
      ]),
    )
    expect(told).toEqual([
      ['Object modified', 'Succeeded', 'ada', '192.0.2.7', 'set', 'held'],
      ['Object modified', 'Succeeded', 'uid 0', null, '/etc/x', 'schedule'],
      ['Logon', 'Succeeded', 'ada', '192.0.2.7', null, null],
      ['Logon', 'Failed', 'eve', '192.0.2.9', null, null],
      ['Logoff', 'Succeeded', 'ada', '192.0.2.7', null, null],
      ['Service started', 'Succeeded', null, null, null, null],
      ['Service start failed', 'Failed', null, null, null, null],
      ['Service stopped', 'Succeeded', null, null, null, null],
    ])
    expect(await report({ actions: ['object MODIFIED'] })).toHaveLength(2)
    expect(await report({ actions: ['set.held'] })).toHaveLength(1)
    expect(await report({ actions: ['Service started', 'Service stopped'] })).toHaveLength(2)
  })

  it('by time, both ends included', async () => {
    someDays()
    const at = (text: string) => new Date(text)
    expect(await report({ from: at('2026-11-21T06:00:00Z') })).toHaveLength(3)
    expect(await report({ to: at('2026-11-20T06:00:00Z') })).toHaveLength(2)
    const backwards = report({ from: at('2026-11-22T00:00:00Z'), to: at('2026-11-21T00:00:00Z') })
    await expect(backwards).rejects.toMatchObject({ code: 'USAGE_ARGUMENT' })
  })

  it('by a text anywhere, in any case', async () => {
    someDays()
    expect(await report({ search: 'trust_digest' })).toHaveLength(2)
    expect(await report({ search: 'RAPID', actions: ['LiveUpdate'] })).toHaveLength(1)
    expect(await report({ search: 'nowhere to be found' })).toEqual([])
  })

  it('is not lost among old lines: a clock was wrong for a while', async () => {
    happen('2026-11-21T06:00:00Z', 'disk.low')
    for (let each = 0; each < 20; each++) happen('1999-01-01T00:00:00Z', 'update.nothing-newer')
    happen('2026-11-21T07:00:00Z', 'disk.low')
    expect(await report({ from: new Date('2026-01-01T00:00:00Z') })).toHaveLength(2)
  })

  it('of no journal is empty', async () => {
    expect(await report({})).toEqual([])
  })
})
