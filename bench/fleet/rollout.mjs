import { spawn } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { startNginx } from '../vendor.mjs'
import { exactly, told, until } from './begin.mjs'
import { Machines } from './machines.mjs'
import { openSite } from './site.mjs'

const canaries = numbered('canary', 5)
const early = numbered('early', 5)
const broad = numbered('web', 10)
const rings = [
  "{ name: canary, channel: canary, hosts: ['canary-*'], minimum: 5, coverage: 100, soak: 5s, failures: 0, maxAge: 3650d }",
  '{ name: early, channel: early, labels: { stage: early }, minimum: 4, coverage: 80, soak: 1s, failures: 0, maxAge: 3650d }',
  '{ name: broad, channel: broad, minimum: 5, coverage: 60, soak: 0s, failures: 0, maxAge: 3650d }',
]
const today = () => new Date().toISOString().slice(0, 10)
// Its daemon may be at work.
const patient = ['--lock-wait', '60']
const dayOf = (number) => `202611${String(number).padStart(2, '0')}.001`

/** Twenty real machines on a bus with TLS, a tree behind nginx, and the program as its controller: R1 to R13. */
export const rollout = {
  async R(bench) {
    const more = ['every: 1s', 'lostAfter: 10m', 'urgent: { soak: 1s }']
    const site = await openSite(bench.root, { rings, more, tls: true })
    bench.closing.push(() => site.close())
    const machines = new Machines(site, [...canaries, ...early, ...broad])
    bench.closing.push(() => machines.stop())
    for (const name of early) machines.settings(name, { labels: '{ stage: early }' })
    machines.settings('web-09', { days: 2 })
    machines.settings('web-10', { days: -2 })
    mkdirSync(join(site.root, 'vendor'))
    await machines.join()
    site.startController()
    machines.start()
    const fleet = { ...bench, site, machines, day: 1 }
    await site.publish(dayOf(1))
    await site.heard(1103, { set: dayOf(1) }, { within: 600 })
    bench.say('the first set is everywhere')
    const rows = []
    for (const [name, step] of Object.entries(steps)) {
      const since = performance.now()
      const found = await step(fleet).catch((error) => {
        const said = machines.said().slice(-2000)
        return [exactly(`${error.message}\n${said}`, 'failed', 'done')]
      })
      rows.push(...found.map((row) => ({ ...row, what: `${name}: ${row.what}` })))
      bench.say(`${name}: ${((performance.now() - since) / 1000).toFixed(1)} s`)
    }
    return rows
  },
}

