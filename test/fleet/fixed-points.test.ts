import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startDefs } from '../support/run-defs.ts'
import { type FleetSite, openFleetSite } from './fleet-site.ts'

const [first, second] = ['20261120.001', '20261121.001'] as const

let site: FleetSite
const look = () => site.defs('fleet', 'run', '--once')

beforeAll(async () => {
  site = await openFleetSite([
    "{ name: canary, channel: canary, hosts: ['canary-*'], minimum: 1, coverage: 100, soak: 0s, failures: 0, maxAge: 3650d }",
    '{ name: broad, channel: broad, minimum: 1, soak: 0s, maxAge: 3650d }',
  ])
}, 60_000)
afterAll(() => site.close())

/** What a command says beyond what all commands say. */
function fieldsOf({ schema, command, ok, exitCode, error: _, ...own }: Record<string, unknown>): string {
  expect([schema, typeof command, typeof ok, typeof exitCode]).toEqual([1, 'string', 'boolean', 'number'])
  return shapeOf(own)
}

/** The names of the members, and of those of what is in them. */
function shapeOf(value: object): string {
  return Object.entries(value)
    .map(([name, part]) => {
      const inner: unknown = Array.isArray(part) ? part[0] : part
      const deep = typeof inner === 'object' && inner !== null && !['counts', 'labels'].includes(name)
      return deep ? `${name}: {${Object.keys(inner).join(', ')}}` : name
    })
    .join(', ')
}

const text = readFileSync(resolve('docs/json.md'), 'utf8')
/** Whether docs/json.md has these very members, in this order. */
const plain = text.replaceAll(/: \[\w+\]/g, '').replaceAll(/\[(\{[^}]*\})\]/g, '$1')
const told = (fields: string) => plain.includes(fields)

describe('what scripts rely on', () => {
  it('is said as docs/json.md has it, command by command', async () => {
    const said: [string, string][] = []
    const note = (what: string, json: Record<string, unknown>) => {
      const { exitCode, error } = json as { exitCode: number; error?: { code: string } }
      expect([what, exitCode, error?.code]).toEqual([
        what,
        expect.toBeOneOf([0, 6, 7, 100]),
        // What ends neither well nor with news says why.
        { 6: 'STORE_IO', 7: 'PUBLISH_REFUSED' }[exitCode],
      ])
      said.push([what, fieldsOf(json)])
    }
    note('init', await site.defs('fleet', 'init'))
    for (const name of ['canary-1', 'web-1']) {
      const joined = await site.host(name, 'fleet', 'join')
      note('join', joined)
      expect(joined.key).toMatch(/^U[A-Z2-7]{55}$/)
      const admitted = await site.defs('fleet', 'admit', joined.host, joined.key, '--label', 'rack=4')
      note('admit', admitted)
      expect(admitted.events).toEqual([1114])
    }
    for (const set of [first, second]) {
      await site.publish(set)
      for (let step = 0; step < 3; step++) {
        await look()
        await site.all(['canary-1', 'web-1'])
      }
      expect(await look()).toMatchObject({ exitCode: 0, state: 'steady' })
    }
    note('approve', await site.defs('fleet', 'approve', 'broad', second, '--reason', 'seen'))
    for (const what of ['pause', 'resume']) note(what, await site.defs('fleet', what, '--reason', 'x'))
    note('urgent', await site.defs('fleet', 'urgent', second, '--reason', 'x'))
    note('rollback', await site.defs('fleet', 'rollback', '--reason', 'false alarms'))
    note('halt', await site.defs('fleet', 'halt', first, '--reason', 'x'))
    expect(await site.defs('fleet', 'urgent', first, '--reason', 'x')).toMatchObject({
      exitCode: 2,
      error: { message: `${first} is barred (x): a newer one is wanted` },
    })
    note('status', await site.defs('fleet', 'status'))
    note('hosts', await site.defs('fleet', 'hosts'))
    note('forecast', await site.defs('fleet', 'forecast'))
    note('doctor', await site.defs('fleet', 'doctor'))
    const removed = await site.defs('fleet', 'remove', 'web-1')
    note('remove', removed)
    expect(removed.events).toEqual([1115])
    const wrong = said.filter(([, fields]) => !told(fields))
    expect(wrong).toEqual([])
    const show = await site.defs('fleet', 'show', second)
    expect(Object.keys(show).slice(4)).toEqual(
      'set state grade publishedAt publishedBy rings approvals barred evidence hosts'.split(' '),
    )
    expect(show).toMatchObject({ state: 'withdrawn', barred: { reason: 'false alarms' }, evidence: [] })
    const { fleet } = await site.host('canary-1', 'status')
    expect(Object.keys(fleet)).toEqual(['name', 'host', 'ring', 'why', 'reported'])
    expect(Object.keys(fleet.reported)).toEqual(['at', 'seq', 'by'])
    const report = JSON.parse(readFileSync(join(site.reports, 'canary-1.json'), 'utf8'))
    expect(Object.keys(report)).toEqual(['schema', 'signed', 'key', 'sig'])
  }, 120_000)

  it('is told by the running controller as NDJSON, and by fleet watch', async () => {
    const env = { DEFS_KEYS_PASSPHRASE: 'correct horse' }
    const config = ['--json', '--config', site.publisherConfig()]
    const running = startDefs(['fleet', 'run', ...config], { env })
    const watching = startDefs(['fleet', 'watch', ...config], { env })
    let [ran, watched] = ['', '']
    running.child.stdout?.on('data', (bytes) => {
      ran += bytes
    })
    watching.child.stdout?.on('data', (bytes) => {
      watched += bytes
    })
    try {
      await expect
        .poll(async () => (await site.defs('fleet', 'status')).controller?.running, { timeout: 20_000 })
        .toBe(true)
      await site.publish('20261122.001')
      for (const seen of [() => ran, () => watched])
        await expect.poll(seen, { timeout: 30_000, interval: 200 }).toContain('"id":1101')
      const [line = ''] = watched.split('\n').filter((one) => one.includes('"id":1101'))
      expect(JSON.parse(line)).toMatchObject({
        id: 1101,
        name: 'ring.opened',
        set: '20261122.001',
        ring: 'canary',
      })
    } finally {
      for (const { child } of [running, watching]) child.kill('SIGTERM')
    }
    expect((await running.ended.catch(() => null))?.code ?? 0).toBe(0)
    await watching.ended.catch(() => null)
  }, 90_000)
})
