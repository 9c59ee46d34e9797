import { cpSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { eventsOf } from '../support/look.ts'
import { runDefs, startDefs } from '../support/run-defs.ts'
import { startVendor, type Vendor } from '../support/vendor.ts'

const env = { DEFS_KEYS_PASSPHRASE: 'correct horse battery' }
const [first, second, third] = ['20261119.001', '20261120.003', '20261121.001'] as const

let vendor: Vendor
let tree: string
let config: string
let running: ReturnType<typeof startDefs>[] = []
beforeEach(async () => {
  vendor = await startVendor()
  tree = join(vendor.directory, 'tree')
  config = vendor.configure(`network: { tries: 1 }
publish: { root: '${tree}', keys: '${vendor.directory}/keys' }
schedule: [{ source: liveupdate, publish: testing, cron: '*/2 * * * * *' }]
`)
  expect((await runDefs(['keys', 'init', '--json', '--config', config], { env })).code).toBe(0)
  cpSync(join(vendor.directory, 'keys', 'trust'), join(vendor.directory, 'pinned'), { recursive: true })
})
afterEach(async () => {
  for (const { child } of running) child.kill('SIGTERM')
  await Promise.all(running.map(({ ended }) => ended))
  running = []
  await vendor.close()
})

function start(...args: string[]): ReturnType<typeof startDefs> {
  const started = startDefs([...args, '--config', config], { env })
  running.push(started)
  return started
}

/** Waits for something that a busy machine may take its time for. */
async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + 60_000
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`in vain; events: ${JSON.stringify(eventsOf(vendor.store))}`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

const count = (id: number) => eventsOf(vendor.store).filter((event) => event.id === id).length

function offered(): string | undefined {
  const catalog = `${tree}.state/catalog.json`
  return existsSync(catalog) ? JSON.parse(readFileSync(catalog, 'utf8')).channels.testing?.current : undefined
}

function address(child: ReturnType<typeof startDefs>['child']): Promise<string> {
  return new Promise((resolve) => {
    let text = ''
    child.stderr?.on('data', (piece: Buffer) => {
      text += piece.toString()
      const found = /http:\/\/[\d.]+:\d+\//.exec(text)
      if (found) resolve(found[0])
    })
  })
}

describe('a line of the schedule with publish', () => {
  it('has defs serve mirror by itself, go on serving, and try again after a failure', async () => {
    vendor.certify({ set: first })
    const { child, ended } = start('serve', '--port', '0')
    const url = await address(child)
    // There is no tree yet, and the server answers.
    expect((await fetch(`${url}healthz`)).status).toBeLessThan(504)
    await until(() => offered() === first)
    const name = vendor.certify({ set: second })
    await until(() => offered() === second)
    const asked = (file: string) => vendor.http.requests.filter(({ url }) => url === `/${file}`).length
    const questions = vendor.http.requests.length
    await until(() => vendor.http.requests.length > questions)
    // Asked again and again, fetched once.
    expect(asked(name)).toBe(1)
    // The vendor is down: said once a try, and clients keep what is there.
    vendor.http.faults.set('*', (_, response) => {
      response.writeHead(500).end()
      return true
    })
    await until(() => count(1055) > 0)
    expect(eventsOf(vendor.store).find(({ id }) => id === 1055)).toMatchObject({
      source: 'liveupdate',
      errorCode: 'SOURCE_STATUS',
    })
    expect((await fetch(`${url}testing/livetri.zip`)).status).toBe(200)
    expect((await fetch(`${url}healthz`)).status).toBe(200)
    vendor.http.faults.clear()
    vendor.certify({ set: third })
    await until(() => offered() === third)
    const scraped = await fetch(`${url}metrics`)
    expect(scraped.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
    const metrics = await scraped.text()
    expect(metrics).toContain(`defs_channel_info{channel="testing",set="${third}"} 1`)
    expect(metrics).toContain('defs_mirror_up{mirror="liveupdate > testing"}')
    child.kill('SIGTERM')
    expect((await ended).code).toBe(0)
  }, 120_000)

  it('has the daemon mirror, and a server beside it leave that to the daemon', async () => {
    vendor.certify({ set: first })
    const { child, ended } = start('daemon')
    await until(() => offered() === first)
    const server = start('serve', '--port', '0')
    await address(server.child)
    vendor.certify({ set: second })
    await until(() => offered() === second)
    // Signed anew by the check as well; nobody published twice, and nothing was installed here.
    await until(() => count(1050) >= 2)
    const questions = vendor.http.requests.length
    await until(() => vendor.http.requests.length > questions)
    expect(count(1050)).toBe(2)
    expect(count(30)).toBe(0)
    expect(count(1055)).toBe(0)
    child.kill('SIGTERM')
    expect((await ended).code).toBe(0)
  }, 120_000)

  it('must name a channel', async () => {
    config = vendor.configure("schedule: [{ source: liveupdate, publish: metadata, cron: '0 * * * *' }]\n")
    expect((await runDefs(['config', 'check', '--json', '--config', config])).code).toBe(2)
  })

  it('is shown with its channel', async () => {
    const { json } = await runDefs(['schedule', '--json', '--config', config])
    expect(json.nextRuns[0]).toMatchObject({ source: 'liveupdate', channel: 'testing' })
  })
})
