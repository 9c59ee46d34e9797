import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Context } from '../../src/context.ts'
import { type Delivery, openDelivery } from '../../src/event/deliver.ts'
import type { DefsEvent } from '../../src/event/event.ts'
import type { Report } from '../../src/event/report.ts'
import type { SinkConfig } from '../../src/event/sink/sink-config.ts'
import { limits } from '../../src/limits.ts'
import { readJournal } from '../support/journal.ts'
import { closedPort, common, eventAt, type Folder, type Listener, listen, makeFolder } from './sink/world.ts'

let folder: Folder
let now: Date
let receiver: Listener | undefined
/** Messages that came over TCP, by the text after the mark. */
let came: string[]
let how: 'take' | 'hang' = 'take'

beforeEach(async () => {
  folder = makeFolder()
  mkdirSync(state())
  now = new Date('2026-11-21T10:00:00Z')
  came = []
  how = 'take'
  receiver = await listen((socket) => {
    if (how === 'hang') return
    socket.on('data', (piece) =>
      came.push(
        ...[...piece.toString('utf8').matchAll(/\ufeff(.*?)(?=\d+ <|$)/g)].map((match) => match[1] ?? ''),
      ),
    )
    socket.on('end', () => socket.end())
  })
})
afterEach(async () => {
  await receiver?.close()
  folder.remove()
})

const state = () => join(folder.path, 'state')
const journal = () => join(state(), 'events.jsonl')
const lockOf = (name: string) => join(state(), 'spool', name, 'lock')
const spooled = (name: string) => {
  const path = join(state(), 'spool', name)
  return existsSync(path) ? readdirSync(path).filter((file) => /^\d/.test(file)) : []
}

function sink(more: Partial<SinkConfig> = {}, port = receiver?.port ?? 0): SinkConfig {
  const address = { protocol: 'tcp', host: '127.0.0.1', port } as const
  return { kind: 'syslog', ...common, address, facility: 'daemon', authorities: null, ...more } as SinkConfig
}

function open(...sinks: SinkConfig[]): Delivery & { readonly reports: Report[]; readonly abort: () => void } {
  const controller = new AbortController()
  const reports: Report[] = []
  const context: Context = {
    now: () => now,
    sleep: () => Promise.reject(new Error('nothing sleeps here')),
    random: () => 0,
    signal: controller.signal,
    emit(report) {
      reports.push(report)
      if (report.type === 'event') delivery.take(report.event)
    },
  }
  const events = {
    sourceName: 'defs',
    outdatedEvery: 1,
    journal: { enabled: true, retention: null, maxBytes: 1 << 20 },
    sinks,
  }
  const config = { events, product: { name: 'SMSMSE', version: '6.5.8' } }
  const delivery = openDelivery({ config, journal: journal(), state: state(), context, env: process.env })
  return { ...delivery, reports, abort: () => controller.abort() }
}

/** Takes in an event a second. */
function take(delivery: Delivery, ...messages: string[]): void {
  for (const [second, message] of messages.entries()) delivery.take(eventAt(second, { message }))
}

const names = (events: readonly DefsEvent[]) => events.map(({ name }) => name)

