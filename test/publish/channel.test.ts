import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Catalog } from '../../src/publish/catalog.ts'
import { withCurrent, withRelease } from '../../src/publish/catalog.ts'
import { dueFor } from '../../src/publish/promote.ts'
import { parseSetName } from '../../src/set-name.ts'
import { openssl } from '../support/authority.ts'
import { makeSet, sampleFiles, writeFiles } from '../support/definition-set.ts'
import { startVendor } from '../support/vendor.ts'
import { openWorks, overwrite, type Works } from './works.ts'

let works: Works
beforeEach(async () => {
  works = await openWorks()
  // The sets below are fresh on this day, whatever day it is.
  works.now = new Date('2026-11-22T12:00:00Z')
})
afterEach(() => works.close())

const [older, old, fresh] = ['20261119.001', '20261120.001', '20261121.001'] as const
const inChannel = (name: string) => readdirSync(join(works.tree, name))
const packages = (name: string) =>
  inChannel(name).filter((file) => /^\d{8}-\d{3}-[0-9a-f]{12}\.zip$/.test(file))
const update = () => works.client('update')

describe('publish', () => {
  it('makes a tree that unzip and openssl agree with', async () => {
    expect(await works.own(old)).toMatchObject({ set: old, channel: 'production', events: [1050] })
    const work = join(works.root, 'look')
    mkdirSync(work)
    const anchor = join(works.keys, 'trust', 'guard-root.pem')
    for (const name of ['livetri.zip', ...packages('production')]) {
      const archive = join(works.tree, 'production', name)
      expect(execFileSync('unzip', ['-tq', archive]).toString()).toContain('No errors')
      execFileSync('unzip', ['-oq', archive, '-d', work])
      const guard = ['-content', join(work, 'v.grd'), '-CAfile', anchor, '-purpose', 'any']
      const verify = ['cms', '-verify', '-inform', 'DER', '-binary', '-in', join(work, 'v.sig')]
      expect(openssl([...verify, ...guard, '-no_check_time']).length).toBeGreaterThan(0)
    }
  })

  it('makes what takes the place of another file younger by a second: nginx tells them by that', async () => {
    const names = ['metadata/timestamp.json', 'production/livetri.zip']
    const times = () => names.map((name) => Math.floor(statSync(join(works.tree, name)).mtimeMs / 1000))
    await works.own(old)
    let before = times()
    // Within one second, as scripts do it.
    for (const set of [fresh, '20261121.002', '20261121.003']) {
      await works.own(set)
      for (const [index, time] of times().entries()) expect(time).toBeGreaterThan(before[index] ?? 0)
      before = times()
    }
  })

  it('lets a name stand for one set', async () => {
    await works.own(old)
    const before = inChannel('production')
    expect(await works.own(old)).toMatchObject({ exitCode: 0, changed: false })
    const other = join(works.root, 'other')
    writeFiles(other, sampleFiles(fresh))
    expect(await works.defs('publish', old, '--from', other)).toMatchObject({
      exitCode: 7,
      error: { code: 'PUBLISH_REFUSED' },
    })
    expect(inChannel('production')).toEqual(before)
    expect(await update()).toMatchObject({ changed: true, current: old })
  })

  it('says why a source has nothing to publish', async () => {
    const offered = join(works.root, 'offered')
    mkdirSync(offered)
    writeFiles(offered, new Map([['notes.zip', Buffer.from('x')]]))
    works.settings.push(
      `trust: { anchors: ['${join(works.keys, 'trust', 'guard-root.pem')}'] }`,
      `sources: { vendor: { kind: intelligent-updater, path: '${offered}' } }`,
    )
    const run = await works.defs('publish', '--from', 'vendor')
    expect(run).toMatchObject({ exitCode: 0, changed: false })
    expect(run.reason).toMatch(/has nothing published yet; passed over by their names: "notes\.zip"/)
  })

  it('keeps the guard and the signature of the vendor', async () => {
    const vendor = await startVendor()
    try {
      vendor.certify({ set: old, sequence: 7 })
      works.settings.push(
        `trust: { anchors: ['${vendor.authority.rootPath}'] }`,
        `sources: { vendor: { kind: liveupdate, hosts: ['${vendor.http.url}'] } }`,
      )
      const run = await works.defs('publish', '--from', 'vendor')
      expect(run).toMatchObject({ exitCode: 0, set: old, changed: true })
      expect(await works.defs('publish', '--from', 'vendor')).toMatchObject({ exitCode: 0, changed: false })
      const [name = ''] = packages('production')
      const work = join(works.root, 'look')
      execFileSync('unzip', ['-oq', join(works.tree, 'production', name), '-d', work])
      const guard = ['-content', join(work, 'v.grd'), '-CAfile', vendor.authority.rootPath]
      openssl([
        'cms',
        '-verify',
        '-inform',
        'DER',
        '-binary',
        '-in',
        join(work, 'v.sig'),
        ...guard,
        '-purpose',
        'any',
      ])
      // Clients pin our root for the index and the vendor's for the set: without the latter it is refused.
      expect(await update()).toMatchObject({ exitCode: 5, error: { code: 'TRUST_CHAIN' } })
    } finally {
      await vendor.close()
    }
  })

  it('publishes the current set of the store', async () => {
    const vendor = await startVendor()
    try {
      vendor.certify({ set: old })
      works.settings.push(
        `trust: { anchors: ['${vendor.authority.rootPath}'] }`,
        `sources: { vendor: { kind: liveupdate, hosts: ['${vendor.http.url}'] } }`,
      )
      expect(await works.defs('publish')).toMatchObject({ exitCode: 13 })
      await works.defs('update')
      expect(await works.defs('publish')).toMatchObject({ exitCode: 0, set: old, changed: true })
      expect(await works.defs('publish')).toMatchObject({ exitCode: 0, set: old, changed: false })
      expect(await works.defs('publish', fresh)).toMatchObject({
        exitCode: 2,
        error: { code: 'STORE_UNKNOWN_SET', message: `the set ${fresh} is not on disk (there: ${old})` },
      })
    } finally {
      await vendor.close()
    }
  })

  it('refuses a folder whose guard nobody signed that we know', async () => {
    const vendor = await startVendor()
    try {
      const folder = join(works.root, 'foreign')
      writeFiles(folder, makeSet({ authority: vendor.authority, files: sampleFiles(), set: old }))
      const run = await works.defs('publish', '--from', folder)
      expect(run).toMatchObject({ exitCode: 5, error: { code: 'TRUST_CHAIN' } })
      expect(readdirSync(join(works.root, 'tree.state', 'work'))).toEqual([])
    } finally {
      await vendor.close()
    }
  })

  it('refuses an older set, and channels that are none', async () => {
    await works.own(fresh)
    expect(await works.own(old)).toMatchObject({ exitCode: 7, error: { code: 'PUBLISH_REFUSED' } })
    expect(await works.own(fresh, '--channel', 'metadata')).toMatchObject({ exitCode: 2 })
    expect(await works.own(fresh, '--channel', '../up')).toMatchObject({ exitCode: 2 })
  })

  it('makes incremental packages that the client takes', async () => {
    await works.own(old)
    await update()
    const { incremental } = await works.own(fresh)
    expect(incremental).toMatchObject([{ base: old }])
    const run = await update()
    expect(run).toMatchObject({ current: fresh, incremental: true })
    expect(run.bytesDownloaded).toBe(incremental[0].bytes)
  })

  it('finishes what a run that was cut short left', async () => {
    await works.own(old)
    const timestamp = readFileSync(join(works.tree, 'metadata', 'timestamp.json'))
    const index = readFileSync(join(works.tree, 'production', 'livetri.zip'))
    await works.own(fresh)
    // As if the run had ended before the first rename that readers see.
    overwrite(join(works.tree, 'metadata', 'timestamp.json'), timestamp)
    for (const name of inChannel('production').filter(
      (file) => file.endsWith('_livetri.zip') && file.startsWith('s'),
    ))
      overwrite(join(works.tree, 'production', name), index)
    works.tuf = true
    expect(await update()).toMatchObject({ exitCode: 0, current: old })
    expect(await works.defs('publish', '--renew')).toMatchObject({ exitCode: 0 })
    expect(await update()).toMatchObject({ exitCode: 0, current: fresh })
  })
})

