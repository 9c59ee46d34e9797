import { spawnSync } from 'node:child_process'
import { createServer } from 'node:net'
import { program, startDefs } from './run-defs.ts'

/** A console that the built program serves, and a browser of one of its users. */
export interface LiveConsole {
  readonly url: string
  readonly cookie: string
  /** The text of a page, and how it was answered. */
  readonly page: (path: string) => Promise<{ readonly status: number; readonly text: string }>
  /** Sends a form as the page does. */
  readonly send: (path: string, fields?: Readonly<Record<string, string>>) => Promise<Response>
  readonly stop: () => Promise<void>
  /** As a crash ends it. */
  readonly kill: () => Promise<void>
}

const form = 'application/x-www-form-urlencoded'

/** A port that is free at the moment. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address ? address.port : 0
}

/** Adds a user by the command, password on stdin. */
export function addUser(config: string, user: string, role: string): void {
  const argv = [program, 'console', 'user', 'add', user, '--role', role, '--json', '--config', config]
  const { status, stderr } = spawnSync(process.execPath, argv, { input: `of ${user}\n`, encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
}

/** Starts what serves a console at a port, and logs a user in whose password is `of <name>`. */
export async function startLive(
  argv: readonly string[],
  port: number,
  user: string,
  env: NodeJS.ProcessEnv = {},
): Promise<LiveConsole> {
  const { child, ended } = startDefs(argv, { env })
  const url = `http://127.0.0.1:${port}`
  const end = Date.now() + 30_000
  while (
    !(await fetch(`${url}/login`).then(
      ({ ok }) => ok,
      () => false,
    ))
  ) {
    if (Date.now() > end || child.exitCode !== null) throw new Error(`no console: ${(await ended).stderr}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  const login = await fetch(`${url}/login`)
  const fields = new URLSearchParams({
    name: user,
    password: `of ${user}`,
    token: tokenIn(await login.text()),
    to: '/',
  })
  const headers = { cookie: cookieOf(login), origin: url, 'content-type': form }
  const answer = await fetch(`${url}/login`, { method: 'POST', headers, body: fields, redirect: 'manual' })
  const cookie = cookieOf(answer)
  if (answer.status !== 303) throw new Error(`${user} cannot log in: ${answer.status}`)
  const page = async (path: string) => {
    const got = await fetch(`${url}${path}`, { headers: { cookie }, redirect: 'manual' })
    return { status: got.status, text: await got.text() }
  }
  return {
    url,
    cookie,
    page,
    async send(path, own = {}) {
      const token = tokenIn(await fetch(`${url}/`, { headers: { cookie } }).then((got) => got.text()))
      const body = new URLSearchParams({ token, ...own })
      const sent = { cookie, origin: url, 'content-type': form, referer: `${url}/` }
      return fetch(`${url}${path}`, { method: 'POST', headers: sent, body, redirect: 'manual' })
    },
    async stop() {
      child.kill('SIGTERM')
      await ended
    },
    async kill() {
      child.kill('SIGKILL')
      await ended
    },
  }
}

const cookieOf = (answer: Response) => answer.headers.get('set-cookie')?.split(';')[0] ?? ''
const tokenIn = (page: string) => /name="token" value="([^"]+)"/.exec(page)?.[1] ?? ''

const entities: Readonly<Record<string, string>> = {
  '&#39;': "'",
  '&quot;': '"',
  '&lt;': '<',
  '&gt;': '>',
  '&amp;': '&',
}

/** Every value that a page (or a part of one) shows for a path. */
export function shownIn(page: string, path: string): string[] {
  const found = page.matchAll(/data-fact="([^"]*)" data-value="([^"]*)"/g)
  const plain = (text: string) =>
    text.replace(/&(?:#39|quot|lt|gt|amp);/g, (entity) => entities[entity] ?? '')
  return [...found].filter((match) => plain(match[1] ?? '') === path).map((match) => plain(match[2] ?? ''))
}

/** The rows of a page by the value of one attribute of theirs, in order. */
export function rowsIn(page: string, attribute: string): (readonly [name: string, row: string])[] {
  const found = page.matchAll(new RegExp(`<tr ${attribute}="([^"]*)">([\\s\\S]*?)</tr>`, 'g'))
  return [...found].map((match) => [match[1] ?? '', match[2] ?? ''] as const)
}
