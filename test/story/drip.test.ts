import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { lockPath } from '../../src/disk/lock.ts'
import { openStore } from '../../src/hawking/store.ts'
import { openWorks, type Works } from '../publish/works.ts'
import { eventsOf, lookAt } from '../support/look.ts'
import { startDefs } from '../support/run-defs.ts'
import { startVendor, type Vendor } from '../support/vendor.ts'

/** A run that is still there then has no deadline any more; a busy machine needs some seconds. Milliseconds. */
const bound = 90_000

/** Answers without an end: some hundred bytes ten times a second, far above the least throughput at first. */
function drip(stream: {
  write(text: string): unknown
  once(event: 'close', end: () => void): unknown
}): void {
  const timer = setInterval(() => stream.write('x'.repeat(300)), 100)
  stream.once('close', () => clearInterval(timer))
}

const servers: { close(): unknown }[] = []
const sockets = new Set<Socket>()

async function listening<T extends Server>(server: T, at: number | string = 0): Promise<T> {
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
  })
  if (typeof at === 'number') server.listen(at, '127.0.0.1')
  else server.listen(at)
  await once(server, 'listening')
  servers.push(server)
  return server
}

const portOf = (server: Server) => (server.address() as AddressInfo).port

/** Drips where the path fits, and knows nothing else but what it is told. */
async function dripping(path: RegExp, known: (path: string) => string | null = () => null): Promise<string> {
  const server = createHttpServer((request, response) => {
    const text = known(request.url ?? '')
    if (text !== null)
      return response
        .writeHead(200, { 'content-type': text.startsWith('<') ? 'text/html' : 'text/plain' })
        .end(text)
    if (!path.test(request.url ?? '')) return response.writeHead(404).end()
    return drip(response.writeHead(200, { 'content-type': 'application/octet-stream' }))
  })
  return `http://127.0.0.1:${portOf(await listening(server))}/`
}

let vendor: Vendor
beforeAll(async () => {
  vendor = await startVendor()
  vendor.certify({ set: '20261120.003' })
})
afterAll(async () => {
  for (const socket of sockets) socket.destroy()
  for (const server of servers) server.close()
  await vendor.close()
})

const product = "product: 'SMSMSE Virus Definitions', version: '6.5', language: symalllanguages"
const lu = (...hosts: string[]) =>
  `{ kind: liveupdate, hosts: [${hosts.map((one) => `'${one}'`).join(', ')}], ${product} }`

// A deadline must not hang on what may be collected: the garbage is, while the run sets out.
const collecting = `import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc')
for (let turn = 1; turn <= 6; turn += 1) setTimeout(collect, turn * 500).unref()`
const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(collecting)}` }

let count = 0
/** Runs an update of a store of its own that must end by itself. */
async function update(timeout: number, text: string, trust = `anchors: ['${vendor.authority.rootPath}']`) {
  const store = join(vendor.directory, `store-${count}`)
  const config = join(vendor.directory, `defs-${count++}.yaml`)
  writeFileSync(
    config,
    `store: { root: '${store}', reserve: 0 }\ntrust: { ${trust} }\nmaxAge: 36500d\n${text}\n`,
  )
  const run = startDefs(['update', '--json', '--timeout', String(timeout), '--config', config], { env })
  const late = setTimeout(() => run.child.kill('SIGKILL'), bound)
  const ended = await run.ended
  clearTimeout(late)
  return { ...ended, store, config }
}

/** A server of our own with a dripping file, for a client that pinned its root. */
async function pinnedHost(works: Works, path: RegExp): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = []
  const server = createHttpServer((request, response) => {
    const url = request.url ?? ''
    asked.push(url)
    if (path.test(url)) return drip(response.writeHead(200, { 'content-type': 'application/octet-stream' }))
    const file = join(works.tree, decodeURIComponent(url))
    return existsSync(file) ? response.end(readFileSync(file)) : response.writeHead(404).end()
  })
  return { url: `http://127.0.0.1:${portOf(await listening(server))}/`, asked }
}

describe('a server of ours that drips for ever, with a pinned root', () => {
  let works: Works
  beforeAll(async () => {
    works = await openWorks()
    await works.own('20261120.001')
  })
  afterAll(() => works.close())

  it.each([
    ['the next root', /root\.json/],
    ['the timestamp', /timestamp\.json/],
    ['the snapshot', /snapshot\.json/],
    ['the targets', /metadata\/.*targets\.json/],
    ['the index', /livetri\.zip/],
    ['the package', /\.(zip|full)$(?<!livetri\.zip)/],
  ])(
    'ends with --timeout at %s, and the lock is free',
    async (_, path) => {
      const { url, asked } = await pinnedHost(works, path)
      const seconds = 4
      const began = performance.now()
      const pinned = join(works.root, 'pinned')
      const run = await update(
        seconds,
        `sources: { one: { kind: internal, hosts: ['${url}'], ${product} } }`,
        `anchors: ['${join(pinned, 'guard-root.pem')}'], tufRoot: '${join(pinned, 'root.json')}'`,
      )
      const took = performance.now() - began
      expect([run.signal, run.code, asked.some((one) => path.test(one))]).toEqual([
        null,
        expect.any(Number),
        true,
      ])
      expect([3, 4]).toContain(run.code)
      expect(took).toBeLessThan((seconds + 5) * 1000)
      expect(existsSync(lockPath(openStore(run.store, 'hawking')))).toBe(false)
      expect(lookAt(run.store)).toMatchObject({ leftovers: [] })
    },
    bound,
  )
})

