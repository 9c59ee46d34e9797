import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeSet, writeFiles } from '../support/definition-set.ts'
import { runDefs } from '../support/run-defs.ts'
import { indexName, startVendor, type Vendor } from '../support/vendor.ts'

let vendor: Vendor
let config: string
beforeAll(async () => {
  vendor = await startVendor()
  const sep = join(vendor.directory, 'sep')
  writeFiles(join(sep, '20261120.003'), makeSet({ authority: vendor.authority, set: '20261120.003' }))
  writeFileSync(join(sep, 'definfo.dat'), '[DefDates]\nCurDefs=20261120.003\n')
  config = vendor.configure()
  const further = `sources:
  shared: { kind: shared-sep, path: ${sep}, sepVersion: '12.0' }
  dead: { kind: liveupdate, hosts: ['http://127.0.0.1:9/'] }
  lan: { kind: internal, hosts: ['http://127.0.0.1:9/'] }
  inbox: { kind: intelligent-updater, path: ${join(vendor.directory, 'inbox')} }
`
  writeFileSync(config, readFileSync(config, 'utf8').replace('sources:\n', further))
})
afterAll(() => vendor.close())

const defs = (...args: string[]) => runDefs([...args, '--json', '--config', config])

describe('defs advise', () => {
  it('orders the methods by what it found, and touches nothing', async () => {
    const run = await defs('advise', '--wan-cost', 'high')
    expect(run.json, run.stderr).toMatchObject({
      command: 'advise',
      exitCode: 0,
      facts: {
        wanCost: 'high',
        neighbour: { version: '12.0', refusal: null },
        methods: {
          liveupdate: { source: 'liveupdate', reachable: true },
          internal: { source: 'lan', reachable: false },
          'intelligent-updater': { source: 'inbox', reachable: false },
        },
      },
    })
    const seen = run.json.methods.map(({ method, possible }: { method: string; possible: boolean }) => [
      method,
      possible,
    ])
    expect(seen).toEqual([
      ['shared-sep', true],
      ['liveupdate', true],
      ['rapid-release', true],
      ['internal', false],
      ['intelligent-updater', false],
    ])
    expect(existsSync(vendor.store)).toBe(false)
    expect(vendor.http.requests).toEqual([])
  })

  it('refuses another word for the cost', async () => {
    expect((await defs('advise', '--wan-cost', 'dear')).code).toBe(2)
  })
})

describe('defs sources test', () => {
  it('goes all the way to the package, takes none, and changes nothing', async () => {
    vendor.certify({ set: '20261120.003', sequence: 100 })
    const run = await defs('sources', 'test', 'liveupdate')
    expect(run.json, run.stderr).toMatchObject({
      command: 'sources test',
      exitCode: 0,
      source: 'liveupdate',
      kind: 'liveupdate',
      offered: '20261120.003',
      indexSignedBy: 'authority-signer',
      coolingUntil: null,
    })
    expect(run.json.steps.map(({ step, ok }: { step: string; ok: boolean }) => [step, ok])).toEqual([
      ['licence', true],
      ['reach', true],
      ['ask', true],
      ['package', true],
    ])
    expect(existsSync(vendor.store)).toBe(false)
    const shared = await defs('sources', 'test', 'shared')
    expect(shared.json).toMatchObject({ exitCode: 0, offered: '20261120.003', indexSignedBy: null })
  })

  it('ends with the code of what went wrong, and says where', async () => {
    const dead = await defs('sources', 'test', 'dead')
    expect(dead.json).toMatchObject({ exitCode: 3, ok: false, offered: null })
    expect(dead.json.steps.map(({ step, ok }: { step: string; ok: boolean }) => [step, ok])).toEqual([
      ['licence', true],
      ['reach', false],
      ['ask', false],
    ])
    vendor.certify({
      set: '20261120.003',
      spoilIndex: (zip) => Buffer.concat([zip.subarray(0, -30), Buffer.alloc(30)]),
    })
    expect((await defs('sources', 'test', 'liveupdate')).code).toBe(4)
    vendor.tree.set(indexName, Buffer.from('<!DOCTYPE html><html><body>Log in</body></html>'))
    expect((await defs('sources', 'test', 'liveupdate')).json.error.code).toBe('INDEX_HTML')
    expect((await defs('sources', 'test', 'nobody')).code).toBe(2)
  })
})
