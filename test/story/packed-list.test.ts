import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { limits } from '../../src/limits.ts'
import { type Bench, openBench } from '../cli/world.ts'
import { signAnew } from '../support/clamav-mirror.ts'
import { type Clamd, clamavVectors, clamdProgram, makeClamd } from '../support/clamd.ts'
import { eventsOf, lookAt } from '../support/look.ts'
import { isInstalled } from '../support/real-servers.ts'

const here = clamavVectors !== null && clamdProgram !== null && isInstalled('clamscan')

const file = 'long.hsb'
const content = (index: number) => Buffer.from(`what is to be found by line ${index} of a long list\n`)
const lineOf = (index: number) => {
  const bytes = content(index)
  return `${createHash('sha256').update(bytes).digest('hex')}:${bytes.length}:Long.List-${index}:73\n`
}

// Of lines that nothing is found by, so that it is made quickly, and some at its beginning, middle and end.
const filler = Array.from({ length: 1000 }, (_, index) => index)
function longList(marks: readonly number[]): string {
  const parts: string[] = []
  let bytes = 0
  for (let block = 0; bytes < limits.packedList + 100_000; block += 1) {
    const hash = createHash('sha256').update(String(block)).digest('hex').slice(8)
    const lines = filler.map(
      (index) =>
        `${index.toString(16).padStart(8, '0')}${hash}:${5000 + index}:Long.Filler-${block}-${index}:73\n`,
    )
    const mark = marks[block]
    parts.push((mark === undefined ? '' : lineOf(mark)) + lines.join(''))
    bytes += parts.at(-1)?.length ?? 0
  }
  return parts.join('') + lineOf(marks.at(-1) ?? 0)
}

let bench: Bench
let server: Server
let clamd: Clamd
let store: string
let folder: string
let config: string

beforeEach(async () => {
  bench = openBench()
  folder = join(bench.root, 'served')
  store = join(bench.root, 'store')
  mkdirSync(folder)
  server = createServer((request, response) => {
    const path = join(folder, request.url ?? '')
    if (!existsSync(path)) return response.writeHead(404).end()
    const bytes = readFileSync(path)
    const etag = `"${createHash('md5').update(bytes).digest('hex')}"`
    return response.writeHead(200, { etag, 'content-length': bytes.length }).end(bytes)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const signed = signAnew(join(bench.root, 'signed'))
  writeFileSync(join(folder, 'daily.cvd'), signed.file('test-1.cvd'))
  writeFileSync(join(folder, 'daily-1.cvd.sign'), signed.file('test-1.cvd.sign'))
  clamd = makeClamd({ directory: join(bench.root, 'clamd'), databases: join(store, 'VirusDefs', 'current') })
  const { port } = server.address() as AddressInfo
  config = bench.put(
    'defs.json',
    JSON.stringify({
      store: { root: store, reserve: '1MiB' },
      network: { tries: 1 },
      maxAge: '36500d',
      sources: {
        clam: {
          kind: 'clamav',
          hosts: [`http://127.0.0.1:${port}/`],
          databases: ['daily'],
          custom: [file],
          allowUnsigned: true,
          certificates: [signed.rootPath],
        },
      },
      scanner: { kind: 'clamd', socket: clamd.socket, timeout: '20s' },
      gate: { engine: 'clamscan' },
    }),
  )
})
afterEach(async () => {
  await clamd.stop()
  server.close()
  bench.remove()
})

const defs = async (...args: string[]) => (await bench.run([...args, '--json', '--config', config])).json
const current = () => readdirSync(join(store, 'VirusDefs', 'current'))
const put = (text: string) => writeFileSync(join(folder, file), text)

describe.skipIf(!here)('a long list of hashes', () => {
  it('lies in its set in a container, is followed, told of and kept as any list', async () => {
    put(longList([1, 2, 3]))
    expect(await defs('update')).toMatchObject({ exitCode: 0, changed: true })
    expect(current()).toContain(`${file}.cud`)
    expect(current()).not.toContain(file)
    await clamd.start()
    for (const mark of [1, 2, 3])
      expect(await clamd.scan(content(mark))).toBe(`stream: Long.List-${mark}.UNOFFICIAL FOUND`)
    expect(await clamd.scan(content(4))).toBe('stream: OK')

    expect(await defs('update')).toMatchObject({ exitCode: 0, changed: false })
    put(longList([1, 2, 4]))
    const second = await defs('update')
    expect(second).toMatchObject({ exitCode: 0, changed: true })
    expect(second.events).toEqual(expect.arrayContaining([30, 25]))
    expect(await clamd.scan(content(4))).toBe('stream: Long.List-4.UNOFFICIAL FOUND')
    expect(await clamd.scan(content(3))).toBe('stream: OK')

    const [newest, oldest] = [second.current, second.previous]
    expect(await defs('diff', String(oldest), String(newest))).toMatchObject({
      counts: { added: 1, removed: 1, changed: 0 },
      added: ['Long.List-4'],
      removed: ['Long.List-3'],
    })
    expect(await defs('search', 'Long.List-4')).toMatchObject({ sets: [newest] })
    expect(await defs('verify', '--all')).toMatchObject({ exitCode: 0 })

    // One that has shrunk, one that is damaged and one that is gone keep the last good copy.
    for (const harm of [
      () => put(lineOf(1)),
      () => put(`${longList([1, 2, 4])}no signature\n`),
      () => rmSync(join(folder, file)),
    ]) {
      harm()
      const run = await defs('update')
      expect([run.exitCode, run.events]).toEqual([0, expect.arrayContaining([1085])])
      expect(current()).toContain(`${file}.cud`)
      expect(await clamd.scan(content(4))).toBe('stream: Long.List-4.UNOFFICIAL FOUND')
    }

    // A signature of it is excepted by its name.
    expect(await defs('exceptions', 'add', 'Long.List-4', '--reason', 'harmless', '--now')).toMatchObject({
      exitCode: 0,
    })
    expect(await clamd.scan(content(4))).toBe('stream: OK')
    expect(await clamd.scan(content(1))).toContain('FOUND')

    // Of one whose last line has no end ClamAV would pass over that line in a container.
    put(`${longList([1, 2, 4])}${lineOf(5).trimEnd()}`)
    expect(await defs('update')).toMatchObject({ exitCode: 0, changed: true })
    expect(current()).toContain(file)
    expect(current()).not.toContain(`${file}.cud`)
    expect(await clamd.scan(content(5))).toBe('stream: Long.List-5.UNOFFICIAL FOUND')

    // A list that is short again lies there plain.
    put(Array.from({ length: 2000 }, (_, index) => lineOf(index)).join(''))
    expect(await defs('update', '--force')).toMatchObject({ exitCode: 0 })
    expect(lookAt(store)).toMatchObject({ leftovers: [], damage: [] })
    expect(eventsOf(store).filter(({ id }) => id === 399)).toEqual([])
  }, 180_000)
})
