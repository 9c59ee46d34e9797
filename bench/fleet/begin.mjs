import { setTimeout } from 'node:timers/promises'
import { Crowd } from './crowd.mjs'
import { cpuOf, openSite } from './site.mjs'

export const [first, second, third] = ['20261120.001', '20261121.001', '20261122.001']

/** A figure beside its bar: at most, at least, or exactly what is wanted. */
export const atMost = (what, value, bar, unit = '') => row(what, value, `≤ ${bar}${unit}`, value <= bar, unit)
export const exactly = (what, value, bar) => row(what, value, `= ${bar}`, value === bar)
export const told = (what, value) => row(what, value, '-', null)

function row(what, value, bar, met, unit = '') {
  const figure = typeof value === 'number' ? `${Math.round(value * 100) / 100}${unit}` : String(value)
  return { what, figure, bar, met }
}

/** A fleet whose hosts are all connected and have the first set. */
export async function begin(
  { root, hosts, closing, say },
  { rings, more = [], crowd: own = {}, steady = true },
) {
  // One in a hundred, as the bars say, and of a small fleet enough of them.
  const share = `share: ${Math.max(0.01, Math.min(1, 20 / hosts))}`
  const lines = rings.map((ring) => ring.replace('share: 0.01', share))
  const site = await openSite(root, { rings: lines, more })
  closing.push(() => site.close())
  const crowd = new Crowd(site, hosts)
  Object.assign(crowd, own)
  crowd.admit()
  site.startController()
  const from = performance.now()
  const used = cpuSince({ server: site.server.pid, controller: site.controller.pid, hosts: process.pid })
  await crowd.connect()
  const connected = (performance.now() - from) / 1000
  say(`connected after ${connected.toFixed(1)} s; CPU seconds: ${used()}`)
  closing.push(async () => {
    for (const host of crowd.hosts) host.waking?.close()
  })
  await setTimeout(1500)
  await site.publish(first)
  if (steady) await site.heard(1103, { set: first }, { within: 600 })
  await until(() => crowd.hosts.every(({ undelivered }) => !undelivered), 60)
  say('the first set is everywhere')
  return { site, crowd, connected }
}

/** CPU seconds of processes from now on, in words: who was busy while a step took its time. */
export function cpuSince(pids) {
  const before = Object.values(pids).map(cpuOf)
  return () =>
    Object.entries(pids)
      .map(([name, pid], index) => `${name} ${(cpuOf(pid) - before[index]).toFixed(1)}`)
      .join(', ')
}

/** Waits until something holds; a false return says that it never did. */
export async function until(holds, seconds) {
  const end = performance.now() + seconds * 1000
  while (performance.now() < end) {
    if (await holds()) return true
    await setTimeout(20)
  }
  return false
}

export const canaries = (crowd) => crowd.hosts.filter(({ ring }) => ring === 'canary')
export const others = (crowd) => crowd.hosts.filter(({ ring }) => ring !== 'canary')
