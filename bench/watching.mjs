import { execFileSync, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { get } from 'node:http'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { freePort } from './fleet/site.mjs'
import { stop } from './vendor.mjs'

const viewers = 200
const token = 'of-the-bench'
const headers = { authorization: `Bearer ${token}` }
const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]

/** The console: what it costs the daemon that many people look, and how quickly a large fleet is drawn. */
export const watching = [
  {
    name: `console, memory of ${viewers} viewers`,
    needs: ['nginx'],
    uses: ['works'],
    run: (bench) =>
      watched(bench, ({ before, after }) => ({
        bar: { of: 'more', most: 50, unit: 'MB more' },
        unit: 'MB',
        more: after.memory - before.memory,
        ours: after.memory,
        theirs: before.memory,
        ratio: after.memory / before.memory,
      })),
  },
  {
    name: `console, update beside ${viewers} viewers`,
    needs: ['nginx'],
    uses: ['works'],
    run: (bench) =>
      watched(bench, ({ before, after }) => ({
        bar: { of: 'ratio', most: 1.1 },
        unit: 's',
        ours: after.seconds,
        theirs: before.seconds,
        ratio: after.seconds / before.seconds,
      })),
  },
  { name: 'console, heat map of 10,000 hosts', needs: ['chromium'], run: heatMap },
]

async function watched(bench, tell) {
  bench.watched ??= await measure(bench)
  return { peer: 'the same daemon, nobody looks', rounds: bench.rounds, ...tell(bench.watched) }
}

async function measure(bench) {
  const folder = mkdtempSync(join(bench.root, 'console-'))
  const [, config] = bench.works.client.config
  const port = await freePort()
  const files = {
    users: join(folder, 'users'),
    tokens: join(folder, 'tokens'),
    config: join(folder, 'c.yaml'),
  }
  const console_ = `console: { listen: '127.0.0.1:${port}', users: '${files.users}', tokens: '${files.tokens}' }\n`
  writeFileSync(files.config, `${readFileSync(config, 'utf8')}\nschedule: []\n${console_}`)
  writeFileSync(files.tokens, `${createHash('sha256').update(token).digest('hex')} otto\n`, { mode: 0o600 })
  const user = ['console', 'user', 'add', 'otto', '--role', 'operator', '--config', files.config]
  execFileSync(process.execPath, [bench.program, ...user], { input: 'a password of otto\n' })
  const daemon = spawn(process.execPath, [bench.program, 'daemon', '--config', files.config], {
    stdio: 'ignore',
  })
  const base = `http://127.0.0.1:${port}`
  const streams = []
  try {
    await answering(`${base}/login`)
    // What the first of each kind loads is no cost of those who look.
    await update(base)
    await fetch(`${base}/api/v1/status`, { headers })
    const before = await look(bench, daemon, base)
    let told = 0
    for (let viewer = 0; viewer < viewers; viewer++)
      streams.push(await open(`${base}/api/v1/stream`, () => (told += 1)))
    const after = await look(bench, daemon, base)
    if (told < viewers) throw new Error(`${told} pieces for ${viewers} viewers: the streams are silent`)
    return { before, after }
  } finally {
    for (const stream of streams) stream.destroy()
    await stop(daemon)
  }
}

/** Updates as often as there are rounds, while whoever looks is told of them; then memory, when all has settled. */
async function look(bench, daemon, base) {
  const seconds = []
  for (let round = 0; round < bench.rounds; round++) seconds.push(await update(base))
  await wait(20_000)
  const status = readFileSync(`/proc/${daemon.pid}/status`, 'utf8')
  const memory = (Number(/VmRSS:\s+(\d+)/.exec(status)[1]) * 1024) / 1e6
  return { seconds: median(seconds), memory }
}

/** One update from the request to its end, in seconds. */
async function update(base) {
  let begun = performance.now()
  const ask = () =>
    fetch(`${base}/api/v1/update`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: '{}',
    })
  let asked = await ask()
  // The daemon looks by itself when it starts.
  for (let tries = 0; asked.status === 409 && tries < 300; tries++) {
    await wait(200)
    begun = performance.now()
    asked = await ask()
  }
  const { run } = await asked.json()
  if (asked.status !== 202) throw new Error(`update: ${asked.status}`)
  for (;;) {
    const said = await (await fetch(`${base}/api/v1/runs/${run}`, { headers })).json()
    if (said.ended) return (performance.now() - begun) / 1000
    await wait(20)
  }
}

function open(url, told) {
  return new Promise((resolve, reject) => {
    const request = get(url, { headers, agent: false }, (response) => {
      response.on('data', told)
      response.on('error', () => undefined)
      resolve(request)
    })
    request.on('error', reject)
  })
}

async function answering(url) {
  for (let tries = 0; tries < 600; tries++) {
    const there = await fetch(url).then(
      ({ ok }) => ok,
      () => false,
    )
    if (there) return
    await wait(50)
  }
  throw new Error(`${url} does not answer`)
}

/** From the answer of the page to the moment at which it is on the screen, in real Chromium. */
async function heatMap(bench) {
  const { chromium } = await import('playwright-core')
  const { sampleFleet, sampleParts, sampleSettings } = await import('../fixtures/console/sample.js')
  const { serveConsole } = await import('../dist/console/server.js')
  const { putUser } = await import('../dist/console/session/users.js')
  const folder = mkdtempSync(join(bench.root, 'heat-'))
  const users = join(folder, 'users')
  await putUser(users, 'vera', 'viewer', 'a password of vera')
  const now = new Date()
  const serve = (hosts) =>
    serveConsole(
      {
        settings: sampleSettings(users),
        title: 'bench',
        version: '0.1.0',
        ...sampleParts(null, sampleFleet(now, hosts)),
        actions: {
          carryOut: async () => ({ exitCode: 0, text: '{}\n', body: {} }),
          atWork: async () => null,
        },
        journal: join(folder, 'events.jsonl'),
        state: mkdtempSync(join(folder, 'state-')),
        tell: () => undefined,
        now: () => new Date(),
      },
      () => null,
    )
  const flags = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run']
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: flags })
  try {
    const [ours, theirs] = [
      await drawn(browser, await serve(10_000), bench),
      await drawn(browser, await serve(40), bench),
    ]
    return {
      peer: 'the same page with 40 hosts',
      rounds: bench.rounds,
      bar: { of: 'ours', most: 1000, unit: 'ms' },
      unit: 'ms',
      ours,
      theirs,
      ratio: ours / theirs,
    }
  } finally {
    await browser.close()
  }
}

// Text to us: it runs in the page. Two frames later what was laid out is painted.
const painted = `new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => {
  resolve(performance.now() - performance.getEntriesByType('navigation')[0].responseStart)
})))`

async function drawn(browser, served, { rounds }) {
  const page = await browser.newPage()
  try {
    await page.goto(`${served.url}login`)
    await page.fill('input[name=name]', 'vera')
    await page.fill('input[name=password]', 'a password of vera')
    await page.click('#login button')
    const times = []
    for (let round = 0; round <= rounds; round++) {
      await page.goto(`${served.url}fleet`)
      times.push(await page.evaluate(painted))
    }
    return median(times.slice(1))
  } finally {
    await page.close()
    await served.close()
  }
}
