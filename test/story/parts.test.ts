import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { loadConfig } from '../../src/config/resolve.ts'
import type { Context } from '../../src/context.ts'
import { check } from '../../src/update/check.ts'
import type { UpdateResult } from '../../src/update/result.ts'
import { update } from '../../src/update/update.ts'
import { type ClamavMirror, startClamavMirror } from '../support/clamav-mirror.ts'
import { clamavVectors } from '../support/clamd.ts'
import { type HttpServer, startHttpServer } from '../support/http-server.ts'
import { eventsOf, lookAt } from '../support/look.ts'
import { isInstalled } from '../support/real-servers.ts'

let work: string
let mirror: ClamavMirror
let provider: HttpServer
const lists = new Map<string, Uint8Array>()
/** A moment at which the root of the test lineage is valid. */
const clock = new Date('2026-06-01T12:00:00Z')

beforeEach(async () => {
  work = mkdtempSync(join(tmpdir(), 'defs-parts-'))
  mirror = await startClamavMirror()
  lists.clear()
  provider = await startHttpServer({ files: lists })
})
afterEach(async () => {
  vi.restoreAllMocks()
  await Promise.all([mirror.http.close(), provider.close()])
  rmSync(work, { recursive: true, force: true })
})

/** Everything that was reported. */
const told: string[] = []

const context: Context = {
  now: () => clock,
  sleep: async () => {},
  random: () => 0.5,
  signal: new AbortController().signal,
  emit: (report) => void told.push(JSON.stringify(report)),
}

async function run(custom: readonly string[], more: object = {}, force = false): Promise<UpdateResult> {
  const source = {
    kind: 'clamav',
    hosts: [mirror.url],
    databases: ['test'],
    certificates: [join(clamavVectors ?? '', 'clamav-TEST-root.crt')],
    allowUnsigned: true,
    custom,
  }
  const config = {
    store: { root: join(work, 'store') },
    network: { tries: 1, stallTimeout: '1s' },
    maxAge: '36500d',
    sources: { clam: source },
    ...more,
  }
  const file = join(work, 'defs.json')
  writeFileSync(file, JSON.stringify(config))
  const loaded = await loadConfig({ file, env: {}, cwd: work, home: work, uid: null, secrets: true })
  const request = { source: null, dryRun: false, allow: null, timeout: null, lockWait: 0, confirm: false }
  return update({ ...request, force }, loaded.config, context)
}

function hashes(count: number, name: string): Buffer {
  const lines = Array.from({ length: count }, (_, index) => {
    const md5 = createHash('md5').update(`${name}${index}`).digest('hex')
    return `${md5}:${index + 1}:${name}.${index}\n`
  })
  return Buffer.from(lines.join(''))
}

const inSet = (name: string) =>
  join(work, 'store', 'VirusDefs', lookAt(join(work, 'store')).current ?? '', name)

