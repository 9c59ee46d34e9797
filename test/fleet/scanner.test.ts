import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { canaryFile, canaryLine } from '../../src/clamav/canary.ts'
import { parseSetName } from '../../src/set-name.ts'
import { type Clamd, clamdProgram, makeClamd } from '../support/clamd.ts'
import { startDefs } from '../support/run-defs.ts'
import { type FleetSite, openFleetSite } from './fleet-site.ts'

const [first, second] = ['20261120.001', '20261121.001'] as const
const everyone = ['canary-1', 'web-1'] as const

const payload = Buffer.from('harmless text that stands for malware\n')
const signature = `${createHash('md5').update(payload).digest('hex')}:${payload.length}:Test.Common\n`

/** A set that clamd proves by what only that set detects. */
const filesOf = (set: string) => ({ [canaryFile]: canaryLine(parseSetName(set)), 'local.hdb': signature })

describe.skipIf(clamdProgram === null)('a fleet whose canary has a real clamd', () => {
  let site: FleetSite
  let clamd: Clamd
  const store = () => join(site.root, 'hosts', 'canary-1')
  const look = () => site.defs('fleet', 'run', '--once')

  function scanner(more = ''): void {
    const about = `kind: clamd, socket: '${clamd.socket}', timeout: 20s${more}`
    site.settings('canary-1', { lines: [`scanner: { ${about} }`, 'gate: { engine: none }'] })
  }

  beforeEach(async () => {
    site = await openFleetSite([
      "{ name: canary, channel: canary, hosts: ['canary-*'], minimum: 1, coverage: 100, soak: 0s, failures: 0, maxAge: 3650d }",
      '{ name: broad, channel: broad, minimum: 1, coverage: 100, soak: 0s, failures: 0, maxAge: 3650d }',
    ])
    const databases = join(store(), 'VirusDefs', 'current')
    clamd = makeClamd({ directory: join(site.root, 'clamd'), databases })
    scanner()
    await site.defs('fleet', 'init')
    await site.join(...everyone)
    await site.publish(first, filesOf(first))
    await look()
    expect(await site.host('canary-1', 'update')).toMatchObject({ exitCode: 0, events: [30, 1016] })
    await clamd.start()
    expect(await site.host('canary-1', 'update')).toMatchObject({ exitCode: 0 })
    expect(await look()).toMatchObject({ rings: [{ set: first, state: 'passed' }, { set: first }] })
    expect(await site.host('web-1', 'update')).toMatchObject({ exitCode: 0 })
    expect(await look()).toMatchObject({ exitCode: 0, state: 'steady' })
  }, 120_000)
  afterEach(async () => {
    await clamd.stop()
    site.close()
  })

  /** The set is halted everywhere, and this is why. */
  async function halted(evidence: object): Promise<void> {
    expect(await look()).toMatchObject({ exitCode: 7, state: 'halted', barred: [{ set: second }] })
    expect(await site.defs('fleet', 'show', second)).toMatchObject({
      state: 'halted',
      evidence: [{ host: 'canary-1', ring: 'canary', class: 'set', ...evidence }],
    })
    expect(site.ids()).toContain(1104)
    expect(await site.all(everyone)).toEqual([0, 0])
    expect(everyone.map(site.live)).toEqual([first, first])
    expect(existsSync(join(site.root, 'hosts', 'web-1', 'VirusDefs', second))).toBe(false)
    expect((await clamd.scan(payload)).endsWith('FOUND')).toBe(true)
  }

  it('is halted by a set that clamd does not load (7, event 1007)', async () => {
    await site.publish(second, { ...filesOf(second), 'local.ndb': 'this is no signature\n' })
    await look()
    const run = await site.host('canary-1', 'update')
    expect(run).toMatchObject({ exitCode: 7, current: first, error: { code: 'SCANNER_REFUSED' } })
    expect(run.events).toEqual(expect.arrayContaining([1007, 399]))
    await halted({ outcome: 'refused', exitCode: 7, error: 'SCANNER_REFUSED' })
  }, 120_000)

  it('is halted by a set with which clamd dies while it is watched (8, event 399)', async () => {
    scanner(`, confirm: 10m, restart: ['${clamd.restart.join("', '")}']`)
    await site.publish(second, filesOf(second))
    await look()
    const { ended } = startDefs(['update', '--json', '--config', site.configOf('canary-1')])
    await expect
      .poll(() => existsSync(join(store(), 'state', 'confirming.json')), { timeout: 30_000 })
      .toBe(true)
    // In use is not yet confirmed: the ring does not pass.
    expect(await look()).toMatchObject({ exitCode: 100, rings: [{ set: second }, { set: first }] })
    await clamd.stop()
    const { json } = await ended
    expect(json).toMatchObject({ exitCode: 8, current: first, rolledBack: { from: second } })
    expect(json.events).toContain(399)
    await halted({ outcome: 'rolled-back', exitCode: 8, error: 'SCANNER_UNWELL' })
  }, 120_000)
})