describe('channels', () => {
  it('holds back what must be tested until it has passed', async () => {
    await works.own(old)
    await works.own(fresh, '--channel', 'testing', '--must-test')
    const promote = ['promote', fresh, '--to', 'production']
    expect(await works.defs(...promote)).toMatchObject({ exitCode: 7, error: { code: 'PUBLISH_REFUSED' } })
    expect(await update()).toMatchObject({ current: old })
    const run = await works.defs(...promote, '--passed', '--reason', 'a day without alarms')
    expect(run).toMatchObject({ exitCode: 0, changed: true, previous: old, demoted: false, events: [1051] })
    expect(await update()).toMatchObject({ current: fresh })
    expect(await works.defs(...promote)).toMatchObject({ exitCode: 0, changed: false })
  })

  it('stores a package once, however many channels have it', async () => {
    await works.own(fresh, '--channel', 'testing')
    await works.defs('promote', fresh, '--to', 'production')
    const [name = ''] = packages('testing')
    const places = ['testing', 'production'].map((channel) => statSync(join(works.tree, channel, name)).ino)
    expect(places[0]).toBe(places[1])
  })

  it('writes down who did what and why', async () => {
    await works.own(fresh, '--channel', 'testing', '--reason', 'first')
    await works.defs('promote', fresh, '--to', 'production', '--reason', 'second')
    const trail = readFileSync(join(works.root, 'tree.state', 'audit.jsonl'), 'utf8')
      .trim()
      .split('\n')
    expect(trail.map((line) => JSON.parse(line))).toMatchObject([
      { action: 'published', set: fresh, channel: 'testing', reason: 'first' },
      { action: 'promoted', set: fresh, channel: 'production', from: null, reason: 'second' },
    ])
    expect(JSON.parse(trail[0] ?? '').user).not.toBe('')
    expect(readdirSync(works.tree).sort()).toEqual(['metadata', 'production', 'testing'])
  })

  it('knows no set that was never published', async () => {
    await works.own(old)
    const run = await works.defs('promote', fresh, '--to', 'production')
    expect(run).toMatchObject({ exitCode: 2, error: { code: 'STORE_UNKNOWN_SET' } })
  })
})

