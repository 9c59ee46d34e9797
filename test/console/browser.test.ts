import { appendFile } from 'node:fs/promises'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sampleFleet, sampleHost, sampleParts, samplePaths } from '../../fixtures/console/sample.js'
import { type ConsoleServer, serveConsole } from '../../src/console/server.ts'
import { axeFindings, factsOf, hasChromium, logInAs, startChromium, watch } from '../support/chromium.ts'
import { passwords, type TestConsole, testConsole } from '../support/console.ts'

const now = new Date('2026-11-28T13:00:00Z')
const fleet = sampleFleet(now, 40)
const paths = [...samplePaths(sampleHost(now), fleet), '/nowhere']

// What runs in a page is text to us: the types of a browser are not ours.
const tooWide = 'document.documentElement.scrollWidth - document.documentElement.clientWidth'
const drawAgain = `(async () => {
  const fresh = await new Promise((resolve) => {
    const request = new XMLHttpRequest()
    request.onload = () => resolve(request.response)
    request.open('GET', '/fleet')
    request.responseType = 'document'
    request.send()
  })
  const begun = performance.now()
  document.body.replaceWith(document.importNode(fresh.body, true))
  document.body.getBoundingClientRect()
  await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))
  return { drawn: performance.now() - begun, cells: document.querySelectorAll('[data-heat] a').length }
})()`

// Debian's package chromium; .ci/run installs it.
describe.skipIf(!hasChromium)('the console in Chromium', { timeout: 300_000 }, () => {
  let browser: Browser
  let test: TestConsole
  let served: ConsoleServer
  let origin: string

  beforeAll(async () => {
    browser = await startChromium()
    test = await testConsole()
    served = await serveConsole(test.parts, () => null)
    origin = new URL(served.url).origin
  })
  afterAll(async () => {
    await browser.close()
    await served.close()
  })

  it('has no violation, asks nobody else, is accessible and never moves sideways, on any page', async () => {
    for (const [colorScheme, width] of [
      ['light', 1280],
      ['dark', 390],
    ] as const) {
      const { page, context, faults, elsewhere } = await watch(browser, origin, {
        colorScheme,
        viewport: { width, height: 844 },
      })
      await page.goto(`${served.url}login`)
      // What dark changes is contrast.
      const dark = colorScheme === 'dark' ? ['color-contrast'] : null
      const found: string[] = (await axeFindings(page, dark)).map((finding) => `/login ${finding}`)
      await logInAs(page, `${served.url}login`, 'ines', passwords.ines)
      for (const path of paths) {
        await page.goto(new URL(path, served.url).href)
        if (path === '/') {
          await page.waitForSelector('.uplot')
          await page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
        }
        // Dark colours are the same on all pages.
        if (dark === null || ['/', '/report', '/fleet'].includes(path))
          found.push(...(await axeFindings(page, dark)).map((finding) => `${path} ${finding}`))
        const over = Number(await page.evaluate(tooWide))
        if (over > 0) found.push(`${path} is ${over} px too wide at ${width}`)
        expect(await page.locator('h1').count()).toBe(1)
      }
      expect({ found, faults, elsewhere }).toEqual({ found: [], faults: [], elsewhere: [] })
      await context.close()
    }
  })

  it('says and does the same without script', async () => {
    const plain = await watch(browser, origin, { javaScriptEnabled: false })
    const full = await watch(browser, origin)
    await plain.page.goto(`${served.url}login`)
    await plain.page.fill('input[name=name]', 'otto')
    await plain.page.fill('input[name=password]', passwords.otto)
    await plain.page.click('#login button')
    await logInAs(full.page, `${served.url}login`, 'otto', passwords.otto)
    for (const path of paths) {
      const url = new URL(path, served.url).href
      await plain.page.goto(url)
      await full.page.goto(url)
      expect([path, await factsOf(plain.page)]).toEqual([path, await factsOf(full.page)])
    }
    await plain.page.goto(served.url)
    await plain.page.click('#action-rollback summary')
    await plain.page.fill('form[data-action=rollback] input[name=reason]', 'without a script')
    await plain.page.click('form[data-action=rollback] button')
    expect(await plain.page.locator('[role=status]').innerText()).toContain('Rolled back')
    expect(test.orders.at(-1)).toMatchObject({ action: 'rollback', user: 'otto', reason: 'without a script' })
    await plain.context.close()
    await full.context.close()
  })

  it("shows markup as text, and times in the reader's zone with UTC beside", async () => {
    const { page, context, faults } = await watch(browser, origin)
    await logInAs(page, `${served.url}login`, 'vera', passwords.vera)
    await appendFile(
      test.journal,
      `${JSON.stringify({ time: '2026-11-28T13:30:00Z', id: 9000, name: 'x', level: 'warning', message: '<img src=x onerror=alert(1)> gpj\u202e.exe' })}\n`,
    )
    const item = page.locator('ol[data-live=journal] > li[data-event-id="9000"]')
    await item.waitFor()
    expect(await item.locator('.message').innerText()).toBe('<img src=x onerror=alert(1)> gpj\\u202e.exe')
    expect(await item.locator('time').innerText()).toBe('2026-11-28 14:30')
    expect(await item.locator('time').getAttribute('title')).toBe('2026-11-28 13:30:00 UTC')
    expect(await page.locator('form[data-action]').count()).toBe(0)
    expect(faults).toEqual([])
    await context.close()
  })

  it('goes on over a restart without gap or double, and shows the login when the session has ended', async () => {
    const { page, context } = await watch(browser, origin)
    await logInAs(page, `${served.url}login`, 'otto', passwords.otto)
    const line = (id: number) =>
      appendFile(
        test.journal,
        `${JSON.stringify({ time: '2026-11-28T13:40:00Z', id, name: 'x', level: 'information', message: `number ${id}` })}\n`,
      )
    await page.waitForSelector('body[data-stream=open]')
    await line(9101)
    await page.locator('li[data-event-id="9101"]').waitFor()
    const port = Number(new URL(served.url).port)
    await served.close()
    await line(9102)
    served = await serveConsole({ ...test.parts, settings: { ...test.parts.settings, port } }, () => null)
    await line(9103)
    await page.locator('li[data-event-id="9103"]').waitFor()
    const ids = await page
      .locator('ol[data-live=journal] > li')
      .evaluateAll((all) => all.map((one) => one.getAttribute('data-event-id')))
    expect(ids.slice(0, 3)).toEqual(['9103', '9102', '9101'])
    expect(ids.filter((id) => id?.startsWith('91'))).toHaveLength(3)
    test.pass(301_000)
    await line(9104)
    await page.waitForSelector('#login')
    expect(new URL(page.url()).pathname).toBe('/login')
    await context.close()
  })

  it('draws 10,000 hosts in a second, each cell to be reached by Tab', async () => {
    const large = await testConsole(sampleParts(null, sampleFleet(now, 10_000)))
    const other = await serveConsole(large.parts, () => null)
    const { page, context } = await watch(browser, new URL(other.url).origin)
    await logInAs(page, `${other.url}login`, 'vera', passwords.vera)
    const took = Object(await page.evaluate(drawAgain))
    expect(took.cells).toBeGreaterThan(1000)
    // A tenth of a second where nothing else runs; this is for machines that do much else meanwhile.
    expect(took.drawn).toBeLessThan(5000)
    await page.goto(`${other.url}fleet`)
    await page.locator('[data-heat="broad"] a').first().focus()
    await page.keyboard.press('Tab')
    expect(await page.locator('*:focus').getAttribute('aria-label')).toMatch(/hosts from .*, the gravest /)
    await context.close()
    await other.close()
  })
})
