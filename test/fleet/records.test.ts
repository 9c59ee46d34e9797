import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type FleetSite, openFleetSite } from './fleet-site.ts'

const first = '20261120.001'
const spoiled = ['', 'noise', '[]', '{"schema":1}', '{"schema":1,"hosts":{"web-1":7},"facts":[7],"upTo":1}']

let site: FleetSite
const atController = (name: string) => join(site.root, 'tree.state', 'fleet', name)
const atHost = (name: string) => join(site.root, 'hosts', 'web-1', 'state', 'fleet', name)
const look = () => site.defs('fleet', 'run', '--once')

beforeEach(async () => {
  site = await openFleetSite(['{ name: all, channel: all, minimum: 1, soak: 0s, maxAge: 3650d }'])
  await site.defs('fleet', 'init')
  await site.join('web-1', 'web-2')
  await site.publish(first)
  await look()
  expect(await site.all(['web-1', 'web-2'])).toEqual([0, 0])
  expect(await look()).toMatchObject({ exitCode: 0, state: 'steady' })
}, 120_000)
afterEach(() => site.close())

describe('records of the controller', () => {
  it.each(['hosts.json', 'facts.json'])(
    '%s that makes no sense: everything says so, and nobody writes over it',
    async (name) => {
      const path = atController(name)
      const { key } = await site.host('web-3', 'fleet', 'join')
      for (const text of spoiled) {
        writeFileSync(path, text)
        const lines = [
          ['fleet', 'status'],
          ['fleet', 'hosts'],
          ['fleet', 'run', '--once'],
          ['fleet', 'halt', first, '--reason', 'x'],
          ...(name === 'hosts.json' ? [['fleet', 'admit', 'web-3', key]] : [['fleet', 'init']]),
        ]
        for (const line of lines) {
          const { exitCode, error } = await site.defs(...line)
          expect([text, line.join(' '), exitCode, error?.code]).toEqual([
            text,
            line.join(' '),
            6,
            'STORE_RECORD',
          ])
          expect(error.message).toContain(path)
        }
        expect(readFileSync(path, 'utf8')).toBe(text)
      }
    },
    120_000,
  )

  it('of what was heard and of who runs are no decisions: what makes no sense is told anew', async () => {
    for (const text of spoiled) {
      for (const name of ['heard.json', 'controller.json']) writeFileSync(atController(name), text)
      expect(await site.defs('fleet', 'status')).toMatchObject({ exitCode: 0, awake: 2 })
      expect(await look()).toMatchObject({ exitCode: 0, awake: 2 })
      expect(existsSync(atController('controller.json'))).toBe(false)
    }
    // An entry that makes no sense costs none of the others.
    const heard = JSON.parse(readFileSync(atController('heard.json'), 'utf8'))
    heard.hosts['web-1'].report.phase = 'asleep'
    writeFileSync(atController('heard.json'), JSON.stringify(heard))
    rmSync(join(site.reports, 'web-2.json'))
    expect(await look()).toMatchObject({ awake: 2 })
  }, 60_000)
})

describe('records of a host', () => {
  const seq = async () => (await site.host('web-1', 'status')).fleet.reported?.seq

  it('of its newest report that makes no sense: its next report is still believed', async () => {
    expect(await seq()).toBeGreaterThan(0)
    for (const [index, text] of spoiled.entries()) {
      writeFileSync(atHost('report.json'), text)
      expect(await site.host('web-1', 'hold', first, '--reason', `case ${index}`)).toMatchObject({
        exitCode: 0,
      })
      await look()
      const { hosts } = await site.defs('fleet', 'hosts')
      expect(hosts[0]).toMatchObject({ host: 'web-1', held: true, conflict: false, seq: await seq() })
      await site.host('web-1', 'unhold', first)
      await look()
      expect((await site.defs('fleet', 'hosts')).hosts[0]).toMatchObject({ held: false, conflict: false })
      // A second later, as numbers are then no lower than before.
      await new Promise((resolve) => setTimeout(resolve, 2100))
    }
    expect(site.ids()).not.toContain(1111)
  }, 120_000)

  it('of its key that makes no sense: it updates on, says so, and joins with a new one', async () => {
    writeFileSync(atHost('host.key'), 'noise')
    expect(await site.host('web-1', 'update')).toMatchObject({ exitCode: 0 })
    const refused = await site.host('web-1', 'fleet', 'join')
    expect(refused).toMatchObject({ exitCode: 6, error: { code: 'STORE_RECORD' } })
    expect(refused.error.message).toContain('--new-key')
    const { host, key } = await site.host('web-1', 'fleet', 'join', '--new-key')
    expect(await site.defs('fleet', 'admit', host, key)).toMatchObject({ exitCode: 2 })
    expect(await site.defs('fleet', 'admit', host, key, '--replace')).toMatchObject({ changed: true })
    await site.host('web-1', 'hold', first)
    await look()
    expect((await site.defs('fleet', 'hosts')).hosts[0]).toMatchObject({ key, held: true, conflict: false })
  }, 60_000)
})