describe('a server that drips for ever', () => {
  it(
    'ends with --timeout, whichever request it is, and the lock is free',
    async () => {
      const anything = await dripping(/^(?!\/minitri\.flg)/)
      const silent = createSocket('udp4')
      silent.bind(0, '127.0.0.1')
      await once(silent, 'listening')
      servers.push(silent)
      const sources: Record<string, string> = {
        index: lu(anything),
        first: lu(await dripping(/minitri/)),
        list: `{ kind: rapid-release, url: '${await dripping(/\/$/)}', platform: core15-v5i32 }`,
        packages: `{ kind: intelligent-updater, url: '${await dripping(/./)}', platform: v5i32 }`,
        metadata: `{ kind: internal, hosts: ['${await dripping(/minitri|livetri|metadata/)}'], channel: production, ${product} }`,
        rules: `{ kind: rules, url: '${anything}a.tar.gz', md5: true, allowUnsigned: true }`,
        dns: `{ kind: clamav, hosts: ['http://127.0.0.1:9/'], sign: prefer, databases: [test], dns: current.example, resolver: '127.0.0.1:${silent.address().port}' }`,
        database: `{ kind: clamav, hosts: ['${anything}'], sign: prefer, databases: [test] }`,
      }
      const asked: string[] = []
      // Lists and packages are there; what proves them drips.
      const proofs = await dripping(/md5-hash|\.md5$|\.minisig$/, (path) => {
        asked.push(path)
        if (path === '/')
          return '<a href="symrapidreleasedefscore15-v5i32.zip">a</a><a href="md5-hash.txt">b</a>'
        return path.includes('.md5') || path.includes('md5-') ? null : 'alert tcp any any -> any any (sid:1;)'
      })
      const talker = portOf(await listening(createServer((socket) => drip(socket))))
      const mute = portOf(await listening(createServer()))
      const headers = await listening(
        createServer((socket) => {
          socket.write('HTTP/1.1 200 OK\r\n')
          const timer = setInterval(() => socket.write(`X-${Date.now()}: x\r\n`), 100)
          socket.once('close', () => clearInterval(timer))
        }),
      )
      sources['sums'] = `{ kind: rapid-release, url: '${proofs}', platform: core15-v5i32 }`
      sources['side'] = `{ kind: rules, url: '${proofs}a.rules', md5: true, allowUnsigned: true }`
      sources['ftp'] = `{ kind: rapid-release, url: 'ftp://127.0.0.1:${talker}/', platform: core15-v5i32 }`
      sources['headers'] = lu(`http://127.0.0.1:${portOf(headers)}/`)
      sources['tls'] = lu(`https://127.0.0.1:${mute}/`)
      sources['custom'] =
        `{ kind: clamav, hosts: ['http://127.0.0.1:9/'], sign: prefer, allowUnsigned: true, databases: [test], custom: ['${anything}a.ndb'] }`
      const runs = Object.entries(sources).map(async ([name, source]) => {
        const { signal, code, store } = await update(3, `sources: { one: ${source} }`)
        return [name, signal, code, existsSync(lockPath(openStore(store, 'hawking')))]
      })
      // 3: nobody answered as the protocol demands; 4 where what came so far is no package.
      const told = await Promise.all(runs)
      expect(told).toEqual(
        told.map(([name]) => [name, null, expect.toSatisfy((code) => code === 3 || code === 4), false]),
      )
      expect(asked).toEqual(expect.arrayContaining(['/md5-hash.txt', '/a.rules.md5']))
    },
    2 * bound,
  )

  it(
    'gets its share of the time, so that the next host and the fallback are asked',
    async () => {
      const anything = await dripping(/^(?!\/minitri\.flg)/)
      const [host, fallback] = await Promise.all([
        update(20, `sources: { one: ${lu(anything, vendor.http.url)} }`),
        update(
          20,
          `default: one\nfallback: [two]\nsources: { one: ${lu(anything)}, two: ${lu(vendor.http.url)} }`,
        ),
      ])
      for (const { json, store } of [host, fallback]) {
        expect(json).toMatchObject({ exitCode: 0, current: '20261120.003' })
        expect(lookAt(store)).toMatchObject({ leftovers: [] })
      }
    },
    2 * bound,
  )

  it(
    'holds up no run as a receiver of events or as a scanner',
    async () => {
      const talker = await listening(createServer((socket) => drip(socket)))
      const path = join(vendor.directory, 'clamd.ctl')
      await listening(
        createServer((socket) => drip(socket)),
        path,
      )
      const sinks = `events: { sinks: [{ kind: webhook, url: '${await dripping(/./)}' }, { kind: mail, host: 127.0.0.1, port: ${portOf(talker)}, tls: none, from: a@example.org, to: [b@example.org] }] }`
      const scanner = `scanner: { kind: clamd, socket: '${path}', timeout: 2s }\ngate: { engine: none }`
      const sources = `sources: { one: ${lu(vendor.http.url)} }`
      const [events, told] = await Promise.all([
        update(20, `${sinks}\n${sources}`),
        update(20, `${scanner}\n${sources}`),
      ])
      expect([events.signal, told.signal]).toEqual([null, null])
      expect(events.json).toMatchObject({ exitCode: 0 })
      // Silence blames nobody: the set is live, and nothing is barred.
      expect(lookAt(told.store).current).toBe('20261120.003')
      expect(eventsOf(told.store).map(({ id }) => id)).not.toContain(399)
    },
    2 * bound,
  )
})
