import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type BusAddress, busNames, connectBus } from '../../../src/bus/connect.ts'
import { openHostLine, sendOnce } from '../../../src/bus/host-line.ts'
import { makeHostKey, publicNkey, seedOf } from '../../../src/bus/nkey.ts'
import {
  type BusSeeds,
  hostToken,
  makeAuthority,
  makeSeeds,
  pushAccount,
  serverConfiguration,
} from '../../../src/fleet/bus/authority.ts'
import { natsFeed } from '../../../src/fleet/bus/nats-feed.ts'
import { freePort, hasNats, NatsServer, selfSigned } from '../../support/nats-server.ts'

const fleet = 'f1'
const names = busNames(fleet)
const now = () => new Date()

describe.skipIf(!hasNats)('the bus, over TLS and with templated rights', () => {
  const folder = mkdtempSync(join(tmpdir(), 'defs-bus-'))
  let server: NatsServer
  let seeds: BusSeeds
  let controller: BusAddress
  const keys = new Map(['h1', 'h2'].map((name) => [name, makeHostKey()] as const))

  const hostBus = (name: string): BusAddress => ({ ...controller, credentials: join(folder, `${name}.jwt`) })
  const identity = (name: string) => {
    const key = keys.get(name)
    if (!key) throw new Error(`no key of ${name}`)
    return { name, seed: seedOf(key) }
  }

  beforeAll(async () => {
    const port = await freePort()
    seeds = await makeSeeds()
    const authority = await makeAuthority(seeds, fleet, {})
    const tls = selfSigned(folder)
    mkdirSync(join(folder, 'accounts'))
    const place = {
      host: '127.0.0.1',
      port,
      store: join(folder, 'js'),
      accounts: join(folder, 'accounts'),
      tls,
    }
    writeFileSync(join(folder, 'nats.conf'), serverConfiguration(authority, place, fleet))
    writeFileSync(join(folder, 'controller.creds'), authority.controller)
    writeFileSync(join(folder, 'administrator.creds'), authority.administrator)
    for (const [name, key] of keys)
      writeFileSync(join(folder, `${name}.jwt`), await hostToken(seeds, name, publicNkey(key)))
    server = new NatsServer(join(folder, 'nats.conf'), port)
    await server.start()
    const servers = [`tls://127.0.0.1:${port}`]
    controller = { servers, credentials: join(folder, 'controller.creds'), ca: tls.certificate }
  })

  afterAll(async () => {
    await server?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  /** Takes until something came. */
  async function heard(feed: ReturnType<typeof natsFeed>, seconds = 15): Promise<[string, string][]> {
    const until = Date.now() + seconds * 1000
    for (;;) {
      const reports = await feed.take()
      if (reports.length > 0 || Date.now() > until)
        return reports.map(({ name, bytes }) => [name, Buffer.from(bytes ?? []).toString()])
      await feed.wait(200, new AbortController().signal)
    }
  }

  it('carries the newest report of each host, once more after a start of the controller', async () => {
    const first = natsFeed(controller, fleet, now)
    await first.take()
    expect(first.state()).toMatchObject({ kind: 'nats', state: 'up' })
    await sendOnce(hostBus('h1'), identity('h1'), names.report('h1'), 'one', 5000)
    expect(await heard(first)).toEqual([['h1', 'one']])
    await sendOnce(hostBus('h1'), identity('h1'), names.report('h1'), 'two', 5000)
    expect(await heard(first)).toEqual([['h1', 'two']])
    await first.close()
    const second = natsFeed(controller, fleet, now)
    expect(await heard(second)).toEqual([['h1', 'two']])
    await second.close()
  })

  it('lets a host publish as itself and as nobody else, and touch no stream', async () => {
    const connection = await connectBus(hostBus('h1'), identity('h1'), { patience: 5000, stay: false })
    const tries: [string, string][] = [
      [names.report('h2'), 'forged'],
      [names.cardSubject, '{}'],
      [names.announcement, '{}'],
      ['$JS.API.STREAM.DELETE.DEFS_F1_REPORT', ''],
      ['$JS.API.STREAM.INFO.DEFS_F1_REPORT', ''],
    ]
    for (const [subject, text] of tries)
      await expect(connection.request(subject, text, { timeout: 700 })).rejects.toThrow(/permission|timeout/i)
    await connection.close()
  })

  it('trusts no server of another authority, nor one without TLS', async () => {
    mkdirSync(join(folder, 'other'))
    const other = selfSigned(join(folder, 'other'))
    const stranger = { ...hostBus('h1'), ca: other.certificate }
    await expect(sendOnce(stranger, identity('h1'), names.report('h1'), 'x', 2000)).rejects.toMatchObject({
      code: 'SOURCE_UNREACHABLE',
    })
  })

  it('wakes hosts, tells those who come later, and hears on after the server was killed', async () => {
    const feed = natsFeed(controller, fleet, now)
    await feed.take()
    const hints: string[] = []
    const line = await openHostLine(hostBus('h2'), identity('h2'), fleet, (hint) => hints.push(hint))
    await feed.announce({
      schema: 1,
      number: 3,
      timestampVersion: 1,
      timestamp: '',
      soon: false,
      rings: { canary: { set: '20261121.001', statement: 4 } },
    })
    await expect.poll(() => hints.length).toBe(1)
    const late: string[] = []
    const other = await openHostLine(hostBus('h1'), identity('h1'), fleet, (hint) => late.push(hint))
    expect(late.map((hint) => JSON.parse(hint).number)).toEqual([3])
    await server.kill()
    await expect.poll(() => feed.state().state).toBe('away')
    await server.start()
    await expect
      .poll(
        () =>
          line.send('after', 1000).then(
            () => true,
            () => false,
          ),
        { timeout: 15_000 },
      )
      .toBe(true)
    // A killed server may hand out once more what it had not noted as taken: other reports may come first.
    const news: [string, string][] = []
    await expect
      .poll(async () => news.push(...(await heard(feed))) && news, { timeout: 30_000 })
      .toContainEqual(['h2', 'after'])
    expect(feed.state()).toMatchObject({ state: 'up' })
    await line.close()
    await other.close()
    await feed.close()
  })

  it('is not ended by a question that an announcement sets off, nor ends it', async () => {
    const source = createServer().listen(0, '127.0.0.1')
    await once(source, 'listening')
    const asked: Socket[] = []
    const ask = () => asked.push(connect(Object(source.address()).port, '127.0.0.1'))
    // As a daemon does: a moment later.
    const line = await openHostLine(hostBus('h2'), identity('h2'), fleet, () => setTimeout(ask, 10))
    const feed = natsFeed(controller, fleet, now)
    await feed.take()
    const rings = { canary: { set: '20261122.001', statement: 5 } }
    const hint = { schema: 1, number: 4, timestampVersion: 1, timestamp: '', soon: false, rings } as const
    const before = asked.length
    await feed.announce(hint)
    await expect.poll(() => asked.length).toBeGreaterThan(before)
    // A line that was ended needs a second and more to come back.
    await line.send('meanwhile', 700)
    expect(asked.at(-1)?.destroyed).toBe(false)
    for (const socket of asked) socket.destroy()
    source.close()
    await line.close()
    await feed.close()
  })

  it('lets nobody in whose key was revoked, without a restart', async () => {
    const revoked = { [publicNkey(keys.get('h1') ?? makeHostKey())]: Math.floor(Date.now() / 1000) + 1 }
    const authority = await makeAuthority(seeds, fleet, revoked)
    await pushAccount(controller, join(folder, 'administrator.creds'), authority.accountToken)
    const send = (name: string) => sendOnce(hostBus(name), identity(name), names.report(name), 'again', 3000)
    await expect
      .poll(
        () =>
          send('h1').then(
            () => 'in',
            () => 'out',
          ),
        { timeout: 8000 },
      )
      .toBe('out')
    await send('h2')
  })
})

describe('a bus that is busy', () => {
  it('is asked once more for what was said last', async () => {
    let asked = 0
    const server = createServer((socket) => {
      let inbox = ''
      socket.write(
        'INFO {"server_id":"x","version":"2.9.10","proto":1,"headers":true,"max_payload":65536}\r\n',
      )
      socket.on('error', () => {})
      socket.on('data', (bytes) => {
        for (const line of bytes.toString().split('\r\n')) {
          const [verb, subject, reply] = line.split(' ')
          if (verb === 'PING') socket.write('PONG\r\n')
          if (verb === 'SUB' && subject?.startsWith('_INBOX')) inbox = line.split(' ').at(-1) ?? ''
          if (verb !== 'PUB' || subject !== names.readCard) continue
          asked += 1
          if (asked === 2) socket.write(`MSG ${reply} ${inbox} 4\r\ncard\r\n`)
        }
      })
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const servers = [`nats://127.0.0.1:${Object(server.address()).port}`]
    const hints: string[] = []
    const bus = { servers, credentials: null, ca: null }
    const line = await openHostLine(bus, { name: 'h1', seed: null }, fleet, (hint) => hints.push(hint))
    await expect.poll(() => hints, { timeout: 4000 }).toEqual(['card'])
    expect(asked).toBe(2)
    await line.close()
    server.close()
  }, 20_000)
})
