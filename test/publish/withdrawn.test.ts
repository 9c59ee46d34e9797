import { cpSync, existsSync, readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { withCurrent, withRelease, withWithdrawn } from '../../src/publish/catalog.ts'
import { parseSetName } from '../../src/set-name.ts'
import { runTraced } from '../support/fault.ts'
import { isInstalled } from '../support/real-servers.ts'
import { openWorks, type Works } from './works.ts'

let works: Works
beforeEach(async () => {
  works = await openWorks()
})
afterEach(() => works.close())

const [older, old, fresh] = ['20261119.001', '20261120.001', '20261121.001'] as const
const product = "product: 'SMSMSE Virus Definitions', version: '6.5', language: symalllanguages"
const demote = (set: string) => ['promote', set, '--to', 'production', '--demote', '--reason', 'false alarms']
const audited = () =>
  readFileSync(join(works.root, 'tree.state', 'audit.jsonl'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))

/** A client with a second source that still offers what the first one withdrew. */
function withFallback(
  host: string,
  primary = works.tree,
): (...args: string[]) => ReturnType<Works['client']> {
  const config = works.bench.put(
    primary === works.tree ? 'both.yaml' : 'away.yaml',
    [
      `store: { root: '${works.store}', keep: 5 }`,
      `trust: { anchors: ['${join(works.root, 'pinned', 'guard-root.pem')}'] }`,
      'default: internal\nfallback: [vendor]',
      `sources: { internal: { kind: internal, hosts: ['${primary}'], ${product} },`,
      `  vendor: { kind: internal, hosts: ['${host}'], ${product} } }`,
    ].join('\n'),
  )
  return async (...args) => (await works.bench.run([...args, '--json', '--config', config])).json
}

describe('a set that its publisher withdrew', () => {
  let replay: string
  beforeEach(async () => {
    for (const set of [older, old, fresh]) await works.own(set)
    replay = join(works.root, 'replay')
    cpSync(works.tree, replay, { recursive: true })
  })

  it('is left by whoever was away while it was withdrawn', async () => {
    await works.client('update')
    expect(works.live()).toBe(fresh)
    await works.defs(...demote(older))
    await works.defs('promote', old, '--to', 'production')
    expect(await works.client('check')).toMatchObject({ exitCode: 100, offered: old, newer: true })
    expect(await works.client('update')).toMatchObject({ exitCode: 0, changed: true, current: old })
    expect(works.ids()).toContain(1033)
    const { barred } = await works.client('status')
    const origin = { source: 'internal', channel: 'production' }
    expect(barred).toMatchObject([{ set: fresh, origin }])
    expect(await works.client('update')).toMatchObject({ exitCode: 0, changed: false, current: old })
  })

  it('comes back by no other source, until a later statement no longer names it', async () => {
    const client = withFallback(replay)
    await client('update')
    await works.defs(...demote(old))
    expect(await client('update')).toMatchObject({ changed: true, current: old })
    const away = withFallback(replay, join(works.root, 'gone'))
    expect(await away('update')).toMatchObject({ exitCode: 0, changed: false, current: old })
    expect(await away('update', '--source', 'vendor')).toMatchObject({
      changed: false,
      reason: expect.stringMatching(/^barred: .*withdrawn by production/),
    })
    expect(await works.defs('promote', fresh, '--to', 'production')).toMatchObject({ changed: true })
    expect(await client('update')).toMatchObject({ reason: null, changed: true, current: fresh })
    expect((await client('status')).barred).toEqual([])
  })

  it('stays on a machine that holds it, and on one that asks for it, with a word', async () => {
    await works.client('update')
    await works.client('hold', '--reason', 'audit')
    await works.defs(...demote(old))
    expect(await works.client('update')).toMatchObject({
      changed: false,
      current: fresh,
      reason: expect.stringMatching(/^held/),
    })
    await works.client('unhold')
    expect(await works.client('update')).toMatchObject({ changed: true, current: old })
  })

  it('is not what an older statement says: that one lifts nothing', async () => {
    await works.client('update')
    await works.defs(...demote(old))
    await works.client('update')
    works.host = replay
    expect(await works.client('update')).toMatchObject({ changed: false, current: old })
    expect((await works.client('status')).barred).toMatchObject([{ set: fresh }])
  })
})

describe('a catalogue', () => {
  it('raises the statement of a channel that withdraws one more, and only then', () => {
    const at = new Date('2026-11-21T06:00:00Z')
    const set = parseSetName(old)
    const release = {
      set,
      sequence: null,
      grade: 'certified' as const,
      full: { file: 'a.zip', bytes: 1, sha256: '', sha1: '' },
      unpackedBytes: 1,
      steps: [],
      mark: 'open' as const,
      passedBy: null,
      publishedAt: at.toISOString(),
      source: 'own',
      signedBy: 'nobody',
      fingerprint: null,
      databases: [],
    }
    const one = withCurrent(withRelease({ releases: [], channels: {} }, release), 'production', release, at)
    const two = withWithdrawn(one, 'production', [parseSetName(fresh), set], at)
    expect(two.channels['production']).toMatchObject({ withdrawn: [fresh], current: old })
    const numbers = [one, two].map(({ channels }) => channels['production']?.statement ?? 0)
    expect(numbers[1]).toBe((numbers[0] ?? 0) + 1)
    expect(withWithdrawn(two, 'production', [parseSetName(fresh)], at)).toBe(two)
  })
})

describe.skipIf(!isInstalled('strace'))('a promotion that was killed', () => {
  it.each([6, 14])('at rename %s is finished, audited once and told', async (when) => {
    await works.own(old)
    await works.own(fresh, '--channel', 'testing')
    const config = works.bench.put(
      'publisher.yaml',
      `store: { root: '${join(works.root, 'publisher')}' }\npublish: { root: '${works.tree}', keys: '${works.keys}', incremental: 1 }`,
    )
    const line = ['promote', fresh, '--to', 'production', '--json', '--config', config]
    process.env['DEFS_KEYS_PASSPHRASE'] = 'correct horse'
    try {
      const point = { call: 'rename', effect: 'signal=KILL', when }
      await runTraced(line, point, works.tree)
    } finally {
      delete process.env['DEFS_KEYS_PASSPHRASE']
    }
    await works.client('update')
    const offered = works.live()
    const promotions = () =>
      audited().filter(({ action, channel }) => action === 'promoted' && channel === 'production')
    const before = promotions().length
    const again = await works.defs('promote', fresh, '--to', 'production')
    expect(again).toMatchObject({ exitCode: 0, set: fresh, changed: offered !== fresh })
    expect(promotions()).toHaveLength(1)
    expect(again.events).toEqual(before === 0 ? [1051] : [])
    await works.client('update')
    expect(works.live()).toBe(fresh)
  })

  it('is told by whatever run comes next, though nobody promotes again', async () => {
    await works.own(old)
    await works.own(fresh, '--channel', 'testing')
    const state = join(works.root, 'tree.state')
    await works.defs('promote', fresh, '--to', 'production')
    // As a kill leaves it between the tree and the trail.
    const [last] = audited().slice(-1)
    const { action, set, channel, from, reason, user, statement } = last
    const moves = [{ action, set, channel, from, reason, user, statement }]
    works.bench.put('moves.json', JSON.stringify({ schema: 1, moves }))
    renameSync(join(works.root, 'moves.json'), join(state, 'moves.json'))
    const trail = readFileSync(join(state, 'audit.jsonl'), 'utf8').trimEnd().split('\n').slice(0, -1)
    works.bench.put('audit.jsonl', `${trail.join('\n')}\n`)
    renameSync(join(works.root, 'audit.jsonl'), join(state, 'audit.jsonl'))
    await works.defs('publish', '--renew')
    expect(audited().at(-1)).toMatchObject({ action: 'promoted', set: fresh, channel: 'production' })
    expect(existsSync(join(state, 'moves.json'))).toBe(false)
  })
})

describe('publish --to', () => {
  it('takes an address for a mistake and makes no folder of it', async () => {
    expect(await works.own(old, '--to', 'oci://127.0.0.1:1/x')).toMatchObject({
      exitCode: 2,
      error: { code: 'USAGE_ARGUMENT' },
    })
    expect(existsSync('oci:')).toBe(false)
  })
})
