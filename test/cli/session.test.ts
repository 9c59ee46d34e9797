import { EventEmitter } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { getDefaultAutoSelectFamilyAttemptTimeout } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openEnvironment } from '../../src/cli/environment.ts'
import { keepJournal } from '../../src/cli/journal-listener.ts'
import { catchSignals } from '../../src/cli/run.ts'
import { openSession, type Session } from '../../src/cli/session.ts'
import { makeEvent } from '../../src/event/make-event.ts'
import type { Report } from '../../src/event/report.ts'

const globals = { config: null, family: null, json: false, quiet: false, verbose: false, color: false }
let folder: string
let reports: Report[]
let interrupt: AbortController
let session: Session
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'defs-session-'))
  reports = []
  interrupt = new AbortController()
  const world = openEnvironment({
    env: { DEFS_STORE_ROOT: folder },
    cwd: folder,
    home: folder,
    systemConfig: folder,
  })
  session = openSession(world, globals, interrupt.signal, (report) => reports.push(report))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe('signals', () => {
  const names = ['SIGINT', 'SIGTERM', 'SIGHUP']

  it.each(names)('%s aborts once, and the next one is the system’s again', (name) => {
    const source = new EventEmitter()
    const { signal } = catchSignals(source, 'update')
    expect(signal.aborted).toBe(false)
    source.emit(name)
    expect(signal.reason).toMatchObject({ code: 'INTERRUPTED' })
    expect(names.map((one) => source.listenerCount(one))).toEqual([0, 0, 0])
  })

  it('SIGHUP is left to the daemon, which reloads', () => {
    const source = new EventEmitter()
    const { signal } = catchSignals(source, 'daemon')
    source.emit('SIGHUP')
    expect(signal.aborted).toBe(false)
  })

  it('are given back', () => {
    const source = new EventEmitter()
    catchSignals(source, 'update').release()
    expect(names.map((one) => source.listenerCount(one))).toEqual([0, 0, 0])
  })
})

describe('sleep', () => {
  it('ends in time', async () => {
    await expect(session.context.sleep(1)).resolves.toBeUndefined()
  })

  it('ends at once with the reason of an interruption, of the run or of the caller', async () => {
    const caller = new AbortController()
    const [first, second] = [session.context.sleep(60_000, caller.signal), session.context.sleep(60_000)]
    caller.abort('enough')
    await expect(first).rejects.toBe('enough')
    interrupt.abort('stop')
    await expect(second).rejects.toBe('stop')
    await expect(session.context.sleep(60_000)).rejects.toBe('stop')
  })
})

describe('the journal', () => {
  const event = (reason: string): Report => ({
    type: 'event',
    event: makeEvent('update.not-taken', { reason }, { now: new Date(0), productVersion: '6.5.8' }),
  })
  const journal = () =>
    readFileSync(join(folder, 'state', 'events.jsonl'), 'utf8')
      .trim()
      .split('\n')

  it('gets every event, those before the store was there first', async () => {
    const { config } = await session.load()
    const listener = keepJournal(session, config)
    session.context.emit(event('one'))
    mkdirSync(join(folder, 'state'))
    session.context.emit(event('two'))
    session.context.emit(event('three'))
    await listener.flush()
    expect(journal().map((line) => JSON.parse(line).reason)).toEqual(['one', 'two', 'three'])
    expect(reports).toHaveLength(3)
  })

  it('that cannot be written is told of once', async () => {
    const { config } = await session.load()
    keepJournal(session, config)
    mkdirSync(join(folder, 'state', 'events.jsonl'), { recursive: true })
    session.context.emit(event('one'))
    session.context.emit(event('two'))
    expect(reports.filter((report) => report.type === 'note')).toHaveLength(1)
  })
})

describe('several addresses of one host', () => {
  it('share the time to connect, each with far more than the 250 ms of Node.js', async () => {
    await session.load({ flags: { 'network.connectTimeout': '30s' } })
    expect(getDefaultAutoSelectFamilyAttemptTimeout()).toBe(5000)
    await session.load({ flags: { 'network.connectTimeout': '1s' } })
    expect(getDefaultAutoSelectFamilyAttemptTimeout()).toBe(250)
  })
})
