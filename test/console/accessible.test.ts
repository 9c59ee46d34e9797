import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  sampleFamilies,
  sampleFleet,
  sampleHost,
  sampleLong,
  sampleParts,
  samplePaths,
} from '../../fixtures/console/sample.js'
import { items } from '../../src/console/page/fact.ts'
import { type ConsoleServer, serveConsole } from '../../src/console/server.ts'
import { axeFindings, hasChromium, logInAs, startChromium, watch } from '../support/chromium.ts'
import { passwords, type TestConsole, testConsole } from '../support/console.ts'

const now = new Date('2026-11-28T13:00:00Z')
const halted = String(items(sampleFleet(now, 40).status, 'sets')[2]?.['set'])

/** Pages by how things stand on host and fleet. */
const moods = {
  good: {
    parts: sampleParts(sampleHost(now), sampleFleet(now, 40)),
    paths: [
      ...samplePaths(sampleHost(now), sampleFleet(now, 40)),
      '/nowhere',
      '/sets/20200101.001',
      '/report?from=never',
    ],
  },
  stale: {
    parts: sampleParts(sampleHost(now, 'stale'), sampleFleet(now, 40, 'halted')),
    paths: ['/', '/fleet'],
  },
  bad: { parts: sampleParts(sampleHost(now, 'bad'), null), paths: ['/'] },
  empty: {
    parts: sampleParts(sampleHost(now, 'empty'), sampleFleet(now, 0)),
    paths: ['/', '/sets', '/history', '/report', '/alerts', '/fleet', '/fleet/hosts'],
  },
  long: {
    parts: sampleParts(sampleLong(sampleHost(now)), sampleLong(sampleFleet(now, 40))),
    paths: ['/', '/history', '/alerts', '/fleet', '/fleet/hosts', `/fleet/rollouts/${halted}`],
  },
  families: { parts: sampleParts(sampleFamilies(now), null), paths: ['/', '/sets', '/report'] },
} as const

// What runs in a page is text to us: the types of a browser are not ours.
const openAll = "for (const one of document.querySelectorAll('details')) one.open = true"
const openNamed = "for (const one of document.querySelectorAll('details')) { one.name = ''; one.open = true }"
const tooWide = 'document.documentElement.scrollWidth - document.documentElement.clientWidth'
const ids = `(() => {
  const all = [...document.querySelectorAll('[id]')].map(({ id }) => id)
  return all.filter((id, index) => all.indexOf(id) !== index)
})()`
/** Who has the focus, whether one sees that, and whether it is on the screen. */
const focused = `(() => {
  const one = document.activeElement
  const { outlineStyle, outlineWidth } = getComputedStyle(one)
  // A cell of the heat map is drawn, and shows its focus by its edge.
  const cell = one.querySelector(':scope > rect')
  const edge = cell === null ? 0 : getComputedStyle(cell).stroke === 'none' ? 0 : parseFloat(getComputedStyle(cell).strokeWidth)
  const box = one.getBoundingClientRect()
  return {
    what: one.tagName + (one.id === '' ? '' : '#' + one.id) + ' ' + (one.getAttribute('aria-label') ?? one.textContent ?? '').trim().slice(0, 40),
    seen: edge >= 2 || (outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2),
    there: box.width > 0 && box.height > 0,
    top: box.top + scrollY,
    body: one === document.body,
  }
})()`