describe.skipIf(!clamavVectors)('a key in the address of a list', () => {
  const key = '0123456789abcdef0123456789abcdef01234567'

  it.each([
    ['behind `?`', `lists/own.hdb?receipt=${key}`, 'own.hdb'],
    ['with the name by hand', `getfile?receipt=${key}#own.hdb`, 'own.hdb'],
    ['in the path', `signatures/${key}/own.hdb`, 'own.hdb'],
  ])('%s goes with every request, and is shown nowhere', async (_, address, name) => {
    told.length = 0
    mirror.publish(1)
    const path = address.replace(/[?#].*$/, '')
    lists.set(path, hashes(20, 'Own'))
    expect(await run([`${provider.url}${address}`])).toMatchObject({ changed: true })
    expect(existsSync(inSet(name))).toBe(true)
    const asked = provider.requests.map(({ url }) => url)
    expect(asked.length).toBeGreaterThan(1)
    expect(asked.filter((url) => !url.includes(key))).toEqual([])
    // A list that is gone is told of, its address without the key.
    lists.delete(path)
    mirror.publish(2)
    expect(await run([`${provider.url}${address}`])).toMatchObject({ changed: true })
    const state = readdirSync(join(work, 'store'), { recursive: true, encoding: 'utf8' })
    expect(state.filter((file) => file.includes(key))).toEqual([])
    const texts = state
      .map((file) => join(work, 'store', file))
      .filter((file) => /\.(json|jsonl)$/.test(file) && statSync(file).isFile())
      .map((file) => readFileSync(file, 'utf8'))
    expect([...told, ...texts].filter((text) => text.includes(key))).toEqual([])
    expect(told.join()).toContain('own.hdb')
  })
})

type Harm = () => void
const serve = (text: string | Buffer) => () => void lists.set('bad.hdb', Buffer.from(text))
const answer = (status: number) => () =>
  void provider.faults.set('/bad.hdb', (_, response) => {
    response.writeHead(status)
    response.end()
  })

const harms: Readonly<Record<string, Harm>> = {
  'is not there (404)': () => lists.delete('bad.hdb'),
  'is forbidden (403)': answer(403),
  'fails (500)': answer(500),
  stalls: () =>
    void provider.faults.set('/bad.hdb', (_, response) => {
      response.writeHead(200, { 'content-length': 1000 })
      response.write('0')
    }),
  'is a web page': serve('<!DOCTYPE html><html><body>log in</body></html>'),
  'is empty': serve(''),
  'is only a comment': serve('# Your subscription may have expired.\n'),
  'has a bad line': serve(`${hashes(200, 'Bad')}0123:no signature\n`),
  'has a blank line': serve(`${hashes(200, 'Bad')}\n`),
  'has shrunk': serve(hashes(3, 'Bad')),
}

describe.skipIf(!clamavVectors)('a list with `every`', () => {
  const address = () => `${provider.url}own.hdb`
  const asked = () => provider.requests.splice(0).length
  let hours = 0
  const later = (count: number) => {
    hours += count
  }
  beforeEach(() => {
    hours = 0
    mirror.publish(1)
    lists.set('own.hdb', hashes(20, 'Own'))
    vi.spyOn(context, 'now').mockImplementation(() => new Date(clock.getTime() + hours * 3_600_000))
  })
  const rested = () => run([`${address()} every:6h`])

  it.each(Object.entries({ 'is not there': 404, fails: 500 }))(
    'that %s is asked about once in that time, and not for want of a copy',
    async (_, status) => {
      provider.faults.set('/own.hdb', (_, response) => void response.writeHead(status).end())
      expect(await rested()).toMatchObject({ changed: true, events: expect.arrayContaining([1085]) })
      asked()
      provider.faults.clear()
      later(5)
      expect(await rested()).toMatchObject({ events: expect.arrayContaining([1085]) })
      expect([asked(), existsSync(inSet('own.hdb'))]).toEqual([0, false])
      later(1)
      expect(await rested()).toMatchObject({ changed: true })
      expect([asked() > 0, existsSync(inSet('own.hdb'))]).toEqual([true, true])
    },
  )

  it('whose contents did not arrive is fetched the next time', async () => {
    await rested()
    lists.set('own.hdb', hashes(21, 'Own'))
    later(6)
    provider.faults.set('/own.hdb', (request, response) => {
      // Asked about, and then not handed out.
      if (request.headers.range) return false
      response.writeHead(500).end()
      return true
    })
    expect(await rested()).toMatchObject({ changed: false, events: expect.arrayContaining([1085]) })
    provider.faults.clear()
    asked()
    // The run between has a state of the list that is not the one of the copy.
    later(3)
    expect(await rested()).toMatchObject({ changed: false })
    expect(asked()).toBe(0)
    later(3)
    expect(await rested()).toMatchObject({ changed: true })
    expect(readFileSync(inSet('own.hdb')).equals(hashes(21, 'Own'))).toBe(true)
  })

  it('is not asked about by who only looks', async () => {
    await rested()
    later(7)
    asked()
    const loaded = await loadConfig({
      file: join(work, 'defs.json'),
      env: {},
      cwd: work,
      home: work,
      uid: null,
      secrets: true,
    })
    expect(await check({ source: null, timeout: null }, loaded.config, context)).toMatchObject({
      newer: false,
    })
    expect(asked()).toBe(0)
  })
})

describe.skipIf(!clamavVectors)('a list of a third party that', () => {
  const custom = () => [`${provider.url}bad.hdb`, `${provider.url}good.hdb`]

  it.each(Object.entries(harms))(
    '%s keeps its last good copy, and everything else goes on',
    async (_, harm) => {
      mirror.publish(1)
      lists.set('bad.hdb', hashes(200, 'Bad'))
      lists.set('good.hdb', hashes(20, 'Good'))
      await run(custom())
      harm()
      mirror.publish(2)
      lists.set('good.hdb', hashes(21, 'Good'))
      expect(await run(custom())).toMatchObject({ changed: true, events: expect.arrayContaining([1085, 30]) })
      expect(lookAt(join(work, 'store'))).toMatchObject({
        current: '20210622.002',
        leftovers: [],
        damage: [],
      })
      expect(readFileSync(inSet('bad.hdb')).equals(hashes(200, 'Bad'))).toBe(true)
      expect(readFileSync(inSet('good.hdb')).equals(hashes(21, 'Good'))).toBe(true)
      // Repaired, it is taken again; a provider that said 403 would be left alone for a day.
      rmSync(join(work, 'store', 'state', 'sources.json'))
      provider.faults.clear()
      lists.set('bad.hdb', hashes(300, 'Bad'))
      expect(await run(custom())).toMatchObject({ changed: true })
      expect(readFileSync(inSet('bad.hdb')).equals(hashes(300, 'Bad'))).toBe(true)
    },
  )

  it('never came is left out and told, with exit 0', async () => {
    // How long a host is left alone is said by the clock of the machine.
    vi.spyOn(context, 'now').mockImplementation(() => new Date())
    mirror.publish(1)
    answer(403)()
    lists.set('good.hdb', hashes(20, 'Good'))
    expect(await run(custom())).toMatchObject({ changed: true, events: expect.arrayContaining([1085]) })
    expect([existsSync(inSet('bad.hdb')), existsSync(inSet('good.hdb'))]).toEqual([false, true])
    const kept = eventsOf(join(work, 'store')).filter(({ name }) => name === 'part.kept')
    expect(kept).toEqual([])
    // It asked to be left alone, and so it is; its neighbour in the same folder, too.
    provider.requests.splice(0)
    mirror.publish(2)
    expect(await run(custom())).toMatchObject({ changed: true, current: '20210622.002' })
    expect(provider.requests).toEqual([])
    expect(existsSync(inSet('good.hdb'))).toBe(true)
  })

  it('lies beside the signed ones may be forbidden without keeping those away', async () => {
    mirror.publish(1)
    mirror.http.faults.set('/bad.hdb', (_, response) => void response.writeHead(403).end())
    await run(['bad.hdb'])
    mirror.publish(2)
    expect(await run(['bad.hdb'])).toMatchObject({ changed: true, current: '20210622.002' })
  })

  it('became smaller on purpose is taken with --force', async () => {
    mirror.publish(1)
    lists.set('bad.hdb', hashes(200, 'Bad'))
    await run(custom().slice(0, 1))
    lists.set('bad.hdb', hashes(3, 'Bad'))
    await run(custom().slice(0, 1), {}, true)
    expect(readFileSync(inSet('bad.hdb')).equals(hashes(3, 'Bad'))).toBe(true)
  })

  it('leaves the configuration, comes back, and holds again what it held before, is taken each time', async () => {
    mirror.publish(1)
    lists.set('bad.hdb', hashes(20, 'Bad'))
    lists.set('good.hdb', hashes(20, 'Good'))
    const first = await run(custom())
    expect(await run(custom().slice(1))).toMatchObject({ changed: true })
    expect(existsSync(inSet('bad.hdb'))).toBe(false)
    // The set that held the same is still there, and older than the current one.
    expect(await run(custom())).toMatchObject({ changed: true })
    expect(existsSync(inSet('bad.hdb'))).toBe(true)
    expect(lookAt(join(work, 'store')).sets).toContain(first.current)
    for (const name of ['Worse', 'Bad']) {
      lists.set('bad.hdb', hashes(20, name))
      expect(await run(custom())).toMatchObject({ changed: true })
      expect(readFileSync(inSet('bad.hdb')).equals(hashes(20, name))).toBe(true)
    }
    // Another order is no other set.
    expect(await run(custom().toReversed(), {}, true)).toMatchObject({
      current: lookAt(join(work, 'store')).current,
    })
    expect(await run(custom().toReversed())).toMatchObject({ changed: false })
  })

  it('is much of the set may leave the configuration, and shrinks as an allow list by itself', async () => {
    mirror.publish(1)
    lists.set('bad.hdb', hashes(5000, 'Bad'))
    const names = (count: number) =>
      Buffer.from(Array.from({ length: count }, (_, n) => `Own.${n}\n`).join(''))
    lists.set('good.ign2', names(40))
    const [big = '', own = ''] = [`${provider.url}bad.hdb`, `${provider.url}good.ign2`]
    const gate = { gate: { allowed: 20 } }
    await run([big, own], gate)
    lists.set('good.ign2', names(28))
    expect(await run([own], gate)).toMatchObject({ changed: true, events: expect.arrayContaining([1085]) })
    expect([existsSync(inSet('bad.hdb')), readFileSync(inSet('good.ign2')).equals(names(40))]).toEqual([
      false,
      true,
    ])
    // And comes back.
    lists.set('bad.hdb', hashes(5000, 'Bad'))
    expect(await run([big, own], gate)).toMatchObject({ changed: true })
  })

  it('fails is no reason to fetch another one again', async () => {
    mirror.publish(1)
    lists.set('good.hdb', hashes(20, 'Good'))
    await run(custom())
    provider.requests.splice(0)
    expect(await run(custom())).toMatchObject({ events: expect.arrayContaining([1085]) })
    expect(provider.requests.filter(({ url }) => url === '/good.hdb')).toHaveLength(1)
  })

  it.skipIf(!isInstalled('clamscan'))(
    'only the engine refuses, in the whole set, keeps its last good copy',
    async () => {
      const gate = { gate: { engine: 'clamscan' } }
      const pattern = (name: string) => `${name}:0:*:${Buffer.from(`text of ${name}`).toString('hex')}\n`
      const all = ['bad.ndb', 'good.hdb', 'new.ndb'].map((name) => provider.url + name)
      const store = join(work, 'store')
      const partsOf = (set: string | null) =>
        JSON.parse(readFileSync(join(store, 'state', 'provenance', `${set}.json`), 'utf8')).parts.map(
          ({ name, state }: { name: string; state: string }) => [name, state],
        )
      mirror.publish(1)
      lists.set('bad.ndb', Buffer.from(pattern('Fine')))
      lists.set('good.hdb', hashes(20, 'Good'))
      expect(await run(all, gate)).toMatchObject({ changed: true })
      // Lines of the right form, with what is no pattern.
      for (const name of ['bad.ndb', 'new.ndb'])
        lists.set(name, Buffer.from(`${pattern('Fine')}Broken:0:*:zz41\n`))
      lists.set('good.hdb', hashes(21, 'Good'))
      mirror.publish(2)
      told.length = 0
      const result = await run(all, gate)
      expect(result).toMatchObject({ changed: true, current: '20210622.002', events: [1085, 1085, 30, 25] })
      expect(told.join()).toContain('the engine does not load the set')
      expect(readFileSync(inSet('bad.ndb'), 'latin1')).toBe(pattern('Fine'))
      expect(existsSync(inSet('new.ndb'))).toBe(false)
      expect(readFileSync(inSet('good.hdb')).equals(hashes(21, 'Good'))).toBe(true)
      expect(partsOf(result.current)).toEqual([
        ['bad.ndb', 'kept'],
        ['good.hdb', 'fetched'],
        ['new.ndb', 'left-out'],
      ])
      expect(lookAt(store)).toMatchObject({ leftovers: [], damage: [] })
      // No set is barred for it, and what is offered is asked about, not fetched again.
      expect(existsSync(join(store, 'state', 'bars.json'))).toBe(false)
      provider.requests.splice(0)
      expect(await run(all, gate)).toMatchObject({ changed: false })
      expect(provider.requests.map(({ url }) => url).sort()).toEqual(['/bad.ndb', '/good.hdb', '/new.ndb'])
    },
  )

  it.skipIf(!isInstalled('clamscan'))('the engine passes over is kept out by the engine', async () => {
    mirror.publish(1)
    lists.set('one.yar', Buffer.from('rule mine { condition: undefined_word }\n'))
    lists.set('two.yar', Buffer.from('rule other { condition: false }\n'))
    lists.set('three.yar', Buffer.from('rule other { condition: true }\n'))
    lists.set('pua.ndu', Buffer.from('no signature at all\n'))
    // Only for versions of the engine that nobody has yet.
    lists.set('later.ndb', Buffer.from('Later:0:*:6578616d706c652064656669:999\n'))
    const names = ['one.yar', 'two.yar', 'three.yar', 'pua.ndu', 'later.ndb']
    const all = names.map((name) => provider.url + name)
    await run(all, { gate: { engine: 'clamscan' } })
    expect(names.filter((name) => existsSync(inSet(name)))).toEqual(['two.yar'])
  })
})
