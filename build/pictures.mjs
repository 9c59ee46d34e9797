import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { chromium } from 'playwright-core'
import {
  sampleFamilies,
  sampleFleet,
  sampleHost,
  sampleJournal,
  sampleLong,
  sampleParts,
  sampleSettings,
} from '../fixtures/console/sample.js'

// Pictures of every page of the console, light and dark, wide and narrow, into a folder outside of the repository.
const folder = resolve(process.argv[2] ?? join(tmpdir(), 'defs-pictures'))
const only = process.argv[3]?.split(',')
const { serveConsole } = await import('../dist/console/server.js')
const { putUser } = await import('../dist/console/session/users.js')

const now = new Date()
const set = sampleHost(now).status.current
const halted = sampleFleet(now).status.sets[2].set
const pages = {
  login: ['good', '/login'],
  status: ['good', '/'],
  'status-stale': ['stale', '/'],
  'status-not-in-use': ['bad', '/'],
  'status-empty': ['empty', '/'],
  'status-families': ['families', '/'],
  'sets-families': ['families', '/sets'],
  'report-families': ['families', '/report'],
  'status-running': ['running', '/'],
  'fleet-halted': ['halted', '/fleet'],
  'fleet-large': ['large', '/fleet'],
  'fleet-empty': ['empty', '/fleet'],
  'rollouts-empty': ['empty', '/fleet/rollouts'],
  'publish-empty': ['empty', '/publish'],
  'history-empty': ['empty', '/history'],
  'report-empty': ['empty', '/report'],
  'alerts-empty': ['empty', '/alerts'],
  'set-refused': ['good', '/sets/20200101.001'],
  'report-refused': ['good', '/report?from=never'],
  'status-long': ['long', '/'],
  'hosts-long': ['long', '/fleet/hosts?ring=canary'],
  'alerts-long': ['long', '/alerts'],
  'hosts-empty': ['empty', '/fleet/hosts'],
  'sets-empty': ['empty', '/sets'],
  'status-action': ['good', '/', 'details#action-rollback summary'],
  sets: ['good', '/sets'],
  set: ['good', `/sets/${set}`],
  history: ['good', '/history'],
  report: ['good', '/report'],
  alerts: ['good', '/alerts'],
  fleet: ['good', '/fleet'],
  rollouts: ['good', '/fleet/rollouts'],
  rollout: ['good', `/fleet/rollouts/${sampleFleet(now).status.sets[0].set}`],
  'rollout-halted': ['good', `/fleet/rollouts/${halted}`],
  hosts: ['good', '/fleet/hosts'],
  host: ['good', '/fleet/hosts/canary-0003'],
  publish: ['good', '/publish'],
  missing: ['good', '/nowhere'],
}

const small = [
  ['console-status', '/', 'light', 1280],
  ['console-fleet', '/fleet', 'dark', 1280],
  ['console-rollout', `/fleet/rollouts/${halted}`, 'light', 1280],
  ['console-phone', `/sets/${set}`, 'light', 390],
]

const work = mkdtempSync(join(tmpdir(), 'defs-console-'))
const journal = join(work, 'events.jsonl')
writeFileSync(journal, sampleJournal(now))
const users = join(work, 'users')
await putUser(users, 'ines', 'approver', 'a password of ines')

async function serve(mood) {
  const fleets = {
    empty: () => sampleFleet(now, 0),
    halted: () => sampleFleet(now, 420, 'halted'),
    large: () => sampleFleet(now, 10_000),
    long: () => sampleLong(sampleFleet(now, 60)),
  }
  const fleet = fleets[mood]?.() ?? sampleFleet(now)
  const hosts = { stale: 'stale', bad: 'bad', empty: 'empty' }
  const host =
    mood === 'families'
      ? sampleFamilies(now)
      : mood === 'long'
        ? sampleLong(sampleHost(now))
        : sampleHost(now, hosts[mood])
  const since = new Date(now.getTime() - 42_000).toISOString()
  const atWork = mood === 'running' ? { command: 'update', since, user: 'otto' } : null
  const parts = {
    settings: sampleSettings(users),
    title: 'mail-1.example',
    version: '0.1.0',
    ...sampleParts(host, fleet),
    actions: { carryOut: async () => ({ exitCode: 0, text: '{}\n', body: {} }), atWork: async () => atWork },
    journal,
    state: mkdtempSync(join(work, 'state-')),
    tell: () => undefined,
    now: () => new Date(),
  }
  return serveConsole(parts, () => null)
}

mkdirSync(folder, { recursive: true })
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
})
try {
  for (const mood of ['good', 'stale', 'bad', 'empty', 'families', 'running', 'halted', 'large', 'long']) {
    const mine = Object.entries(pages).filter(
      ([name, page]) => page[0] === mood && (!only || only.includes(name)),
    )
    if (mine.length === 0) continue
    const console_ = await serve(mood)
    for (const colorScheme of ['light', 'dark']) {
      for (const width of [1280, 390]) {
        const context = await browser.newContext({
          colorScheme,
          viewport: { width, height: width === 1280 ? 900 : 844 },
          timezoneId: 'UTC',
        })
        const page = await context.newPage()
        for (const [name, [, path, click]] of mine) {
          if (name === 'login') await page.goto(`${console_.url}login`)
          else await visit(page, new URL(path, console_.url).href)
          if (click) await page.click(click)
          await page.waitForTimeout(path === '/' ? 500 : 100)
          await page.screenshot({ path: join(folder, `${name}-${colorScheme}-${width}.png`), fullPage: true })
        }
        await context.close()
      }
    }
    if (mood === 'good' && !only) await takeSmall(console_.url)
    await console_.close()
  }
} finally {
  await browser.close()
  rmSync(work, { recursive: true, force: true })
}
process.stdout.write(`${folder}\n`)

/** Opens a page, by the login where it is asked for. */
async function visit(page, url) {
  await page.goto(url)
  if ((await page.locator('#login').count()) === 0) return
  await page.fill('input[name=name]', 'ines')
  await page.fill('input[name=password]', 'a password of ines')
  await page.click('button[type=submit]')
  await page.waitForLoadState()
}

/** The four of docs/, as small as they stand there. */
async function takeSmall(url) {
  for (const [name, path, colorScheme, width] of small) {
    const size = width === 1280 ? { viewport: { width, height: 940 }, deviceScaleFactor: 0.75 } : {}
    const context = await browser.newContext({
      colorScheme,
      viewport: { width, height: 844 },
      timezoneId: 'UTC',
      ...size,
    })
    const page = await context.newPage()
    await visit(page, new URL(path, url).href)
    await page.waitForTimeout(800)
    await page.screenshot({ path: join(folder, `${name}.png`) })
    await context.close()
  }
}
