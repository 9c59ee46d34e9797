import { sign } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { makeHostKey, publicNkey } from '../../../src/bus/nkey.ts'
import { hostToken } from '../../../src/fleet/bus/authority.ts'
import { natsFeed } from '../../../src/fleet/bus/nats-feed.ts'
import { freePort, hasNats, NatsServer } from '../../support/nats-server.ts'
import { type FleetSite, openFleetSite } from '../fleet-site.ts'

describe.skipIf(!hasNats)('a nats-server that never ran before', () => {
  let site: FleetSite
  let server: NatsServer
  let port: number
  const sockets: Socket[] = []

  beforeEach(async () => {
    port = await freePort()
    site = await openFleetSite(['{ name: all, channel: all }'])
    site.fleet = [
      `bus: { servers: ['nats://127.0.0.1:${port}'], credentials: '${join(site.root, 'controller.creds')}' }`,
    ]
    expect(await site.defs('fleet', 'init')).toMatchObject({ exitCode: 0, changed: true })
    server = new NatsServer(join(site.root, 'tree.state', 'fleet', 'nats-server.conf'), port)
  })
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy()
    await server.stop()
    site.close()
  })

  /** A connection of a host that has read the challenge and not answered it yet. @returns what to answer */
  function knock(jwt: string, key: ReturnType<typeof makeHostKey>): Promise<() => void> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1')
      sockets.push(socket)
      socket.on('error', reject)
      socket.once('data', (bytes) => {
        const { nonce } = JSON.parse(bytes.toString().slice('INFO '.length).split('\r\n')[0] ?? '')
        const sig = sign(null, Buffer.from(nonce), key).toString('base64url')
        const about = { jwt, sig, verbose: false, protocol: 1, lang: 'node', version: '1', name: 'host' }
        resolve(() => socket.write(`CONNECT ${JSON.stringify(about)}\r\nPING\r\n`))
      })
    })
  }

  // Without the file that `fleet init` leaves in its store, 2.9.10 had JetStream off ten times of twelve here.
  it('keeps reports though its hosts come all at once and before the controller', async () => {
    const folder = join(site.root, 'tree.state', 'fleet', 'credentials')
    const seeds = JSON.parse(readFileSync(join(folder, 'seeds.json'), 'utf8'))
    const keys = Array.from({ length: 200 }, () => makeHostKey())
    const tokens = await Promise.all(keys.map((key, index) => hostToken(seeds, `h${index}`, publicNkey(key))))
    await server.start()
    const answers = await Promise.all(keys.map((key, index) => knock(tokens[index] ?? '', key)))
    for (const answer of answers) answer()
    const bus = {
      servers: [`nats://127.0.0.1:${port}`],
      credentials: join(site.root, 'controller.creds'),
      ca: null,
    }
    const feed = natsFeed(bus, 'f1', () => new Date())
    await feed.take()
    expect(feed.state()).toMatchObject({ state: 'up' })
    await feed.close()
    expect(await site.defs('fleet', 'init')).toMatchObject({ exitCode: 0, changed: false })
  }, 60_000)
})
