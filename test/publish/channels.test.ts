import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { assertGrade } from '../../src/publish/channels.ts'
import { parseSetName } from '../../src/set-name.ts'
import { openWorks, type Works } from './works.ts'

let works: Works
beforeEach(async () => {
  works = await openWorks()
  works.now = new Date('2026-11-22T12:00:00Z')
})
afterEach(() => works.close())

const old = '20261120.001'

describe('channels', () => {
  it('are not made by a misspelt name, but by --new, and are listed and removed', async () => {
    await works.own(old)
    const misspelt = await works.defs('promote', old, '--to', 'prodution')
    expect(misspelt).toMatchObject({ exitCode: 7, error: { code: 'PUBLISH_REFUSED' } })
    expect(misspelt['error'].message).toContain('--new makes it')
    expect(await works.defs('promote', old, '--to', 'pilot', '--new')).toMatchObject({
      exitCode: 0,
      grade: 'certified',
    })

    const { channels } = await works.defs('channels')
    expect(channels).toMatchObject([
      { name: 'pilot', current: old, grade: 'certified', since: '2026-11-22T12:00:00.000Z', clamav: false },
      { name: 'production', current: old, by: expect.any(String) },
    ])

    expect(await works.defs('channels', 'remove', 'pilot')).toMatchObject({ exitCode: 0, left: old })
    expect(existsSync(join(works.tree, 'pilot'))).toBe(false)
    expect((await works.defs('channels')).channels).toHaveLength(1)
    expect(await works.defs('channels', 'remove', 'pilot')).toMatchObject({ exitCode: 2 })
    expect(await works.client('update')).toMatchObject({ exitCode: 0, current: old })
  })

  it('take with them, when they are removed, what lies in no other channel, and it can be published anew', async () => {
    const sets = [old, '20261121.002', '20261122.003']
    for (const set of sets.slice(0, 2)) await works.own(set, '--channel', 'testing')
    await works.own('20261122.003')
    expect(await works.defs('channels', 'remove', 'testing')).toMatchObject({
      exitCode: 0,
      left: '20261121.002',
      purged: sets.slice(0, 2),
    })
    expect(await works.defs('publish', '--purge')).toMatchObject({ exitCode: 0 })
    expect(await works.client('update')).toMatchObject({ exitCode: 0, current: '20261122.003' })
    expect(await works.defs('channels', 'remove', 'production')).toMatchObject({
      exitCode: 0,
      purged: ['20261122.003'],
    })
    await works.own('20261122.003')
    expect(await works.client('update')).toMatchObject({ exitCode: 0, current: '20261122.003' })
    expect(await works.defs('promote', '20261122.003', '--to', 'testing')).toMatchObject({ exitCode: 0 })
  })

  it('take the newest set by the name latest, and say when there is none', async () => {
    expect(await works.defs('promote', 'latest', '--to', 'pilot', '--new')).toMatchObject({
      exitCode: 2,
      error: { code: 'STORE_UNKNOWN_SET' },
    })
    for (const set of ['20261121.002', old]) await works.own(set, '--channel', 'testing', '--new')
    expect(await works.defs('promote', 'latest', '--to', 'pilot', '--new')).toMatchObject({
      exitCode: 0,
      set: '20261121.002',
    })
  })

  it('take a set with basic tests alone into production only when asked', () => {
    const rapid = { set: parseSetName(old), grade: 'rapid' } as const
    expect(() => assertGrade(rapid, 'production', false)).toThrow(/--rapid/)
    expect(() => assertGrade(rapid, 'production', true)).not.toThrow()
    expect(() => assertGrade(rapid, 'testing', false)).not.toThrow()
  })
})

describe('keys init', () => {
  it('writes a configuration that clients use as it is', () => {
    const text = readFileSync(join(works.keys, 'trust', 'client.yaml'), 'utf8')
    expect(text).toContain('anchors: ["guard-root.pem"')
    expect(text).toContain('tufRoot: root.json')
    expect(text).toContain('channel: production')
  })
})
