import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { writeCatalog } from '../../src/publish/catalog.ts'
import { writeMirror } from '../../src/publish/mirror.ts'
import { type PublishPaths, preparePaths, publishPaths } from '../../src/publish/paths.ts'
import { serverMetrics } from '../../src/publish/serve/metrics.ts'
import { type Serving, startServer } from '../../src/publish/serve/serve.ts'
import { parseSetName } from '../../src/set-name.ts'
import { configOf } from '../schedule/simulation.ts'
import { quickContext } from '../support/fetching.ts'

const hasPromtool = spawnSync('promtool', ['--version']).status === 0
const now = new Date('2026-11-21T10:00:00Z')
const at = (moment: string) => Date.parse(moment) / 1000

let root: string
let desk: PublishPaths
let serving: Serving | undefined
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'defs-metrics-'))
  desk = publishPaths(await configOf({}), join(root, 'tree'))
  await preparePaths(desk)
})
afterEach(async () => {
  await serving?.stop()
  serving = undefined
  rmSync(root, { recursive: true, force: true })
})

async function publish(): Promise<void> {
  const current = parseSetName('20261120.003')
  const more = { statement: 1, demoted: false, since: '2026-11-20T08:00:00.000Z', earlier: [], withdrawn: [] }
  await writeCatalog(desk, {
    releases: [],
    channels: { production: { name: 'production', current, ...more } },
  })
  await writeMirror(desk, 'main > testing', { lastAttempt: '2026-11-21T09:00:00.000Z', outcome: 'failed' })
  const timestamp = { signed: { expires: '2026-11-28T08:00:00Z' } }
  writeFileSync(join(desk.metadata, 'timestamp.json'), JSON.stringify(timestamp))
}

const describeNow = () => serverMetrics(desk, { startedAt: now, answers: new Map([[200, 7]]) }, now)

/** Samples by name and labels. */
function samplesOf(text: string): Record<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return Object.fromEntries(lines.map((line) => [line.replace(/ \S+$/, ''), Number(/\S+$/.exec(line)?.[0])]))
}

describe('the metrics of a server', () => {
  it('are timestamps and counts of what is published, mirrored and answered', async () => {
    await publish()
    expect(samplesOf(await describeNow())).toEqual({
      defs_published_fresh_until_timestamp_seconds: at('2026-11-28T08:00:00Z'),
      defs_published_sets: 0,
      'defs_channel_info{channel="production",set="20261120.003"}': 1,
      'defs_channel_set_date_timestamp_seconds{channel="production"}': at('2026-11-20T00:00:00Z'),
      'defs_channel_changed_timestamp_seconds{channel="production"}': at('2026-11-20T08:00:00Z'),
      'defs_mirror_last_attempt_timestamp_seconds{mirror="main > testing"}': at('2026-11-21T09:00:00Z'),
      'defs_mirror_up{mirror="main > testing"}': 0,
      defs_serve_start_timestamp_seconds: at('2026-11-21T10:00:00Z'),
      'defs_serve_requests_total{code="200"}': 7,
    })
  })

  it('of a tree in which nothing is published leave out what nobody knows', async () => {
    expect(Object.keys(samplesOf(await describeNow()))).toEqual([
      'defs_published_sets',
      'defs_serve_start_timestamp_seconds',
      'defs_serve_requests_total{code="200"}',
    ])
  })

  it.skipIf(!hasPromtool)('pass promtool', async () => {
    await publish()
    const checked = spawnSync('promtool', ['check', 'metrics'], { input: await describeNow() })
    expect([checked.status, checked.stderr.toString()]).toEqual([0, ''])
  })

  it('are served, behind the tokens where there are some, and count what was answered', async () => {
    await publish()
    const place = { root: desk.tree, host: '127.0.0.1', port: 0, listing: false }
    const metrics = (tally: Parameters<typeof serverMetrics>[1]) => serverMetrics(desk, tally, now)
    const config = { ...(await configOf({})).serve, port: 0 }
    serving = await startServer({ ...place, metrics }, config, quickContext())
    const get = (path: string, init: RequestInit = {}) => fetch(`${serving?.url}${path}`, init)
    expect((await get('nothing.zip')).status).toBe(404)
    const answer = await get('metrics')
    expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
    expect(samplesOf(await answer.text())['defs_serve_requests_total{code="404"}']).toBe(1)
    await serving.stop()
    mkdirSync(join(root, 'etc'))
    const tokens = join(root, 'etc', 'tokens')
    writeFileSync(tokens, `${'0'.repeat(64)} one\n`)
    serving = await startServer({ ...place, metrics }, { ...config, tokens }, quickContext())
    expect((await get('metrics')).status).toBe(401)
    await serving.stop()
    // Without anything to say there is no such page.
    serving = await startServer(place, config, quickContext())
    expect((await get('metrics')).status).toBe(404)
  })
})
