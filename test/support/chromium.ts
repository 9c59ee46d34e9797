import { existsSync } from 'node:fs'
import axe from 'axe-core'
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Page,
} from 'playwright-core'

const path = '/usr/bin/chromium'

/** Whether Debian's Chromium is here. */
export const hasChromium = existsSync(path)

// As root and without a network of its own: what it would look for elsewhere is switched off.
const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** Starts Chromium with a new, empty profile. */
export function startChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: path, args: flags })
}

/** A window that takes note of what must not happen. */
export interface Watched {
  readonly context: BrowserContext
  readonly page: Page
  /** Violations of the policy, errors of scripts, dialogs. */
  readonly faults: string[]
  /** Requests to anywhere but the console. */
  readonly elsewhere: string[]
}

// Runs in the page, and so is text to us: the types of a browser are not ours.
const noteViolations = `addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => {
  globalThis.console.error('violation: ' + violatedDirective + ' ' + blockedURI)
})`

/** Opens a window. @param origin the console's */
export async function watch(
  browser: Browser,
  origin: string,
  options: BrowserContextOptions = {},
): Promise<Watched> {
  const context = await browser.newContext({ timezoneId: 'Europe/Berlin', ...options })
  const page = await context.newPage()
  const faults: string[] = []
  const elsewhere: string[] = []
  await page.addInitScript(noteViolations)
  page.on('console', (message) => {
    if (/violation:|Content Security Policy|TrustedHTML/.test(message.text())) faults.push(message.text())
  })
  page.on('pageerror', (error) => faults.push(error.message))
  page.on('dialog', async (dialog) => {
    faults.push(`dialog: ${dialog.message()}`)
    await dialog.dismiss()
  })
  page.on('request', (request) => {
    if (new URL(request.url()).origin !== origin) elsewhere.push(request.url())
  })
  return { context, page, faults, elsewhere }
}

/** Fills the login in. */
export async function logInAs(page: Page, url: string, name: string, password: string): Promise<void> {
  await page.goto(url)
  await page.fill('input[name=name]', name)
  await page.fill('input[name=password]', password)
  await page.click('#login button')
  await page.waitForSelector(`body[data-user="${name}"]`)
}

interface AxeResult {
  readonly violations: readonly {
    readonly impact: string
    readonly id: string
    readonly nodes: readonly { readonly html: string }[]
  }[]
}

/** What axe finds to be serious or critical, each with where. @param rules only these; null for all */
export async function axeFindings(page: Page, rules: readonly string[] | null = null): Promise<string[]> {
  await page.evaluate(axe.source)
  const options = rules === null ? '{}' : JSON.stringify({ runOnly: rules })
  const { violations }: AxeResult = await page.evaluate(`axe.run(document, ${options})`)
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(
      ({ id, nodes }) =>
        `${id}: ${nodes
          .map(({ html }) => html.slice(0, 160))
          .slice(0, 3)
          .join(' | ')}`,
    )
}

/** All facts of a page: path, value. Needs no script in the page. */
export async function factsOf(page: Page): Promise<string[]> {
  return page
    .locator('[data-fact]')
    .evaluateAll((all) =>
      all.map((one) => `${one.getAttribute('data-fact')}=${one.getAttribute('data-value')}`),
    )
}
