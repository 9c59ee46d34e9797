import { type ChildProcess, execFileSync, fork, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { compilePrograms } from '../support/compile.ts'
import { serveFile } from '../support/http-server.ts'
import { readJournal } from '../support/journal.ts'
import { lookAt } from '../support/look.ts'
import { indexName, type Vendor } from '../support/vendor.ts'
import type { Answer, Order } from './child/daemon.ts'
import { startQuickVendor } from './quick-vendor.ts'

/**
 * Sets that are to be taken; more are published, since the faults cost some. Two thousand take two minutes and more,
 * so the usual run is content with fewer: `DEFS_SOAK=2000 npx vitest run test/soak` does them all.
 */
const wanted = Number(process.env['DEFS_SOAK'] ?? 600)
/** After so many seconds everything is loaded, and whatever is bounded by number is full. */
const warm = 360
/** From one sample to the next: three rounds of faults, so that all samples are of the same moment of a round. */
const pause = 120
const MiB = 1 << 20
const journalRoom = MiB

let vendor: Vendor
let program: ReturnType<typeof compilePrograms>
let daemon: ChildProcess
let receiver: Server
let received = 0
let complaints = ''
let mounted = false

beforeEach(async () => {
  program = compilePrograms('test/soak/child', ['daemon'])
  vendor = await startQuickVendor()
  mkdirSync(vendor.store)
  // A small disk of its own: quick to flush, and it can be filled.
  const options = ['-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', vendor.store]
  mounted = spawnSync('mount', options).status === 0
  receiver = createServer((socket) => {
    socket.on('data', (bytes) => {
      received += bytes.toString().match(/<\d+>1 /g)?.length ?? 0
    })
  })
  receiver.listen(0, '127.0.0.1')
  await once(receiver, 'listening')
  const { port } = receiver.address() as AddressInfo
  const config = vendor.configure(`schedule: [{ source: liveupdate, cron: '* * * * * *' }]
events:
  journal: { maxBytes: ${journalRoom} }
  sinks: [{ kind: syslog, address: 'tcp://127.0.0.1:${port}', coalesce: 0s }]
metrics: { textfile: '${join(vendor.directory, 'defs.prom')}' }
`)
  const env = { ...process.env, DEFS_STORE_RESERVE: '64KiB' }
  const execArgv = ['--expose-gc']
  daemon = fork(join(program.programs, 'daemon.js'), [config], { execArgv, env, silent: true })
  daemon.stderr?.on('data', (bytes: Buffer) => {
    complaints += bytes.toString()
  })
}, 60_000)

afterEach(async () => {
  daemon.kill('SIGKILL')
  receiver.close()
  if (mounted) execFileSync('umount', [vendor.store])
  await vendor.close()
  program.remove()
})

function order(what: Order): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const died = () => reject(new Error(`the daemon died: ${complaints}`))
    daemon.once('exit', died)
    daemon.once('message', (answer: Answer) => {
      daemon.off('exit', died)
      resolve(answer)
    })
    daemon.send(what)
  })
}

const day = 86_400_000
/** Names that grow, a thousand a day, none of them in the future. */
function nameOf(number: number): string {
  const date = new Date(Date.now() - 60 * day + Math.floor(number / 999) * day)
  const text = date.toISOString().slice(0, 10).replaceAll('-', '')
  return `${text}.${String((number % 999) + 1).padStart(3, '0')}`
}

/** What goes wrong in a second. */
interface Fault {
  readonly name: string
  /** Does it, to a set of that name that is published by `certify`. */
  readonly commit: (set: string) => void
  /** Whether the set is taken all the same. */
  readonly survived: boolean
}

const refuse = (path: string, status: number) =>
  vendor.http.faults.set(path, (_, response) => {
    response.writeHead(status).end()
  })

/** Sends the first half of the newest package and hangs up. */
function cut(request: IncomingMessage, response: ServerResponse): void {
  const body = Buffer.from(vendor.tree.get((request.url ?? '').slice(1)) ?? '')
  response.writeHead(200, { 'content-length': body.length, etag: '"cut"' })
  response.write(body.subarray(0, body.length >> 1), () => response.destroy())
}

const ballast = () => join(vendor.store, 'ballast')
const fillUp = () => writeFileSync(ballast(), Buffer.alloc(32 * MiB))

