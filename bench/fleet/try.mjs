import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { Crowd } from './crowd.mjs'
import { cpuOf, memoryOf, openSite } from './site.mjs'

const count = Number(process.argv[2] ?? 1000)
const root = mkdtempSync(join(tmpdir(), 'defs-fleet-'))
let crowd0
const t0 = performance.now()
const say = (text) => console.log(((performance.now() - t0) / 1000).toFixed(2), text)
const site = await openSite(root, {
  rings: ["{ name: all, channel: all, minimum: 1, coverage: 100, soak: 0s, failures: 0, maxAge: 3650d }"],
})
try {
  say('site')
  const crowd = crowd0 = new Crowd(site, count)
  crowd.admit()
  await crowd.connect()
  site.startController()
  say('connected ' + JSON.stringify([memoryOf(site.server.pid), memoryOf(site.controller.pid), memoryOf(process.pid)]))
  await setTimeout(3000)
  await site.publish('20261120.001')
  { const opened = await site.heard(1101, { set: '20261120.001' })
  const passed = await site.heard(1102, { set: '20261120.001' })
  say(`opened -> passed ${passed.seen - opened.seen} ms`) }
  await site.heard(1102, { set: '20261120.001' }, {within: 20})
  say('first passed ' + site.events.map(e=>e.id))
  await setTimeout(28000)
  const c0 = [cpuOf(site.server.pid), cpuOf(site.controller.pid), cpuOf(process.pid)]
  await site.publish('20261121.001')
  say('published')
  const opened = await site.heard(1101, { set: '20261121.001' })
  const passed = await site.heard(1102, { set: '20261121.001' })
  say(`opened -> passed ${passed.seen - opened.seen} ms`)
  say([cpuOf(site.server.pid), cpuOf(site.controller.pid), cpuOf(process.pid)].map((v,i)=>(v-c0[i]).toFixed(2)).join(' '))
  say('mem ' + JSON.stringify([memoryOf(site.server.pid), memoryOf(site.controller.pid), memoryOf(process.pid)]))
  say(JSON.stringify({requests: crowd.requests, sent: crowd.sent, failed: crowd.failed}))
  console.log(passed)
} catch (error) { console.log(crowd0.lastError, error, site.said, JSON.stringify(await site.defs('fleet','status')), site.events, crowd0.requests, crowd0.sent, crowd0.failed) } finally {
  await site.close()
  rmSync(root, { recursive: true, force: true })
  process.exit(0)
}