// Debian's package chromium; .ci/run installs it.
describe.skipIf(!hasChromium)('the console for everybody', { timeout: 300_000 }, () => {
  let browser: Browser

  beforeAll(async () => {
    browser = await startChromium()
  })
  afterAll(() => browser.close())

  async function inMood(
    mood: keyof typeof moods,
    work: (served: ConsoleServer, test: TestConsole) => Promise<void>,
  ): Promise<void> {
    const test = await testConsole(moods[mood].parts)
    const served = await serveConsole(test.parts, () => null)
    try {
      await work(served, test)
    } finally {
      await served.close()
    }
  }

  for (const mood of Object.keys(moods) as (keyof typeof moods)[]) {
    it(`has no serious finding of axe when all is ${mood}, folded or not, in light, dark and print`, async () => {
      await inMood(mood, async (served) => {
        const found: string[] = []
        for (const colorScheme of ['light', 'dark'] as const) {
          const { page, context, faults } = await watch(browser, new URL(served.url).origin, {
            colorScheme,
            viewport: { width: 390, height: 844 },
          })
          await logInAs(page, `${served.url}login`, 'ines', passwords.ines)
          for (const path of moods[mood].paths) {
            await page.goto(new URL(path, served.url).href)
            await page.evaluate(openNamed)
            const say = (what: string) => (finding: string) => `${path} ${what}: ${finding}`
            // What dark changes is contrast.
            const rules = colorScheme === 'dark' ? ['color-contrast'] : null
            found.push(...(await axeFindings(page, rules)).map(say(colorScheme)))
            if (colorScheme === 'dark') continue
            const over = Number(await page.evaluate(tooWide))
            if (over > 0) found.push(`${path} is ${over} px too wide`)
            const twice = await page.evaluate(ids)
            if (JSON.stringify(twice) !== '[]') found.push(`${path} has ids twice: ${JSON.stringify(twice)}`)
            await page.emulateMedia({ media: 'print' })
            found.push(...(await axeFindings(page, ['color-contrast'])).map(say('print')))
            await page.emulateMedia({ media: null })
          }
          expect(faults).toEqual([])
          await context.close()
        }
        expect(found).toEqual([])
      })
    })
  }

  it('has none where somebody is refused', async () => {
    await inMood('good', async (served, test) => {
      const { page, context } = await watch(browser, new URL(served.url).origin)
      const found: string[] = []
      const look = async (what: string) =>
        found.push(...(await axeFindings(page)).map((finding) => `${what}: ${finding}`))
      const enter = async (password: string) => {
        await page.fill('input[name=name]', 'otto')
        await page.fill('input[name=password]', password)
        await page.click('#login button')
      }
      await page.goto(`${served.url}login`)
      await enter('wrong')
      await page.getByText('Name or password is wrong').waitFor()
      expect(await page.locator('[role=alert]').count()).toBe(1)
      await look('wrong login')
      await enter(passwords.otto)
      await page.waitForSelector('body[data-user=otto]')
      test.ends.atWork = { command: 'update', since: now.toISOString(), user: 'ines' }
      test.pass(2000)
      await page.goto(served.url)
      await page.evaluate(openAll)
      expect(await page.locator('[data-running]').innerText()).toContain('update is at work')
      expect(await page.locator('form[data-action] button:not([disabled])').count()).toBe(0)
      await look('busy')
      expect(found).toEqual([])
      await context.close()
    })
  })

  it('is walked by keyboard: a skip link first, focus that is seen, in the order of the page', async () => {
    await inMood('good', async (served) => {
      const { page, context } = await watch(browser, new URL(served.url).origin)
      await logInAs(page, `${served.url}login`, 'ines', passwords.ines)
      for (const path of ['/', '/report', '/alerts', '/fleet', '/fleet/hosts', `/fleet/rollouts/${halted}`]) {
        await page.goto(new URL(path, served.url).href)
        const stops = await walk(page, 400)
        expect([path, stops[0]?.what]).toEqual([path, 'A Skip to the content'])
        expect([path, stops.filter(({ seen, there }) => !seen || !there)]).toEqual([path, []])
        // Behind the head of the page nobody jumps far back up.
        const back = stops.slice(14).filter(({ top }, index, all) => top < (all[index - 1]?.top ?? 0) - 600)
        expect([path, back]).toEqual([path, []])
        const count = await page
          .locator('a[href], button:not([disabled]), input:not([type=hidden]), select, summary')
          .evaluateAll((all) => all.filter((one) => one.checkVisibility()).length)
        expect([path, stops.length >= Math.min(count, 390)]).toEqual([path, true])
      }
      await page.goto(`${served.url}fleet`)
      await page.keyboard.press('Tab')
      await page.keyboard.press('Enter')
      await page.keyboard.press('Tab')
      expect(await page.evaluate("document.querySelector('main').contains(document.activeElement)")).toBe(
        true,
      )
      // A cell of the heat map leads to its host.
      await page.locator('[data-heat] a').first().focus()
      await page.keyboard.press('Enter')
      await page.waitForSelector('body[data-page=host]')
      await context.close()
    })
  })

  it('lets an action be done by keyboard alone', async () => {
    await inMood('good', async (served, test) => {
      const { page, context } = await watch(browser, new URL(served.url).origin)
      await page.goto(`${served.url}login`)
      // A loaded page has its focus only once it was drawn.
      await page.waitForSelector('input[name=name]:focus')
      await page.keyboard.type('otto')
      await page.keyboard.press('Tab')
      await page.keyboard.type(passwords.otto)
      await page.keyboard.press('Enter')
      await page.waitForSelector('body[data-user=otto]')
      await page.locator('#action-rollback summary').focus()
      await page.keyboard.press('Enter')
      await page.keyboard.press('Tab')
      await page.keyboard.press('Tab')
      await page.keyboard.type('by keyboard')
      await page.keyboard.press('Tab')
      await page.keyboard.press('Enter')
      await page.waitForSelector('[role=status]')
      expect(test.orders).toMatchObject([{ action: 'rollback', reason: 'by keyboard', user: 'otto' }])
      await context.close()
    })
  })

  it('moves nothing for whoever wants nothing moved', async () => {
    await inMood('good', async (served, test) => {
      test.ends.atWork = { command: 'update', since: null, user: null }
      const { page, context } = await watch(browser, new URL(served.url).origin, { reducedMotion: 'reduce' })
      await logInAs(page, `${served.url}login`, 'otto', passwords.otto)
      const moving = `document.getAnimations().length`
      expect(await page.locator('.spin').count()).toBe(1)
      expect(await page.evaluate(moving)).toBe(0)
      await context.close()
    })
  })
})

interface Stop {
  readonly what: string
  readonly seen: boolean
  readonly there: boolean
  readonly top: number
  readonly body: boolean
}

/** Where Tab leads, until it leaves the page. */
async function walk(page: Page, most: number): Promise<Stop[]> {
  const stops: Stop[] = []
  while (stops.length < most) {
    await page.keyboard.press('Tab')
    const stop = (await page.evaluate(focused)) as Stop
    // Behind the last one it begins anew.
    if (stop.body || (stops.length > 0 && stop.what === stops[0]?.what)) break
    stops.push(stop)
  }
  return stops
}
