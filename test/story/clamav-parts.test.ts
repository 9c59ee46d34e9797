import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Bench, openBench } from '../cli/world.ts'
import { signAnew } from '../support/clamav-mirror.ts'
import { type Clamd, clamavVectors, clamdProgram, makeClamd } from '../support/clamd.ts'
import { eventsOf, lookAt } from '../support/look.ts'
import { freePort, isInstalled, isRoot, type RealServer, start } from '../support/real-servers.ts'

const here = clamavVectors !== null && clamdProgram !== null && ['nginx', 'clamscan'].every(isInstalled)

let bench: Bench
let silent: Server
const servers: RealServer[] = []
const engines: Clamd[] = []

beforeEach(async () => {
  bench = openBench()
  // What a request hangs on that is never answered.
  silent = createServer((socket) => void socket.on('error', () => undefined))
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
})
afterEach(async () => {
  await Promise.all([
    ...engines.splice(0).map((one) => one.stop()),
    ...servers.splice(0).map((one) => one.stop()),
  ])
  silent.close()
  bench.remove()
})

/** An nginx that says 403 while there is a file `forbidden` in its folder, and nothing at all while there is `stalled`. */
async function serve(name: string): Promise<{ readonly url: string; readonly folder: string }> {
  const port = await freePort()
  const work = join(bench.root, name)
  const folder = join(work, 'files')
  mkdirSync(folder, { recursive: true })
  const never = (silent.address() as AddressInfo).port
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  const config = `${isRoot() ? 'user root;' : ''} worker_processes 1; daemon off; pid ${work}/pid; error_log ${work}/error.log;
events { worker_connections 64; }
http { access_log off; ${temporary.map((one) => `${one}_temp_path ${work}/${one};`).join(' ')}
default_type application/octet-stream;
server { listen 127.0.0.1:${port}; root ${folder}; location / {
if (-f ${folder}/forbidden) { return 403; }
if (-f ${folder}/stalled) { proxy_pass http://127.0.0.1:${never}; }
} } }`
  writeFileSync(join(work, 'nginx.conf'), config)
  servers.push(await start('nginx', ['-e', join(work, 'error.log'), '-c', join(work, 'nginx.conf')], port))
  return { url: `http://127.0.0.1:${port}/`, folder }
}

/** A list of one kind, and a file that only its first signature finds. */
interface Kind {
  readonly file: string
  readonly text: (signatures: number) => string
  readonly sample: Buffer
  readonly found: string
  /** A line or rule that the engine cannot read. */
  readonly malformed: string
  /** What is no list to the engine, though nothing in it is wrong. */
  readonly nothing: string
}

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index)
const content = (mark: string, index: number) => Buffer.from(`what ${mark} ${index} is to be found by\n`)

const kinds: readonly Kind[] = [
  {
    file: 'first.hdb',
    text: (count) =>
      numbers(count)
        .map((index) => {
          const bytes = content('first', index)
          return `${createHash('md5').update(bytes).digest('hex')}:${bytes.length}:First.${index}\n`
        })
        .join(''),
    sample: content('first', 0),
    found: 'First.0.UNOFFICIAL',
    malformed: '0123:no signature\n',
    nothing: '# Your subscription has ended.\n',
  },
  {
    file: 'second.ndb',
    text: (count) =>
      numbers(count)
        .map((index) => `Second.${index}:0:*:${content('second', index).toString('hex')}\n`)
        .join(''),
    sample: content('second', 0),
    found: 'Second.0.UNOFFICIAL',
    malformed: 'Second.Bad:0:*\n',
    nothing: '#Second.0:0:*:77686174\n',
  },
  {
    file: 'third.yar',
    text: (count) =>
      numbers(count)
        .map(
          (index) =>
            `rule Third_${index} { strings: $a = "what third ${index} is to be found" condition: $a }\n`,
        )
        .join(''),
    sample: content('third', 0),
    found: 'YARA.Third_0.UNOFFICIAL',
    malformed: 'rule Third_bad { condition: nobody_knows_this }\n',
    nothing: '// rule Third_0 { condition: false }\n',
  },
]

