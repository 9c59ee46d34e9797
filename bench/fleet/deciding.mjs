import { setTimeout } from 'node:timers/promises'
import { atMost, begin, canaries, exactly, first, others, second, third, told, until } from './begin.mjs'

const canary = 'name: canary, channel: canary, share: 0.01, maxAge: 3650d, failures: 0'
const broad =
  '{ name: broad, channel: broad, minimum: 1, coverage: 80, soak: 0s, failures: 0, maxAge: 3650d }'
const two = [`{ ${canary}, minimum: 1, coverage: 90, soak: 0s, troubles: 50% }`, broad]

/** Which verdict comes, and whom it moves. */
export const deciding = {
  async F3(bench) {
    const { site, crowd } = await begin(bench, { rings: two })
    const away = others(crowd).slice(0, Math.floor(bench.hosts / 10))
    await crowd.disconnect(away)
    const asks = new Set(away)
    const here = crowd.hosts.filter((host) => !asks.has(host))
    for (const set of [second, third]) {
      await site.publish(set)
      await site.heard(1103, { set }, { within: 120 })
    }
    await until(() => here.every(({ current }) => current === third), 60)
    const back = await site.must('fleet', 'rollback', '--reason', 'false alarms')
    const obeyed = await until(() => here.every(({ current }) => current === second), 60)
    let withdrawn = 0
    crowd.onTake = (_host, set) => {
      if (set === third) withdrawn += 1
    }
    const from = performance.now()
    await crowd.connect(away)
    for (const host of away) await crowd.ask(host)
    return [
      exactly('rollback goes to', back.to, second),
      exactly('hosts that were there obeyed', obeyed, true),
      exactly(
        'hosts that were away and have the newest allowed set',
        away.filter(({ current }) => current === second).length,
        away.length,
      ),
      exactly('of them took the withdrawn one', withdrawn, 0),
      told('they were back after, s', (performance.now() - from) / 1000),
    ]
  },

  async F5(bench) {
    const { site, crowd } = await begin(bench, { rings: two })
    const ill = new Set(crowd.hosts.filter((_, index) => index % 100 === 0))
    crowd.outcome = (host) => (ill.has(host) ? 'environment' : 'in-use')
    await site.publish(second)
    await site.heard(1103, { set: second }, { within: 120 })
    return [
      exactly('halts with 1 % of hosts in trouble of their own', site.count(1104), 0),
      told('hosts in trouble', ill.size),
      exactly(
        'hosts that have the set',
        crowd.hosts.filter(({ current }) => current === second).length,
        bench.hosts - ill.size,
      ),
    ]
  },

  async F6(bench) {
    const lostAfter = 10
    const { site, crowd } = await begin(bench, {
      rings: [`{ ${canary}, minimum: 1, coverage: 100, soak: 0s }`, broad],
      more: [`lostAfter: ${lostAfter}s`, 'every: 1s'],
      crowd: { saysTaking: true },
    })
    const [dying] = canaries(crowd)
    let began = 0
    crowd.outcome = (host) => {
      if (host !== dying) return 'in-use'
      began = performance.now()
      return 'dies'
    }
    await site.publish(second)
    const halted = await site.heard(1104, { set: second })
    return [
      atMost(
        'one canary dies while it takes the set: halted after',
        (halted.seen - began) / 1000,
        lostAfter + 5,
        ' s',
      ),
      exactly(
        'hosts of the other ring that took it',
        others(crowd).filter(({ candidate }) => candidate?.set === second).length,
        0,
      ),
      exactly('told as lost', site.count(1110), 1),
    ]
  },

  async F7(bench) {
    const patience = 5
    const { site, crowd } = await begin(bench, {
      rings: [`{ ${canary}, minimum: 1, coverage: 90, soak: 0s, patience: ${patience}s }`, broad],
      more: ['every: 1s'],
    })
    await crowd.disconnect(crowd.hosts)
    await site.publish(second)
    const opened = await site.heard(1101, { set: second })
    const waiting = await site.heard(1105, { set: second }, { within: 300 })
    await setTimeout(5000)
    return [
      atMost('nobody online: 1105 after', (waiting.seen - opened.seen) / 1000, patience + 5, ' s'),
      exactly(
        'rings that passed it',
        site.events.filter(({ id, set }) => id === 1102 && set === second).length,
        0,
      ),
      exactly(
        'the first set is still everywhere',
        crowd.hosts.every(({ current }) => current === first),
        true,
      ),
    ]
  },
}