const steps = {
  async R1(fleet) {
    const { site, machines } = fleet
    const since = performance.now()
    const set = await next(fleet)
    await site.heard(1101, { set, ring: 'canary' }, { within: 300 })
    const rolling = await site.defs('fleet', 'status')
    const complete = await site.heard(1103, { set }, { within: 600 })
    const at = (id, ring) =>
      site.events.find((event) => event.id === id && event.set === set && event.ring === ring)
    const earlier = ['early', 'broad'].filter((ring, index) => {
      const [opened, passed] = [at(1101, ring), at(1102, ['canary', 'early'][index])]
      return !passed || Date.parse(opened.time) < Date.parse(passed.time)
    })
    await obeys(fleet, set, machines.names)
    return [
      exactly('hosts that have a good set', machines.have(set).length, 20),
      exactly('rings that opened before the one before had passed', earlier.length, 0),
      exactly('fleet status meanwhile and after', `${rolling.exitCode}, ${await code(site)}`, '100, 0'),
      told('published to complete, s (6 of them soak)', (complete.seen - since) / 1000),
      told('hosts by label, glob, share', await ways(site)),
    ]
  },

  async R2(fleet) {
    const { site, machines } = fleet
    const bad = dayOf(fleet.day + 1)
    const before = dayOf(fleet.day)
    await machines.stop(['canary-02'])
    machines.settings('canary-02', { refuses: bad })
    machines.start(['canary-02'])
    const rest = [...early, ...broad]
    const digest = machines.digest(rest)
    const since = performance.now()
    await next(fleet)
    const halted = await site.heard(1104, { set: bad }, { within: 300 })
    const back = await until(() => machines.have(before, canaries).length === 5, 300)
    const took = (performance.now() - halted.seen) / 1000
    const { evidence } = await site.defs('fleet', 'show', bad)
    await setTimeout(3000)
    return [
      exactly('evidence', words(evidence), 'canary-02 refused 7 GATE_REFUSED'),
      exactly('canaries are back', back, true),
      exactly('other rings byte for byte as before', machines.digest(rest) === digest, true),
      exactly('fleet status', await code(site), 7),
      told(
        'published to halted, halted to all canaries back, s',
        `${tenth((halted.seen - since) / 1000)}, ${tenth(took)}`,
      ),
    ]
  },

  async R5(fleet) {
    const { site, machines } = fleet
    await machines.stop(['canary-01'])
    const bad = await next(fleet)
    await site.heard(1101, { set: bad, ring: 'canary' }, { within: 300 })
    const mirror = join(site.root, 'mirror')
    cpSync(site.tree, mirror, { recursive: true })
    damagePackages(mirror)
    machines.settings('canary-01', { tree: mirror })
    const { exitCode } = await machines.defs('canary-01', 'update', ...patient)
    await site.heard(1104, { set: bad }, { within: 150 })
    const { evidence } = await site.defs('fleet', 'show', bad)
    machines.settings('canary-01', { tree: undefined })
    machines.start(['canary-01'])
    await until(() => machines.have(bad).length === 0, 300)
    return [
      exactly('a package damaged on a mirror halts', [4, 5].includes(exitCode), true),
      exactly('evidence names', evidence.map(({ host }) => host).join(' '), 'canary-01'),
      exactly('hosts of other rings that took it', machines.have(bad, [...early, ...broad]).length, 0),
    ]
  },

  async R6(fleet) {
    const { site, machines } = fleet
    const good = await next(fleet)
    await complete(fleet, good)
    const bad = await next(fleet)
    await complete(fleet, bad)
    const away = broad.slice(0, 5)
    const held = ['early-01', 'web-06']
    for (const name of held) await machines.must(name, 'hold', bad, '--reason', 'an audit', ...patient)
    await machines.stop(away)
    cpSync(site.tree, join(site.root, 'vendor'), { recursive: true })
    const here = machines.names.filter((name) => !away.includes(name) && !held.includes(name))
    const since = performance.now()
    const back = await site.must('fleet', 'rollback', '--reason', 'false alarms')
    const obeyed = await until(() => machines.have(good, here).length === here.length, 300)
    const took = (performance.now() - since) / 1000
    const stayed = machines.have(bad, [...away, ...held]).length
    machines.start(away)
    const from = performance.now()
    for (const name of away) await machines.defs(name, 'update', ...patient)
    const returned = await until(() => machines.have(good, away).length === away.length, 150)
    const cameBack = (performance.now() - from) / 1000
    // The tree fails: each of them asks the vendor, which has nothing but what was taken back.
    await site.nginx.stop()
    for (const name of [...here.slice(0, 2), ...away]) await machines.defs(name, 'update', ...patient)
    const led = machines.have(bad, machines.names).filter((name) => !held.includes(name))
    site.nginx = await startNginx(site.tree, join(site.root, 'nginx'), site.nginx.port)
    for (const name of held) {
      await machines.must(name, 'unhold', bad, ...patient)
      await machines.defs(name, 'update', ...patient)
    }
    return [
      exactly('rollback goes to', back.to, good),
      exactly('13 hosts went back', `${here.length} ${obeyed}`, '13 true'),
      exactly('5 away and 2 held have it still', stayed, 7),
      exactly('held ones are listed', back.held.toSorted().join(' '), held.join(' ')),
      exactly('those who were away went back at their return', returned, true),
      exactly('hosts led back to it by a vendor that still offers it', led.length, 0),
      exactly('held ones went back when released', machines.have(good, held).length, 2),
      told('rollback to the last of 13, s', took),
      told('return to the last of 5, s', cameBack),
    ]
  },

  async R7(fleet) {
    const { site, machines } = fleet
    const set = await next(fleet)
    let kills = 0
    while (kills < 10 && machines.have(set).length < 20) {
      await setTimeout(500 + Math.random() * 2500)
      const ended = new Promise((resolve) => site.controller.once('exit', resolve))
      site.controller.kill('SIGKILL')
      await ended
      kills += 1
      site.startController()
    }
    await complete(fleet, set)
    const opened = journal(site).filter((event) => event.id === 1101 && event.set === set)
    const names = opened.map(({ ring }) => ring)
    const numbers = (await site.defs('fleet', 'status')).rings.map(({ statement }) => statement)
    return [
      told('kills of the controller (-9) while a set rolled', kills),
      exactly('hosts that have it in the end', machines.have(set).length, 20),
      exactly('rings opened twice', names.length - new Set(names).size, 0),
      told('statements of the rings', numbers.join(' ')),
    ]
  },

  async R8({ site }) {
    const other = spawn(process.execPath, site.controllerLine, { stdio: 'ignore' })
    const exitCode = await new Promise((resolve) => other.once('exit', resolve))
    return [exactly('a second controller ends with', exitCode, 10)]
  },

  async R9(fleet) {
    const { site, machines } = fleet
    const one = await next(fleet)
    await setTimeout(3000)
    const other = await next(fleet)
    const first = await site.heard(1101, { set: one, ring: 'broad' }, { within: 300 })
    await complete(fleet, other)
    return [
      told(
        'two sets 3 s apart: the ring all hosts follow opened with the first after, s',
        (first.seen - fleet.publishedAt) / 1000,
      ),
      exactly('hosts that have the second in the end', machines.have(other).length, 20),
    ]
  },

  async R10({ site, machines }) {
    const { hosts } = await site.defs('fleet', 'hosts')
    const off = hosts.filter(({ host }) => ['web-09', 'web-10'].includes(host))
    const live = off.map(({ host }) => machines.live(host))
    return [
      exactly(
        'clocks 2 days ahead and behind: states',
        off.map(({ state }) => state).join(' '),
        'in-use in-use',
      ),
      exactly(
        'they have the newest',
        live.every((set) => set === machines.live('web-01')),
        true,
      ),
    ]
  },

  async R11(fleet) {
    const { site, machines } = fleet
    const before = dayOf(fleet.day)
    await site.stopController()
    site.configure([`freeze: [{ from: ${today()}, to: ${today()}, reason: year end }]`])
    site.startController()
    const set = await next(fleet)
    await site.heard(1118, {}, { since: fleet.publishedAt, within: 150 })
    await setTimeout(3000)
    const frozen = machines.have(before).length
    await site.must('fleet', 'urgent', set, '--reason', 'a worm')
    const opened = await site.heard(1101, { set, ring: 'early' }, { within: 300 })
    const canary = await site.heard(1102, { set, ring: 'canary' })
    await complete(fleet, set)
    await site.stopController()
    site.configure([])
    site.startController()
    return [
      exactly('hosts that move in a freeze', 20 - frozen, 0),
      exactly(
        'an urgent set passes the canaries first',
        Date.parse(canary.time) <= Date.parse(opened.time),
        true,
      ),
      exactly('and reaches', machines.have(set).length, 20),
    ]
  },

  async R13(fleet) {
    const { site, machines } = fleet
    const since = performance.now()
    machines.settings('clone', { host: 'web-02' })
    cpSync(
      join(machines.storeOf('web-02'), 'state', 'fleet'),
      join(machines.storeOf('clone'), 'state', 'fleet'),
      {
        recursive: true,
      },
    )
    await machines.stop(['web-02'])
    await machines.defs('clone', 'update', ...patient)
    await machines.defs('web-02', 'update', ...patient)
    await machines.must('web-02', 'hold', dayOf(fleet.day), '--reason', 'one', ...patient)
    await machines.must('web-02', 'unhold', dayOf(fleet.day), ...patient)
    await machines.defs('clone', 'update', ...patient)
    const forged = await site.heard(1111, {}, { since, within: 150 }).catch(() => null)
    const { hosts } = await site.defs('fleet', 'hosts')
    return [
      exactly('one key on two machines is told (1111)', forged?.host ?? null, 'web-02'),
      exactly(
        'and listed',
        hosts
          .filter(({ conflict }) => conflict)
          .map(({ host }) => host)
          .join(' '),
        'web-02',
      ),
    ]
  },
}