const page = '<!DOCTYPE html><html><body>Please log in</body></html>\n'

type Site = { readonly url: string; readonly folder: string }
type Harm = (kind: Kind, site: Site) => void
const write =
  (text: (kind: Kind) => string): Harm =>
  (kind, { folder }) =>
    writeFileSync(join(folder, kind.file), text(kind))

// In three rounds, since the vendor's test databases have three steps. Whoever said 403 is left alone after it.
const rounds: readonly Readonly<Record<string, Harm>>[] = [
  {
    'is not there (404)': (kind, { folder }) => rmSync(join(folder, kind.file)),
    'is empty': write(() => ''),
    'is forbidden (403)': (_, { folder }) => writeFileSync(join(folder, 'forbidden'), ''),
  },
  {
    stalls: (_, { folder }) => writeFileSync(join(folder, 'stalled'), ''),
    'is a web page': (kind, { folder }) => {
      rmSync(join(folder, 'stalled'), { force: true })
      writeFileSync(join(folder, kind.file), page)
    },
    'is malformed': write(({ text, malformed }) => text(20) + malformed),
  },
  {
    'has shrunk': write(({ text }) => text(3)),
    'loads as nothing': write(({ nothing }) => nothing),
  },
]

/** One machine with its store and its clamd, the vendor's mirror and a provider for each list. */
async function openSite(name: string) {
  const store = join(bench.root, `store-${name}`)
  const vendor = await serve(`vendor-${name}`)
  const signed = signAnew(join(bench.root, `signed-${name}`))
  const lists = await Promise.all(kinds.map(({ file }) => serve(`${file}-${name}`)))
  const clamd = makeClamd({
    directory: join(bench.root, `clamd-${name}`),
    databases: join(store, 'VirusDefs', 'current'),
  })
  engines.push(clamd)
  const config = bench.put(
    `${name}.json`,
    JSON.stringify({
      store: { root: store, reserve: '1MiB' },
      network: { tries: 1, stallTimeout: '1s' },
      maxAge: '36500d',
      sources: {
        clam: {
          kind: 'clamav',
          hosts: [vendor.url],
          databases: ['daily'],
          custom: kinds.map(({ file }, index) => `${lists[index]?.url}${file}`),
          allowUnsigned: true,
          certificates: [signed.rootPath],
        },
      },
      scanner: { kind: 'clamd', socket: clamd.socket, timeout: '20s' },
      gate: { engine: 'clamscan' },
    }),
  )
  const publish = (version: number) => {
    for (const [from, to] of [
      [`test-${version}.cvd`, 'daily.cvd'],
      [`test-${version}.cvd.sign`, `daily-${version}.cvd.sign`],
    ] as const)
      writeFileSync(join(vendor.folder, to), signed.file(from))
  }
  const reset = () => {
    rmSync(store, { recursive: true, force: true })
    for (const [index, { file, text }] of kinds.entries()) {
      const folder = lists[index]?.folder ?? ''
      for (const one of ['forbidden', 'stalled']) rmSync(join(folder, one), { force: true })
      writeFileSync(join(folder, file), text(20))
    }
    publish(1)
  }
  const defs = async (...args: string[]) => (await bench.run([...args, '--json', '--config', config])).json
  return { store, lists, clamd, publish, reset, defs }
}

