import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { eventsOf } from '../support/look.ts'
import { runDefs, startDefs } from '../support/run-defs.ts'
import { startVendor, type Vendor } from '../support/vendor.ts'

let vendor: Vendor
let config: string
let port: number
let url: string
let running: ReturnType<typeof startDefs>[] = []
const form = 'application/x-www-form-urlencoded'

beforeEach(async () => {
  vendor = await startVendor()
  port = await freePort()
  url = `http://127.0.0.1:${port}`
  const work = join(vendor.store, '..')
  writeFileSync(join(work, 'tokens'), `${createHash('sha256').update('of-otto').digest('hex')} otto\n`)
  writeFileSync(join(work, 'password'), 'otto operates it\nsecond line\n')
  config = vendor.configure(
    `schedule: []\nmaxAge: 9999d\nconsole: { listen: '127.0.0.1:${port}', users: '${work}/users', tokens: '${work}/tokens' }\n`,
  )
  const add = [
    'console',
    'user',
    'add',
    'otto',
    '--role',
    'operator',
    '--password-file',
    join(work, 'password'),
  ]
  expect((await runDefs([...add, '--json', '--config', config])).json).toMatchObject({
    user: 'otto',
    role: 'operator',
    changed: true,
  })
})
afterEach(async () => {
  for (const { child } of running) child.kill('SIGKILL')
  await Promise.all(running.map(({ ended }) => ended))
  running = []
  await vendor.close()
})

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address ? address.port : 0
}

async function until<T>(what: () => Promise<T | null | false>): Promise<T> {
  const end = Date.now() + 30_000
  for (;;) {
    const found = await what().catch(() => null)
    if (found !== null && found !== false) return found
    if (Date.now() > end) throw new Error('in vain')
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

async function startDaemon() {
  const started = startDefs(['daemon', '--config', config])
  running.push(started)
  await until(async () => (await fetch(`${url}/login`)).status === 200)
  return started
}

const call = (path: string, body?: object) =>
  fetch(`${url}/api/v1${path}`, {
    headers: { authorization: 'Bearer of-otto', ...(body ? { 'content-type': 'application/json' } : {}) },
    ...(body ? { method: 'POST', body: JSON.stringify(body) } : {}),
  })

// biome-ignore lint/suspicious/noExplicitAny: tests look into it as the API describes it
const read = async (answer: Response | undefined): Promise<any> => answer?.json()

async function ends(run: string): Promise<Record<string, unknown>> {
  return until(async () => {
    const said = await read(await call(`/runs/${run}`))
    return said.ended ? said.result : null
  })
}

/** Logs in as a browser does, and returns its cookie and the token of its forms. */
async function logIn() {
  const page = await fetch(`${url}/login`)
  const first = page.headers.get('set-cookie')?.split(';')[0] ?? ''
  const token = /name="token" value="([^"]+)"/.exec(await page.text())?.[1] ?? ''
  const fields = new URLSearchParams({ name: 'otto', password: 'otto operates it', token, to: '/' })
  const headers = { cookie: first, origin: url, 'content-type': form }
  const answer = await fetch(`${url}/login`, { method: 'POST', headers, body: fields, redirect: 'manual' })
  expect(answer.status).toBe(303)
  const cookie = answer.headers.get('set-cookie')?.split(';')[0] ?? ''
  const own = await (await fetch(`${url}/`, { headers: { cookie } })).text()
  return { cookie, token: /name="defs-token" content="([^"]+)"/.exec(own)?.[1] ?? '', page: own }
}

// Others work on the same disk meanwhile.
const withoutAges = (text: string) =>
  text.replace(/"(ageSeconds|uptime|freeBytes)":\d+/g, '"$1":0').replace(/"free":[\d.e-]+/g, '"free":0')

describe('the console of a real daemon', () => {
  it('shows what the commands print, does what they do, and says who asked', async () => {
    vendor.certify({ set: '20261119.002' })
    expect((await runDefs(['update', '--config', config])).code).toBe(0)
    vendor.certify({ set: '20261120.003' })
    const first = await startDaemon()

    for (const [path, ...argv] of [
      ['status', 'status'],
      ['list', 'list'],
      ['history', 'history'],
      ['sources', 'sources'],
      ['schedule', 'schedule'],
      ['sets/20261119.002', 'show', '20261119.002'],
    ]) {
      // The daemon's own first check may come between the two.
      const both = async () => {
        const printed = await runDefs([...argv, '--json', '--config', config])
        const said = await (await call(`/${path}`)).text()
        return [withoutAges(said), withoutAges(printed.stdout)] as const
      }
      const [said, printed] = await both()
      const [later, again] = said === printed ? [said, printed] : await both()
      expect([path, later]).toEqual([path, again])
    }

    // Twice at once: one run, and the second is told which.
    const asked = await Promise.all([call('/update', { reason: 'a test' }), call('/update', {})])
    expect(asked.map(({ status }) => status).toSorted()).toEqual([202, 409])
    const refused = await read(asked.find(({ status }) => status === 409))
    expect(refused.error).toMatchObject({
      code: 'BUSY',
      message: expect.stringMatching(/^update is at work since 20/),
    })
    const { run } = await read(asked.find(({ status }) => status === 202))
    expect(await ends(run)).toMatchObject({ command: 'update', changed: true, current: '20261120.003' })

    const { cookie, token, page } = await logIn()
    expect(page).toContain('data-fact="current" data-value="20261120.003"')
    const headers = { cookie, origin: url, 'content-type': form, referer: `${url}/` }
    const body = new URLSearchParams({ token, set: '', reason: 'quarantines our own tools' })
    const back = await fetch(`${url}/actions/rollback`, { method: 'POST', headers, body })
    expect(await back.text()).toContain('Rolled back from 20261120.003 to 20261119.002')
    const { entries } = (await runDefs(['history', '--json', '--config', config])).json
    expect(entries.at(-1)).toMatchObject({
      action: 'rolled back',
      user: 'otto',
      reason: 'quarantines our own tools',
    })
    expect(eventsOf(vendor.store).filter(({ id }) => id === 1122)).toHaveLength(2)

    const csv = await fetch(`${url}/report.csv?action=LiveUpdate`, { headers: { cookie } })
    const name = /filename="(DEFS\d{12}\.csv)"/.exec(csv.headers.get('content-disposition') ?? '')?.[1]
    const out = await runDefs([
      'report',
      '--action',
      'LiveUpdate',
      '--csv',
      '--out',
      vendor.store,
      '--json',
      '--config',
      config,
    ])
    expect(name).toMatch(/^DEFS\d{12}\.csv$/)
    expect(await csv.text()).toBe(readFileSync(out.json.file, 'utf8'))

    // Killed and started again: whoever is logged in stays so, and the stream goes on where it was.
    const place = (await read(await call('/events'))).next
    first.child.kill('SIGKILL')
    await first.ended
    await startDaemon()
    expect((await fetch(`${url}/`, { headers: { cookie }, redirect: 'manual' })).status).toBe(200)
    const missed = await read(await call(`/events?after=${place}`))
    // It was killed: the one that starts says so first.
    expect(missed.events.map(({ id }: { id: number }) => id).slice(0, 2)).toEqual([1076, 1070])
    await runDefs(['console', 'user', 'remove', 'otto', '--config', config])
    expect((await fetch(`${url}/`, { headers: { cookie }, redirect: 'manual' })).status).toBe(303)
  }, 120_000)
})