const faults: readonly Fault[] = [
  {
    name: 'a damaged package under a true index',
    survived: false,
    commit: (set) =>
      vendor.certify({ set, files: filesOf(set), spoilSet: (made) => made.set('A.DAT', other) }),
  },
  {
    name: 'a damaged index',
    survived: false,
    commit: (set) =>
      vendor.certify({ set, files: filesOf(set), spoilIndex: (zip) => zip.fill(0, 40, zip.length - 40) }),
  },
  { name: 'a package that is always cut', survived: false, commit: (set) => atPackage(set, cut) },
  {
    name: 'a package that is cut once',
    survived: true,
    commit(set) {
      let times = 0
      atPackage(set, (request, response) => {
        times += 1
        if (times > 1) return false
        cut(request, response)
        return true
      })
    },
  },
  { name: 'no package (404)', survived: false, commit: (set) => refuse(`/${publish(set)}`, 404) },
  {
    name: 'a server that is overloaded (503)',
    survived: false,
    commit(set) {
      publish(set)
      refuse('*', 503)
    },
  },
  {
    name: 'a slow server',
    survived: true,
    commit: (set) =>
      atPackage(set, async (request, response) => {
        const body = Buffer.from(vendor.tree.get((request.url ?? '').slice(1)) ?? '')
        response.writeHead(200, { 'content-length': body.length })
        for (let at = 0; at < body.length; at += 400) {
          response.write(body.subarray(at, at + 400))
          await new Promise((resolve) => setTimeout(resolve, 5))
        }
        response.end()
      }),
  },
  {
    name: 'a portal in between',
    survived: false,
    commit(set) {
      publish(set)
      vendor.http.faults.set(`/${indexName}`, (request, response) => {
        serveFile(Buffer.from('<!doctype html><title>Log in</title>'), new Date(), request, response)
      })
    },
  },
  {
    name: 'a current set that was damaged',
    survived: true,
    commit(set) {
      const file = join(vendor.store, 'VirusDefs', lookAt(vendor.store).current ?? '', 'A.DAT')
      unlinkSync(file)
      writeFileSync(file, 'damaged')
      publish(set)
    },
  },
  {
    name: 'a full disk',
    get survived() {
      return !mounted
    },
    commit(set) {
      publish(set)
      if (mounted) expect(fillUp).toThrow(/ENOSPC/)
    },
  },
]

const other = Buffer.from('not what the guard says')
const filesOf = (set: string) =>
  new Map([
    ['A.DAT', Buffer.from(`definitions ${set}\n`.repeat(20))],
    ['B.DAT', Buffer.from('always the same\n'.repeat(10))],
  ])
const publish = (set: string) => vendor.certify({ set, files: filesOf(set) })
const atPackage = (set: string, handler: (request: IncomingMessage, response: ServerResponse) => unknown) =>
  vendor.http.faults.set(`/${publish(set)}`, handler)

/** What was true of the daemon and its store at a moment. */
interface Sample extends Answer {
  /** Files of the store, journal and spools apart. */
  readonly files: number
  /** Their bytes. */
  readonly bytes: number
}

async function sample(): Promise<Sample> {
  const names = readdirSync(vendor.store, { recursive: true, encoding: 'utf8' })
  const sizes = names
    .filter((name) => !name.includes('events') && !name.includes('spool'))
    .map((name) => statSync(join(vendor.store, name), { throwIfNoEntry: false }))
    .flatMap((status) => (status?.isFile() ? [status.size] : []))
  const bytes = sizes.reduce((sum, size) => sum + size, 0)
  return { ...(await order('measure')), files: sizes.length, bytes }
}

it(`takes ${wanted} sets, one a second, whatever goes wrong, and grows by none of them`, async () => {
  const samples: Sample[] = []
  const taken = new Set<string>()
  const committed = new Map<string, number>()
  const began = Date.now()
  for (let second = 0; taken.size < wanted; second++) {
    const set = nameOf(second)
    // Every fourth second something goes wrong, once there is a set to fall back on.
    const fault = second % 4 === 3 ? faults[Math.floor(second / 4) % faults.length] : undefined
    vendor.tree.clear()
    vendor.tree.set('minitri.flg', Buffer.from(' '))
    if (fault) fault.commit(set)
    else publish(set)
    const before = lookAt(vendor.store).current
    await order('second')
    vendor.http.faults.clear()
    vendor.http.requests.length = 0
    rmSync(ballast(), { force: true })
    const after = lookAt(vendor.store)
    const expected = fault && !fault.survived ? before : set
    expect([fault?.name, after.current, after.damage]).toEqual([fault?.name, expected, []])
    expect(after.sets.length).toBeLessThanOrEqual(3)
    expect(after.leftovers).toEqual([])
    if (after.current) taken.add(after.current)
    if (fault) committed.set(fault.name, (committed.get(fault.name) ?? 0) + 1)
    const at = second + 1
    if (at >= warm && at % pause === 0) samples.push(await sample())
  }
  const elapsed = Math.round((Date.now() - began) / 1000)
  process.stdout.write(`${taken.size} sets in ${elapsed} s; ${JSON.stringify([...committed])}\n`)
  for (const one of samples) process.stdout.write(`${JSON.stringify(one)}\n`)
  expect(committed.size).toBe(faults.length)
  const [first, last] = [samples[0], samples.at(-1)]
  if (!first || !last) throw new Error('no samples')
  expect(last.heap - first.heap).toBeLessThan(2 * MiB)
  expect(last.files).toBeLessThanOrEqual(first.files)
  expect(last.bytes).toBeLessThan(first.bytes * 1.1)
  expect(last.handles).toBeLessThanOrEqual(first.handles + 2)
  const journals = readdirSync(join(vendor.store, 'state')).filter((name) => name.startsWith('events'))
  const room = journals.reduce((sum, name) => sum + statSync(join(vendor.store, 'state', name)).size, 0)
  expect(room).toBeLessThanOrEqual(journalRoom * 1.1)
  expect(existsSync(join(vendor.directory, 'defs.prom'))).toBe(true)
  expect(readFileSync(join(vendor.directory, 'defs.prom'), 'utf8')).toContain(`set="${[...taken].at(-1)}"`)
  // A full disk tears a line now and then; no event after it is lost with it.
  const updated = (await readJournal(join(vendor.store, 'state', 'events.jsonl'))).filter(
    ({ id }) => id === 30,
  )
  expect(updated.at(-1)?.set).toBe([...taken].at(-1))
  expect(received).toBeGreaterThan(wanted)
}, 1_800_000)