describe.skipIf(!here)('ClamAV with three lists on servers of their own', () => {
  it.each(kinds.map(({ file }, index) => [file, index] as const))(
    '%s may be harmed in eight ways: it keeps its last good copy, and the signed databases are never late',
    async (_, harmed) => {
      const site = await openSite(String(harmed))
      const [kind, provider] = [kinds[harmed], site.lists[harmed]]
      if (!kind || !provider) throw new Error('no such list')
      for (const harms of rounds) {
        site.reset()
        expect(await site.defs('update')).toMatchObject({ exitCode: 0, changed: true })
        if (!site.clamd.running()) await site.clamd.start()
        expect((await site.defs('update')).exitCode).toBe(0)
        let version = 1
        for (const [what, harm] of Object.entries(harms)) {
          version += 1
          harm(kind, provider)
          site.publish(version)
          const other = kinds[(harmed + 1) % kinds.length]
          const folder = site.lists[(harmed + 1) % kinds.length]?.folder ?? ''
          if (other) writeFileSync(join(folder, other.file), other.text(20 + version))
          const run = await site.defs('update')
          expect([what, run.exitCode, run.changed, run.events]).toEqual([
            what,
            0,
            true,
            expect.arrayContaining([1085, 30, 25]),
          ])
          // What a real engine says of it.
          expect([what, await site.clamd.ask('VERSION')]).toEqual([
            what,
            expect.stringMatching(new RegExp(`/${version}/`)),
          ])
          for (const { sample, found } of kinds)
            expect([what, await site.clamd.scan(sample)]).toEqual([what, `stream: ${found} FOUND`])
          const news = other && (await site.clamd.scan(content(other.file.replace(/\..*/, ''), 19 + version)))
          expect([what, news]).toEqual([what, expect.stringContaining('FOUND')])
          const last = readFileSync(join(site.store, 'VirusDefs', 'current', kind.file), 'latin1')
          expect([what, last === kind.text(20)]).toEqual([what, true])
        }
        expect(lookAt(site.store)).toMatchObject({ leftovers: [], damage: [] })
        expect(eventsOf(site.store).filter(({ id }) => id === 399)).toEqual([])
      }
    },
    120_000,
  )
})

describe.skipIf(!here)('one signature of a list', () => {
  it('is excepted while clamd scans, and found again from its date on, with no scan that fails', async () => {
    const site = await openSite('except')
    site.reset()
    const [first] = kinds
    expect((await site.defs('update')).exitCode).toBe(0)
    await site.clamd.start()
    expect((await site.defs('update', '--force')).exitCode).toBe(0)
    const [mine, others] = [content('first', 0), content('first', 1)]
    let on = true
    const seen: string[] = []
    const wrong: string[] = []
    const loop = (async () => {
      while (on) {
        const [one, other] = await Promise.all([site.clamd.scan(mine), site.clamd.scan(others)])
        if (seen.at(-1) !== one) seen.push(one)
        if (other !== 'stream: First.1.UNOFFICIAL FOUND') wrong.push(other)
      }
    })()
    try {
      const soon = new Date(Date.now() + 60_000).toISOString()
      const args = ['--reason', 'false alarm', '--until', soon, '--now']
      const added = await site.defs('exceptions', 'add', first?.found ?? '', ...args)
      expect(added).toMatchObject({ exitCode: 0, changed: true, inForce: true, matches: true })
      expect(added.events).toEqual(expect.arrayContaining([30, 25]))
      expect(await site.clamd.scan(mine)).toBe('stream: OK')
      // The date comes, and the next run ends it, though nothing is published.
      const later = { now: () => new Date(Date.parse(soon) + 1000) }
      const file = join(bench.root, 'except.json')
      const ended = await bench.run(['update', '--json', '--config', file], later)
      expect(ended.json).toMatchObject({ exitCode: 0, changed: true })
      expect(ended.json.events).toEqual(expect.arrayContaining([1088, 30, 25]))
      expect(await site.clamd.scan(mine)).toBe(`stream: ${first?.found} FOUND`)
    } finally {
      on = false
      await loop
    }
    expect(wrong).toEqual([])
    expect(seen).toEqual([`stream: ${first?.found} FOUND`, 'stream: OK', `stream: ${first?.found} FOUND`])
  }, 60_000)
})