/** Publishes the set of the next day. */
async function next(fleet) {
  fleet.day += 1
  fleet.publishedAt = performance.now()
  await fleet.site.publish(dayOf(fleet.day))
  return dayOf(fleet.day)
}

async function complete(fleet, set) {
  const steady = async () =>
    (await fleet.site.defs('fleet', 'status')).rings.every(
      (ring) => ring.set === set && ring.state === 'passed',
    )
  if (!(await until(steady, 600))) {
    const { rings: found } = await fleet.site.defs('fleet', 'status')
    throw new Error(
      `${set} is not complete: ${JSON.stringify(found.map(({ name, state, set: has, reason }) => [name, state, has, reason]))}`,
    )
  }
  await obeys(fleet, set, fleet.machines.names)
}

const obeys = ({ machines }, set, names) =>
  until(() => machines.have(set, names).length === names.length, 150)
const code = async (site) => (await site.defs('fleet', 'status')).exitCode
const tenth = (number) => number.toFixed(1)
const words = (evidence) =>
  evidence.map(({ host, outcome, exitCode, error }) => `${host} ${outcome} ${exitCode} ${error}`).join('; ')

async function ways(site) {
  const { hosts } = await site.defs('fleet', 'hosts')
  return ['label', 'glob', 'share'].map((way) => hosts.filter(({ why }) => why === way).length).join(', ')
}

const journal = (site) =>
  readFileSync(join(site.root, 'publisher', 'state', 'events.jsonl'), 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))

function numbered(name, count) {
  return Array.from({ length: count }, (_, index) => `${name}-${String(index + 1).padStart(2, '0')}`)
}

/** Flips a byte in the middle of every package of a tree. */
function damagePackages(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile() || !entry.name.endsWith('.zip') || entry.name.includes('livetri')) continue
    const path = join(entry.parentPath, entry.name)
    const bytes = readFileSync(path)
    bytes[bytes.length >> 1] ^= 0xff
    writeFileSync(path, bytes)
  }
}
