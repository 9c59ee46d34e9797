import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { hasChromium, logInAs, startChromium, watch } from '../support/chromium.ts'
import { addUser, freePort } from '../support/live-console.ts'
import { eventsOf } from '../support/look.ts'
import { runDefs, startDefs } from '../support/run-defs.ts'
import { startVendor, type Vendor } from '../support/vendor.ts'

let vendor: Vendor
let config: string
let port: number
let url: string
let browser: Browser
let daemon: ReturnType<typeof startDefs> | null

beforeEach(async () => {
  daemon = null
  vendor = await startVendor()
  port = await freePort()
  url = `http://127.0.0.1:${port}/`
  const work = join(vendor.store, '..')
  // A gate that takes its time, so that there is a run to be seen.
  config = vendor.configure(
    `console: { listen: '127.0.0.1:${port}', users: '${work}/users' }\nschedule: []\nmaxAge: 9999d\ngate: { command: [/bin/sh, -c, 'sleep 6'] }\n`,
  )
  addUser(config, 'otto', 'operator')
  browser = await startChromium()
})
afterEach(async () => {
  await browser.close()
  daemon?.child.kill('SIGKILL')
  await daemon?.ended
  await vendor.close()
})

async function startDaemon(): Promise<void> {
  daemon = startDefs(['daemon', '--config', config])
  const end = Date.now() + 60_000
  for (;;) {
    const up = await fetch(`${url}login`).then(
      ({ ok }) => ok,
      () => false,
    )
    if (up) return
    if (Date.now() > end) throw new Error('no console')
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

async function update(page: Page, reason: string): Promise<void> {
  await page.click('#action-update summary')
  await page.fill('form[data-action=update] input[name=reason]', reason)
  await page.click('form[data-action=update] button')
  await page.waitForLoadState()
}

/** The places of the events a page shows, newest first. */
const shown = (page: Page): Promise<number[]> =>
  page
    .locator('ol[data-live=journal] > li')
    .evaluateAll((all) => all.map((one) => Number(one.getAttribute('data-offset'))))

/** The places of all events in the journal, newest first. */
function written(): number[] {
  const lines = readFileSync(join(vendor.store, 'state', 'events.jsonl'))
    .toString('latin1')
    .split('\n')
  let place = 0
  const places = lines.slice(0, -1).map((line) => {
    place += line.length + 1
    return place
  })
  return places.toReversed()
}

// Debian's package chromium; .ci/run installs it.
describe.skipIf(!hasChromium)('a real daemon in Chromium', () => {
  it('updates once when two ask, says what runs, and goes on over a kill without gap or double', async () => {
    vendor.certify({ set: '20261119.002' })
    expect((await runDefs(['update', '--config', config])).code).toBe(0)
    vendor.certify({ set: '20261120.003' })
    await startDaemon()
    const one = await watch(browser, new URL(url).origin)
    const two = await watch(browser, new URL(url).origin)
    await logInAs(one.page, `${url}login`, 'otto', 'of otto')
    await logInAs(two.page, `${url}login`, 'otto', 'of otto')
    await one.page.waitForSelector('body[data-stream=open]')
    // Both opened the form before anything ran.
    await two.page.click('#action-update summary')
    await update(one.page, 'the first')
    expect(await one.page.locator('[data-running]').getAttribute('data-running')).toMatch(/^update 20\d\d-/)
    expect(await one.page.locator('form[data-action] button:not([disabled])').count()).toBe(0)
    await two.page.evaluate(
      "for (const one of document.querySelectorAll('form[data-action=update] button')) one.disabled = false",
    )
    const answered = two.page.waitForResponse((answer) => answer.request().method() === 'POST')
    await two.page.click('form[data-action=update] button')
    expect((await answered).status()).toBe(409)
    expect(await two.page.locator('[role=alert]').innerText()).toContain('update is at work since 20')
    // The page follows by itself until the run has ended.
    await one.page.locator('[data-fact=current][data-value="20261120.003"]').waitFor({ timeout: 60_000 })
    await one.page.locator('form[data-action=update] button:not([disabled])').waitFor({ state: 'attached' })
    expect(eventsOf(vendor.store).filter(({ id }) => id === 1122)).toHaveLength(1)

    daemon?.child.kill('SIGKILL')
    await daemon?.ended
    await one.page.waitForSelector('body[data-stream=away]')
    // Something happens while nobody serves.
    expect((await runDefs(['hold', '20261119.002', '--reason', 'meanwhile', '--config', config])).code).toBe(
      0,
    )
    await startDaemon()
    await one.page.waitForSelector('body[data-stream=open]', { timeout: 60_000 })
    await one.page.locator('li[data-event-id="1070"]').nth(1).waitFor({ timeout: 60_000 })
    const places = await shown(one.page)
    expect(places).toEqual(written().slice(0, places.length))
    expect(places.length).toBeGreaterThan(5)
    expect([...one.faults, ...two.faults, ...one.elsewhere, ...two.elsewhere]).toEqual([])
  }, 180_000)

  it('makes whoever guesses wait, and tells of it', async () => {
    await startDaemon()
    const { page } = await watch(browser, new URL(url).origin)
    await page.goto(`${url}login`)
    const answers: number[] = []
    for (let tries = 0; tries < 11; tries++) {
      await page.fill('input[name=name]', 'otto')
      await page.fill('input[name=password]', `guess ${tries}`)
      const answered = page.waitForResponse((answer) => answer.request().method() === 'POST')
      // What is typed before the answer is shown would be lost.
      const loaded = page.waitForEvent('load')
      await page.click('#login button')
      const answer = await answered
      answers.push(answer.status())
      await loaded
      if (answer.status() === 429)
        expect(Number((await answer.allHeaders())['retry-after'])).toBeGreaterThan(0)
    }
    expect(answers).toEqual([...Array(10).fill(401), 429])
    expect(await page.locator('[role=alert]').innerText()).toContain('Too many wrong logins')
    const ids = eventsOf(vendor.store).map(({ id }) => id)
    expect(ids).toContain(1121)
    expect(ids).toContain(1123)
  }, 120_000)

  it('keeps its session when somebody comes by a link of another site', async () => {
    await startDaemon()
    const { page } = await watch(browser, new URL(url).origin)
    await logInAs(page, `${url}login`, 'otto', 'of otto')
    await page.goto('data:text/html,<a id=link>elsewhere</a>')
    await page.evaluate(`document.querySelector('#link').href = '${url}sets'`)
    await page.click('#link')
    await page.waitForSelector('body[data-page=sets][data-user=otto]')
    // A form of elsewhere that logs out does nothing.
    await page.goto(`data:text/html,<form method=post action="${url}logout"><button>x</button></form>`)
    const answered = page.waitForEvent('load')
    await page.click('button')
    await answered
    await page.goto(url)
    expect(await page.locator('body').getAttribute('data-user')).toBe('otto')
  }, 120_000)
})