describe('a demotion', () => {
  const demote = ['promote', old, '--to', 'production', '--demote', '--reason', 'alarms on our own tools']
  beforeEach(async () => {
    await works.own(old)
    await works.own(fresh)
    await update()
  })

  it('takes clients back in spite of their rollback protection', async () => {
    expect(await works.defs('promote', old, '--to', 'production')).toMatchObject({ exitCode: 7 })
    expect(await works.defs(...demote.slice(0, 5))).toMatchObject({ exitCode: 2 })
    expect(await works.defs(...demote)).toMatchObject({
      exitCode: 0,
      demoted: true,
      previous: fresh,
      events: [1052],
    })
    expect(await update()).toMatchObject({ exitCode: 0, changed: true, previous: fresh, current: old })
    expect(await update()).toMatchObject({ exitCode: 0, changed: false, current: old })
  })

  it('is obeyed once: its replay takes nobody back again', async () => {
    await works.defs(...demote)
    await update()
    const replay = join(works.root, 'replay')
    cpSync(works.tree, replay, { recursive: true })
    await works.own('20261122.001')
    expect(await update()).toMatchObject({ current: '20261122.001' })
    works.host = replay
    expect(await update()).toMatchObject({ exitCode: 0, changed: false, current: '20261122.001' })
    expect(works.ids().at(-1)).toBe(1002)
  })

  it('is not undone by replaying the promotion before it', async () => {
    const replay = join(works.root, 'replay')
    cpSync(works.tree, replay, { recursive: true })
    await works.defs(...demote)
    await update()
    works.host = replay
    expect(await update()).toMatchObject({ exitCode: 0, changed: false, current: old })
    // Whoever insists gets it all the same: it is authentic.
    expect(await works.client('update', '--force')).toMatchObject({ changed: true, current: fresh })
  })
})