describe('the fan-out', () => {
  it('writes the journal at once and delivers in the end', async () => {
    const delivery = open(sink())
    take(delivery, 'one', 'two')
    expect(await readJournal(journal())).toHaveLength(2)
    expect([came, spooled('sink').length]).toEqual([[], 2])
    await delivery.flush()
    expect([came, spooled('sink')]).toEqual([['one', 'two'], []])
    await delivery.flush()
    expect(came).toEqual(['one', 'two'])
  })

  it('writes what a journal missed as soon as it takes it, and complains of it once', async () => {
    mkdirSync(journal())
    const delivery = open()
    take(delivery, 'one', 'two')
    await delivery.flush()
    expect(delivery.reports.map(({ type }) => type)).toEqual(['note'])
    rmSync(journal(), { recursive: true })
    take(delivery, 'three')
    expect((await readJournal(journal())).map(({ message }) => message)).toEqual(['one', 'two', 'three'])
    rmSync(journal())
    mkdirSync(journal())
    for (let count = 0; count < limits.journalWaiting + 2; count += 1) take(delivery, `${count}`)
    expect(delivery.reports).toHaveLength(2)
    rmSync(journal(), { recursive: true })
    await delivery.flush()
    const kept = (await readJournal(journal())).map(({ message }) => message)
    expect([kept.length, kept[0], kept.at(-1)]).toEqual([limits.journalWaiting, '2', '1001'])
  })

  it('keeps what a sink does not take for the next run, and says so once an hour', async () => {
    const port = await closedPort()
    const first = open(sink({}, port))
    take(first, 'one', 'two')
    await first.flush()
    await first.flush()
    expect(names(first.reports.flatMap((report) => (report.type === 'event' ? [report.event] : [])))).toEqual(
      ['sink.failing'],
    )
    now = new Date(now.getTime() + limits.sinkReport - 1)
    await open(sink({}, port)).flush()
    expect(names(await readJournal(journal()))).toEqual(['update.failed', 'update.failed', 'sink.failing'])
    now = new Date(now.getTime() + 1)
    await open(sink({}, port)).flush()
    expect(names(await readJournal(journal()))).toHaveLength(4)
    const later = open(sink())
    later.take(eventAt(9, { message: 'three' }))
    await later.flush()
    expect(came).toEqual(['one', 'two', 'three'])
    expect(spooled('sink')).toEqual([])
  })

  it('never feeds a sink with its own troubles, but tells the others', async () => {
    const delivery = open(sink({ name: 'down' }, await closedPort()), sink({ name: 'up' }))
    take(delivery, 'one')
    await delivery.flush()
    await delivery.flush()
    expect(came).toHaveLength(2)
    expect(came[1]).toContain('down')
    expect(spooled('down')).toHaveLength(1)
  })

  it('does not wait for a sink that hangs beyond its bound, nor hold up the others', async () => {
    how = 'hang'
    const script = join(folder.path, 'took')
    const write = `require('fs').writeFileSync(process.argv[1], process.env.DEFS_EVENT_ID)`
    const argv = [process.execPath, '-e', write, script]
    const delivery = open(sink(), { kind: 'command', ...common, name: 'program', argv, timeout: 20_000 })
    take(delivery, 'one')
    const began = performance.now()
    await delivery.flush(3000)
    expect(performance.now() - began).toBeLessThan(20_000)
    expect(readFileSync(script, 'utf8')).toBe('1000')
    expect(spooled('sink')).toHaveLength(1)
    expect(names(await readJournal(journal()))).toContain('sink.failing')
    how = 'take'
    await delivery.flush()
    expect(came).toEqual(['one'])
  })

  it('stops at once when the run is interrupted', async () => {
    how = 'hang'
    const delivery = open(sink())
    take(delivery, 'one')
    const flushed = delivery.flush(600_000)
    delivery.abort()
    await flushed
    expect(spooled('sink')).toHaveLength(1)
  })

  it('leaves to another run what that one is delivering', async () => {
    how = 'hang'
    const busy = open(sink())
    take(busy, 'one')
    const flushed = busy.flush(600_000)
    await vi.waitFor(() => expect(existsSync(lockOf('sink'))).toBe(true))
    const other = open(sink())
    await other.flush()
    expect(other.reports).toEqual([])
    busy.abort()
    await flushed
  })

  it('chooses by list and by level', async () => {
    const delivery = open(
      sink({ name: 'level', level: 'error' }),
      sink({ name: 'list', events: ['definitions.updated'] }),
    )
    delivery.take(eventAt(0, {}, 'definitions.updated'))
    delivery.take(eventAt(1, {}, 'update.failed'))
    delivery.take(eventAt(2, {}, 'disk.low'))
    expect([spooled('level').length, spooled('list').length]).toEqual([1, 1])
  })

  it('counts repeats across runs', async () => {
    for (const message of ['one', 'two', 'three']) {
      const delivery = open(sink({ coalesce: 600_000 }))
      delivery.take(eventAt(0, { message }))
      await delivery.flush()
    }
    expect(came).toEqual(['one'])
    now = new Date(now.getTime() + 600_000)
    await open(sink({ coalesce: 600_000 })).flush()
    expect(came).toEqual(['one', 'three'])
  })

  it('gives up what a receiver will never take, and goes on', async () => {
    const bodies: string[] = []
    const server = createServer((request, response) => {
      request.on('data', (piece: Buffer) => bodies.push(JSON.parse(piece.toString('utf8')).message))
      request.on('end', () => response.writeHead(bodies.length === 1 ? 400 : 200).end())
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
    const none = { file: null, variable: null }
    const login = { username: null, password: null, authorities: null }
    const delivery = open({ kind: 'webhook', ...common, url, ...login, secret: none, retries: 0 })
    take(delivery, 'bad', 'good')
    await delivery.flush()
    server.close()
    expect([bodies, spooled('sink')]).toEqual([['bad', 'good'], []])
    expect(await readJournal(journal())).toContainEqual(
      expect.objectContaining({ name: 'sink.dropped', count: 1 }),
    )
  })

  it('lets the oldest go when too many wait, and says how many', async () => {
    const argv = ['never run']
    const delivery = open({ kind: 'command', ...common, argv, timeout: 1000 })
    for (let second = 0; second < limits.spoolEntries + 2; second += 1) delivery.take(eventAt(second))
    await delivery.flush()
    const dropped = (await readJournal(journal())).find(({ name }) => name === 'sink.dropped')
    expect(dropped).toMatchObject({ id: 1061, count: 2, path: 'sink' })
    expect(spooled('sink')).toHaveLength(limits.spoolEntries)
  })

  it('delivers from memory what cannot be spooled, and makes no store', async () => {
    rmSync(state(), { recursive: true })
    const early = open(sink({ coalesce: 600_000 }))
    take(early, 'early')
    await early.flush()
    expect([came, existsSync(state())]).toEqual([['early'], false])
    mkdirSync(state())
    writeFileSync(join(state(), 'spool'), 'no folder')
    const blocked = open(sink())
    take(blocked, 'blocked')
    await blocked.flush()
    expect(came).toEqual(['early', 'blocked'])
  })

  it('passes over what a crash tore, and forgets sinks that are configured no more', async () => {
    const delivery = open(sink(), sink({ name: 'old' }))
    take(delivery, 'one', 'two')
    const [first = ''] = spooled('sink')
    writeFileSync(join(state(), 'spool', 'sink', first), '{')
    writeFileSync(join(state(), 'spool', 'sink', 'notes.json'), '{"dropped":"x","repeats":[1]}')
    await open(sink()).flush()
    expect(came).toEqual(['two'])
    expect(readdirSync(join(state(), 'spool'))).toEqual(['sink'])
  })
})

describe.skipIf(process.platform === 'win32')('a state that somebody else may write', () => {
  it('has nothing removed or written through a spool that is a link', async () => {
    const victim = join(folder.path, 'victim')
    mkdirSync(victim)
    writeFileSync(join(victim, 'passwd'), 'x')
    symlinkSync(victim, join(state(), 'spool'))
    const delivery = open(sink())
    delivery.take(eventAt(0))
    await delivery.flush()
    expect(readdirSync(victim)).toEqual(['passwd'])
    // It came all the same: what may not be written waits in memory.
    expect(came.length).toBe(1)
  })

  it('has no journal appended to another file', () => {
    writeFileSync(join(folder.path, 'victim'), 'x')
    symlinkSync(join(folder.path, 'victim'), journal())
    open().take(eventAt(0))
    expect(readFileSync(join(folder.path, 'victim'), 'utf8')).toBe('x')
  })
})
