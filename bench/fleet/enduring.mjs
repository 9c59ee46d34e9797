import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { connectBus } from '../../dist/bus/connect.js'
import { atMost, begin, canaries, exactly, first, others, second, told, until } from './begin.mjs'
import { memoryOf } from './site.mjs'

const rings = [
  '{ name: canary, channel: canary, share: 0.01, minimum: 1, coverage: 100, soak: 1s, failures: 0, maxAge: 3650d }',
  '{ name: broad, channel: broad, minimum: 1, coverage: 100, soak: 0s, failures: 0, maxAge: 3650d }',
]

const asController = (site) =>
  connectBus(
    {
      servers: [`nats://127.0.0.1:${site.port}`],
      credentials: join(site.root, 'controller.creds'),
      ca: null,
    },
    { name: 'controller', seed: null },
    { patience: 20_000, stay: false },
  )

/** What is broken, forged or full, and what does not come of it. */
export const enduring = {
  async F2(bench) {
    const { site, crowd } = await begin(bench, { rings, crowd: { saysTaking: true } })
    let early = 0
    let lost = 0
    let worst = 0
    for (let kill = 0; kill < 20; kill++) {
      const set = `20261121.${String(kill + 1).padStart(3, '0')}`
      const since = performance.now()
      await site.publish(set)
      await setTimeout(Math.random() * 3000)
      await site.killServer()
      await setTimeout(1000)
      await site.startServer()
      const back = performance.now()
      const heard = await Promise.race([
        site.heard(1113, {}, { since: back - 500, within: 120 }).catch(() => null),
        site.heard(1103, { set }, { since, within: 120 }).catch(() => null),
      ])
      const first = Math.min(
        ...crowd.hosts.map((host) => host.rejoinedAt ?? Infinity).filter((at) => at > back),
      )
      if (heard?.id === 1113 && Number.isFinite(first)) worst = Math.max(worst, (heard.seen - first) / 1000)
      if (!(await site.heard(1103, { set }, { since, within: 400 }).catch(() => null))) lost += 1
      const opened = site.events.find(
        (event) => event.id === 1101 && event.set === set && event.ring === 'broad',
      )
      const proved = canaries(crowd).every(
        (host) => host.candidate?.set === set && host.movedAt <= (opened?.seen ?? 0),
      )
      if (!opened || !proved) early += 1
      bench.say(`kill ${kill + 1}: complete ${((performance.now() - since) / 1000).toFixed(1)} s later`)
    }
    return [
      exactly('rollouts that did not come to their end in 20 kills', lost, 0),
      exactly('rings that passed before all had proved it', early, 0),
      atMost('controller hears again after the first host is back, worst', worst, 3, ' s'),
    ]
  },

  async F8(bench) {
    const { site, crowd } = await begin(bench, { rings })
    const before = memoryOf(site.controller.pid).now
    const liars = crowd.hosts.slice(0, 50)
    const victim = crowd.hosts[60]
    const texts = liars.map((host, index) => {
      const text = crowd.reportOf(victim)
      // Another host's report under its own name, one with a broken signature, and noise, in turn.
      if (index % 3 === 0) return text
      if (index % 3 === 1) return crowd.reportOf(host).replace(/"sig":"..../, '"sig":"AAAA')
      return `{"schema":1,"signed":"${'A'.repeat(600)}","key":"${host.nkey}","sig":"AAAA"}`
    })
    const status = async () =>
      JSON.stringify((await site.defs('fleet', 'status')).rings.map(({ counts, state }) => [counts, state]))
    // The honest reports of the first set first: they come in at the controller's own pace.
    await until(async () => !/"(pending|taking|unknown)":[1-9]/.test(await status()), 120)
    const verdicts = await status()
    const seconds = Math.min(60, bench.seconds ?? 60)
    const since = performance.now()
    let count = 0
    while (performance.now() - since < seconds * 1000) {
      const due = ((performance.now() - since) / 1000) * 10_000
      for (; count < due; count++) {
        const index = count % liars.length
        liars[index].connection.publish(`defs.f1.report.${liars[index].name}`, texts[index])
      }
      await setTimeout(5)
    }
    await setTimeout(3000)
    const after = memoryOf(site.controller.pid).now
    const verdictsAfter = await status()
    if (verdictsAfter !== verdicts) bench.say(`before ${verdicts}\nafter  ${verdictsAfter}`)
    return [
      told('forged reports sent', count),
      exactly('verdicts changed', verdictsAfter === verdicts ? 0 : 1, 0),
      exactly('events 1111', site.count(1111, since), 1),
      atMost('controller grew by', after - before, 60, ' MB'),
    ]
  },

  async F9(bench) {
    const { site, crowd } = await begin(bench, { rings })
    const connection = await asController(site)
    const asks = crowd.hosts.map((host) => host.asks)
    const old = crowd.trees.size
    const from = performance.now()
    const timestamp = (await crowd.read('metadata/timestamp.json')).toString()
    while (performance.now() - from < 30_000) {
      for (const text of [
        JSON.stringify({ schema: 1, number: 999, rings: { broad: { set: '20291231.001', statement: 9e9 } } }),
        JSON.stringify({ schema: 1, number: 1, rings: {}, timestamp, soon: true }),
        JSON.stringify({
          schema: 1,
          number: 1,
          rings: {},
          soon: true,
          timestamp: timestamp.replace(/"version": ?\d+/, '"version": 9999'),
        }),
        'noise',
      ])
        connection.publish('defs.f1.announce.card', text)
      await setTimeout(500)
    }
    const most = Math.max(...crowd.hosts.map((host, index) => host.asks - asks[index]))
    await connection.close()
    return [
      exactly('hosts that moved', crowd.hosts.filter(({ current }) => current !== first).length, 0),
      atMost('requests of one host in 30 s of forged announcements, most', most, 1),
      told('trees seen', `${old} before, ${crowd.trees.size} now`),
    ]
  },

  async F10(bench) {
    const { site, crowd } = await begin(bench, { rings, more: ['every: 1s'] })
    const connection = await asController(site)
    const { jetstreamManager } = await import('@nats-io/jetstream')
    const manager = await jetstreamManager(connection, { checkAPI: false })
    const rows = []
    const moved = () => others(crowd).filter(({ current }) => current !== first).length
    const { config } = await manager.streams.info('DEFS_F1_REPORT')
    await manager.streams.update('DEFS_F1_REPORT', { ...config, max_bytes: 1000, discard: 'new' })
    for (const host of crowd.hosts.slice(0, 200)) void crowd.report(host)
    await site.publish(second)
    await setTimeout(4000)
    rows.push(exactly('stream full: hosts of the next ring that moved', moved(), 0))
    const whole = async () =>
      (await manager.streams.info('DEFS_F1_REPORT').catch(() => null))?.config.max_bytes > 1e6
    rows.push(exactly('the controller bounds it as it was', await until(whole, 30), true))
    await manager.streams.delete('DEFS_F1_REPORT')
    rows.push(exactly('a deleted stream is made again', await until(whole, 30), true))
    await manager.streams.purge('KV_defs_f1')
    const said = async () =>
      (await manager.streams
        .getMessage('KV_defs_f1', { last_by_subj: '$KV.defs_f1.card' })
        .catch(() => null)) !== null
    rows.push(exactly('a purged bucket is filled again', await until(said, 30), true))
    for (const host of crowd.hosts) if (host.undelivered || host.ring === 'canary') void crowd.report(host)
    const done = await site.heard(1103, { set: second }, { within: 300 }).catch(() => null)
    if (!done) for (const host of crowd.hosts) await crowd.report(host)
    rows.push(
      exactly(
        'the rollout comes to its end by itself',
        (await site.heard(1103, { set: second }, { within: 300 }).catch(() => null)) !== null,
        true,
      ),
    )
    await connection.close()
    return rows
  },
}
