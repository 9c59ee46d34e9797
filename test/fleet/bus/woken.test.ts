import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { busNames, connectBus } from '../../../src/bus/connect.ts'
import { freePort, hasNats, NatsServer } from '../../support/nats-server.ts'
import { startDefs } from '../../support/run-defs.ts'
import { type FleetSite, openFleetSite } from '../fleet-site.ts'

const [first, second] = ['20261120.001', '20261121.001'] as const

describe.skipIf(!hasNats)('daemons on the bus of their fleet', () => {
  let site: FleetSite
  let server: NatsServer
  const started: ReturnType<typeof startDefs>[] = []

  beforeAll(async () => {
    const port = await freePort()
    site = await openFleetSite([
      "{ name: canary, channel: canary, hosts: ['canary-*'], minimum: 1, coverage: 100, soak: 0s, maxAge: 3650d }",
      '{ name: broad, channel: broad, minimum: 1, soak: 0s, maxAge: 3650d }',
    ])
    const ca = join(site.root, 'ca.pem')
    const bus = `{ servers: ['tls://127.0.0.1:${port}'], credentials: '${join(site.root, 'controller.creds')}', ca: '${ca}' }`
    site.fleet = [`bus: ${bus}`, 'spread: 0s', 'every: 1s']
    expect(await site.defs('fleet', 'init')).toMatchObject({ exitCode: 0, changed: true })
    server = new NatsServer(join(site.root, 'tree.state', 'fleet', 'nats-server.conf'), port)
    await server.start()
    const never = [
      "schedule: [{ source: internal, cron: '0 0 1 1 *' }]",
      'events: { sinks: [{ kind: nats }] }',
    ]
    for (const name of ['canary-1', 'web-1']) {
      site.settings(name, { lines: never })
      await site.join(name)
      const out = join(site.root, `${name}.jwt`)
      expect(await site.defs('fleet', 'credentials', name, '--out', out)).toMatchObject({ exitCode: 0 })
    }
    await site.publish(first)
  }, 120_000)

  afterAll(async () => {
    for (const { child } of started) child.kill('SIGTERM')
    await Promise.all(started.map(({ ended }) => ended))
    await server?.stop()
    site?.close()
  }, 60_000)

  it('take a set within seconds of its ring being opened, report it, and tell their events', async () => {
    const card = async () => (await site.defs('fleet', 'status')).card
    // Only the controller knows what is on the bus: without one nothing is wrong with the card.
    expect(await card()).toEqual({ number: 1, inTree: true, onBus: null })
    const { findings } = await site.defs('fleet', 'doctor')
    expect(findings.map(({ code }: { code: string }) => code)).not.toContain('CARD')
    const env = { DEFS_KEYS_PASSPHRASE: 'correct horse' }
    started.push(startDefs(['fleet', 'run', '--config', site.publisherConfig()], { env }))
    for (const name of ['canary-1', 'web-1'])
      started.push(startDefs(['daemon', '--config', site.configOf(name)]))
    const rings = async () =>
      (await site.defs('fleet', 'status')).rings.map(
        (ring: { set: string; state: string }) => `${ring.set} ${ring.state}`,
      )
    await expect
      .poll(rings, { timeout: 90_000, interval: 500 })
      .toEqual([`${first} passed`, `${first} passed`])
    await site.publish(second)
    await expect
      .poll(() => ['canary-1', 'web-1'].map(site.live), { timeout: 90_000 })
      .toEqual([second, second])
    await expect
      .poll(rings, { timeout: 60_000, interval: 500 })
      .toEqual([`${second} passed`, `${second} passed`])
    expect(await card()).toEqual({ number: 1, inTree: true, onBus: true })
    const { hosts } = await site.defs('fleet', 'hosts')
    expect(hosts).toMatchObject([
      { host: 'canary-1', set: second },
      { host: 'web-1', set: second },
    ])
    const bus = {
      servers: [`tls://127.0.0.1:${server.port}`],
      credentials: join(site.root, 'controller.creds'),
      ca: join(site.root, 'ca.pem'),
    }
    const connection = await connectBus(
      bus,
      { name: 'controller', seed: null },
      { patience: 5000, stay: false },
    )
    const { jetstreamManager } = await import('@nats-io/jetstream')
    const manager = await jetstreamManager(connection, { checkAPI: false })
    const names = busNames('f1')
    const newest = await manager.streams.getMessage(names.eventStream, {
      last_by_subj: names.event('canary-1'),
    })
    expect(newest?.json()).toMatchObject({ id: expect.any(Number), level: expect.any(String) })
    await connection.close()
  }, 300_000)
})