describe('purging', () => {
  /** Purges with `publish.keep: 2`. */
  async function purge(...args: string[]) {
    const config = works.bench.put(
      'keep.yaml',
      `store: { root: '${works.root}/publisher' }\npublish: { root: '${works.tree}', keys: '${works.keys}', keep: 2, incremental: 0 }`,
    )
    const parts = { env: { DEFS_KEYS_PASSPHRASE: 'correct horse' } }
    return (await works.bench.run(['publish', '--purge', ...args, '--json', '--config', config], parts)).json
  }

  it('does not forget what production was demoted from, which no soak time brings back', async () => {
    const [gone, second] = ['20261117.001', '20261118.001']
    // What was withdrawn is none of the two that production may go back to.
    for (const set of [gone, second, older, old]) await works.own(set)
    await works.own(fresh, '--channel', 'testing', '--skip-test')
    await works.defs('promote', fresh, '--to', 'production')
    await works.defs('promote', old, '--to', 'production', '--demote', '--reason', 'alarms')
    const catalog = (): Catalog =>
      JSON.parse(readFileSync(join(works.root, 'tree.state', 'catalog.json'), 'utf8'))
    const due = () => dueFor('production', catalog(), 0, new Date('2026-12-24T12:00:00Z'))
    expect(due()).toBeNull()
    expect(await purge()).toMatchObject({ exitCode: 0, removed: [gone] })
    expect(catalog().channels['production']).toMatchObject({ current: old, withdrawn: [fresh] })
    expect(due()).toBeNull()
  })

  it('never removes what a channel offers or may go back to', async () => {
    const sets = [older, old, fresh, '20261122.001', '20261122.002', '20261122.003']
    for (const set of sets) await works.own(set)
    await works.defs('promote', older, '--to', 'frozen', '--new')
    const plan = ['publish', '--purge', '--dry-run']
    expect(await works.defs(...plan)).toMatchObject({ removed: [], dryRun: true })
    const before = packages('production')
    expect(await purge('--dry-run')).toMatchObject({ removed: [old, fresh], dryRun: true })
    expect(packages('production')).toEqual(before)
    expect(await purge()).toMatchObject({ removed: [old, fresh] })
    expect(packages('production')).toHaveLength(before.length - 2)
    works.tuf = true
    expect(await update()).toMatchObject({ exitCode: 0, current: '20261122.003' })
  })
})

describe('the soak time', () => {
  const hour = 3_600_000
  const at = new Date('2026-11-21T06:00:00Z')
  const release = (set: string, mark: 'open' | 'must-test' | 'skip-test') => ({
    set: parseSetName(set),
    sequence: null,
    grade: 'certified' as const,
    full: { file: `${set}.zip`, bytes: 1, sha256: '', sha1: '' },
    unpackedBytes: 1,
    steps: [],
    mark,
    passedBy: null,
    publishedAt: at.toISOString(),
    source: 'own',
    signedBy: 'nobody',
    fingerprint: null,
    databases: [],
  })
  const tested = (mark: 'open' | 'must-test' | 'skip-test'): Catalog => {
    const before = withCurrent(
      withRelease({ releases: [], channels: {} }, release(old, 'open')),
      'production',
      release(old, 'open'),
      at,
    )
    return withCurrent(withRelease(before, release(fresh, mark)), 'testing', release(fresh, mark), at)
  }
  const due = (catalog: Catalog, soak: number | null, later: number) =>
    dueFor('production', catalog, soak, new Date(at.getTime() + later))?.set ?? null

  it.each([
    ['open', hour, hour - 1, null],
    ['open', hour, hour, fresh],
    ['open', null, 1000 * hour, null],
    ['must-test', hour, 1000 * hour, null],
    ['skip-test', null, 0, fresh],
  ] as const)('%s, soaking %s, after %s: %s', (mark, soak, later, expected) => {
    expect(due(tested(mark), soak, later)).toBe(expected)
  })

  it('does not bring back what production was demoted from', () => {
    const promoted = withCurrent(tested('open'), 'production', release(fresh, 'open'), at)
    const demoted = withCurrent(promoted, 'production', release(old, 'open'), at)
    expect(demoted.channels['production']).toMatchObject({ demoted: true, withdrawn: [fresh] })
    expect(due(demoted, hour, 1000 * hour)).toBeNull()
  })

  it('raises the number of the statement each time, the same second included', () => {
    const one = withCurrent(tested('open'), 'production', release(fresh, 'open'), at)
    const two = withCurrent(one, 'production', release(old, 'open'), at)
    const numbers = [one, two].map(({ channels }) => channels['production']?.statement ?? 0)
    expect(numbers[1]).toBeGreaterThan(numbers[0] ?? Number.POSITIVE_INFINITY)
  })
})
