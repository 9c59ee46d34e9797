import { join } from 'node:path'
import { connectBus } from '../../dist/bus/connect.js'
import { atMost, begin, canaries, cpuSince, exactly, second, told, until } from './begin.mjs'
import { memoryOf, serverMemory } from './site.mjs'

/** How many consumers and subscriptions the server has, asked as its controller. */
async function consumersOf(site) {
  const bus = {
    servers: [`nats://127.0.0.1:${site.port}`],
    credentials: join(site.root, 'controller.creds'),
    ca: null,
  }
  const connection = await connectBus(
    bus,
    { name: 'controller', seed: null },
    { patience: 20_000, stay: false },
  )
  const { jetstreamManager } = await import('@nats-io/jetstream')
  const manager = await jetstreamManager(connection, { checkAPI: false })
  const info = await manager.getAccountInfo()
  await connection.close()
  return info.consumers
}

/** Speed: how soon all have a set and the controller knows it, and how soon a halt is everywhere. */
export const converging = {
  async F1(bench) {
    const rings = [
      '{ name: all, channel: all, minimum: 1, coverage: 100, soak: 0s, failures: 0, maxAge: 3650d }',
    ]
    const { site, crowd, connected } = await begin(bench, { rings })
    const pids = { server: site.server.pid, controller: site.controller.pid, hosts: process.pid }
    const used = cpuSince(pids)
    let announced = 0
    const watch = crowd.hosts[0].connection.subscribe('defs.f1.announce.card', {
      callback: () => {
        announced ||= performance.now()
      },
    })
    const [requests, sent] = [crowd.requests, crowd.sent]
    await site.publish(second)
    const passed = await site.heard(1102, { set: second }, { within: 120 })
    watch.unsubscribe()
    const took = (Date.parse(passed.time) - (performance.timeOrigin + announced)) / 1000
    const cpu = used()
    const traffic = `${crowd.sent - sent}, ${crowd.requests - requests}`
    const from = performance.now()
    await Promise.all(crowd.hosts.map((host) => crowd.ask(host)))
    const polled = (performance.now() - from) / 1000
    return [
      told('hosts connected, s', connected),
      atMost(`announcement to ${bench.hosts} verified reports counted`, took, 6, ' s'),
      exactly(
        'hosts that have the set',
        crowd.hosts.filter(({ current }) => current === second).length,
        bench.hosts,
      ),
      told('reports sent, requests made meanwhile', traffic),
      told(
        'all hosts poll the same tree at one moment, s (every 60 s a change waits 30 s more on average)',
        polled,
      ),
      atMost(`server, highest (GOMEMLIMIT=${serverMemory})`, memoryOf(pids.server).most, 600, ' MB'),
      atMost('controller, highest', memoryOf(pids.controller).most, 250, ' MB'),
      atMost('consumers', await consumersOf(site), 3),
      told('CPU seconds of the step', cpu),
      told('reports refused or lost', `${site.count(1111)}, ${crowd.failed}`),
    ]
  },

  async halt(bench) {
    const rings = [
      '{ name: canary, channel: canary, share: 0.01, minimum: 1, coverage: 100, soak: 30m, failures: 0, maxAge: 3650d }',
      '{ name: broad, channel: broad, minimum: 1, coverage: 90, soak: 0s, failures: 0, maxAge: 3650d }',
    ]
    const { site, crowd } = await begin(bench, { rings: [rings[0].replace('30m', '0s'), rings[1]] })
    let failedAt = 0
    const bad = canaries(crowd)[0]
    crowd.outcome = (host) => (host === bad ? 'refused' : 'in-use')
    crowd.onTake = (host) => {
      if (host === bad) failedAt = performance.now()
    }
    await site.publish(second)
    await site.heard(1104, { set: second })
    const reached = await until(() => crowd.hosts.every((host) => host.withdrawn.has(second)), 60)
    const last = Math.max(...crowd.hosts.map(({ askedAt }) => askedAt))
    return [
      exactly('the halt reached every host', reached, true),
      atMost('failing report to the last host that obeys', (last - failedAt) / 1000, 10, ' s'),
      exactly(
        'hosts of the other ring that took it',
        crowd.hosts.filter((host) => host.ring !== 'canary' && host.candidate?.set === second).length,
        0,
      ),
      told('canaries', canaries(crowd).length),
    ]
  },
}
