import { once } from 'node:events'
import { appendFile, renameSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { type IncomingMessage, request } from 'node:http'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { deeds, questions } from '../../src/console/api/endpoint.ts'
import { openApi, templateOf } from '../../src/console/api/openapi.ts'
import type { Answer } from '../../src/console/facts.ts'
import { openPlaces } from '../../src/console/live/journal-places.ts'
import { linesAfter, newestLines } from '../../src/console/live/journal-reader.ts'
import { serveConsole } from '../../src/console/server.ts'
import { answerOf, ask, logIn, own, testConsole } from '../support/console.ts'

const csp =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; require-trusted-types-for 'script'"

describe('every answer', () => {
  it('carries the strict headers, whatever it is', async () => {
    const test = await testConsole()
    const browser = await logIn(test, 'vera')
    const answers = [
      await ask(test.server, { url: '/login' }),
      await browser.get('/'),
      await browser.get('/nowhere'),
      await ask(test.server, { url: '/api/v1/status' }),
      await browser.post('/actions/update'),
      await ask(test.server, { url: '/', headers: { host: 'evil.example' } }),
      await browser.post('/login', { x: 'y'.repeat(17_000) }),
      await ask(test.server, { url: '/favicon.ico' }),
    ]
    for (const { headers } of answers) {
      expect(headers['content-security-policy']).toBe(csp)
      expect(headers['cache-control']).toBe('no-store')
      expect(headers['x-content-type-options']).toBe('nosniff')
      expect(headers['referrer-policy']).toBe('same-origin')
    }
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200, 404, 401, 403, 421, 413, 200])
  })

  it('loads files of its own package only, kept by the hash in their name', async () => {
    const { server } = await testConsole()
    const { body } = await ask(server, { url: '/login' })
    const files = [...body.matchAll(/(?:href|src)="([^"]+)"/g)].map((match) => match[1] ?? '')
    expect(files.filter((file) => !file.startsWith('/') && !file.startsWith('#'))).toEqual([])
    for (const file of files.filter((one) => one.startsWith('/static/'))) {
      const { headers, statusCode } = await ask(server, { url: file })
      expect([statusCode, headers['cache-control']]).toEqual([200, 'public, max-age=31536000, immutable'])
    }
    expect((await ask(server, { url: '/static/..%2f..%2fpackage.json' })).statusCode).toBe(404)
  })

  it('is for the names it is known by only', async () => {
    const { server } = await testConsole()
    const codes = await Promise.all(
      ['localhost:7080', '127.0.0.1', '[::1]:7080', 'evil.example:7080', '127.0.0.1.evil.example'].map(
        async (host) => (await server.inject({ url: '/login', headers: { host } })).statusCode,
      ),
    )
    expect(codes).toEqual([200, 200, 200, 421, 421])
  })
})

describe('an action', () => {
  it('is refused without token, with a foreign or no origin, with an old session, and by role; nothing is done', async () => {
    const test = await testConsole()
    const otto = await logIn(test, 'otto')
    const vera = await logIn(test, 'vera')
    const old = await logIn(test, 'otto')
    await old.post('/logout')
    const refused = [
      await otto.post('/actions/update', { token: '' }),
      await otto.post('/actions/update', { token: vera.token }),
      await otto.post('/actions/update', {}, { origin: 'http://evil.example' }),
      await otto.post('/actions/update', {}, { origin: undefined }),
      await old.post('/actions/update'),
      await vera.post('/actions/update'),
      await otto.post('/actions/halt', { set: '20261128.003', reason: 'x' }),
      await ask(test.server, { method: 'POST', url: '/actions/update', headers: own }),
    ]
    expect(refused.map(({ statusCode }) => statusCode)).toEqual(Array(8).fill(403))
    expect(test.orders).toEqual([])
    expect((await vera.get('/')).body).not.toContain('data-action')
    expect(test.told.filter(({ name }) => name === 'console.denied').map(({ facts }) => facts.user)).toEqual([
      'vera',
      'otto',
    ])
  })

  it('wants a reason where it is grave, and is told in the journal and on the page', async () => {
    const test = await testConsole()
    const otto = await logIn(test, 'otto')
    expect((await otto.post('/actions/rollback', { reason: '  ' })).statusCode).toBe(400)
    expect((await otto.post('/actions/rollback', { set: '../etc', reason: 'x' })).statusCode).toBe(400)
    test.ends.answer = async () => answerOf({ from: '20261128.003', to: '20261127.002' })
    const done = await otto.post('/actions/rollback', {
      set: '20261127.002',
      reason: 'quarantines\nour own tools',
    })
    expect([done.statusCode, done.headers.location]).toEqual([303, '/'])
    expect(test.orders).toEqual([
      {
        action: 'rollback',
        set: '20261127.002',
        ring: null,
        family: null,
        until: null,
        reason: 'quarantines our own tools',
        repair: false,
        user: 'otto',
      },
    ])
    expect(test.told.at(-1)).toEqual({
      name: 'console.action',
      facts: {
        user: 'otto',
        message: 'otto asked in the console for: rollback 20261127.002',
        reason: 'quarantines our own tools',
        set: '20261127.002',
      },
    })
    const first = (await otto.get('/')).body
    expect(first).toContain('Rolled back from 20261128.003 to 20261127.002')
    expect((await otto.get('/')).body).not.toContain('Rolled back from')
    test.ends.answer = async () =>
      answerOf({ ok: false, exitCode: 3, error: { code: 'SOURCE_UNREACHABLE', message: 'nobody answered' } })
    await otto.post('/actions/update')
    expect((await otto.get('/')).body).toMatch(
      /role="alert">.*update: nobody answered \[SOURCE_UNREACHABLE, exit code 3\]/,
    )
  })

  it('is one at a time: the second is told which run is at work, and buttons are disabled meanwhile', async () => {
    const test = await testConsole()
    let end: (answer: Answer) => void = () => undefined
    test.ends.answer = () =>
      new Promise((resolve) => {
        end = resolve
      })
    const otto = await logIn(test, 'otto')
    const ines = await logIn(test, 'ines')
    const first = otto.post('/actions/update')
    await new Promise((resolve) => setTimeout(resolve, 100))
    const second = await ines.post('/actions/update')
    expect(second.statusCode).toBe(409)
    expect(second.body).toContain('update is at work since 2026-11-28T13:00:00.000Z')
    const headers = { ...own, cookie: ines.cookie, 'x-defs-token': ines.token }
    const api = await ask(test.server, { method: 'POST', url: '/api/v1/update', headers })
    expect([api.statusCode, api.json().error.code]).toEqual([409, 'BUSY'])
    const page = (await ines.get('/')).body
    expect(page).toContain('data-running="update 2026-11-28T13:00:00.000Z"')
    expect(
      page.match(/<button class="button (?:go|grave)" type="submit" disabled>/g)?.length,
    ).toBeGreaterThan(3)
    end(answerOf({ changed: true, current: '20261128.004' }))
    expect((await first).statusCode).toBe(303)
    expect((await otto.get('/')).body).toContain('20261128.004 is current now')
    expect(test.orders).toHaveLength(1)
    test.ends.atWork = { command: 'update (process 812)', since: null, user: null }
    expect((await ines.post('/actions/update')).statusCode).toBe(409)
  })
})

describe('the API', () => {
  it('answers what the commands print, byte for byte', async () => {
    const test = await testConsole()
    const { host, fleet } = test.parts
    const vera = await logIn(test, 'vera')
    if (!host || !fleet) throw new Error('both are there')
    const pairs = {
      status: host.status,
      list: host.list,
      history: host.history,
      schedule: host.schedule,
      sources: host.sources,
      fleet: fleet.status,
      'fleet/hosts': fleet.hosts,
    }
    for (const [path, say] of Object.entries(pairs)) {
      const answer = await vera.get(`/api/v1/${path}`)
      expect([path, answer.statusCode, answer.body]).toEqual([path, 200, (await say()).text])
    }
    expect((await vera.get('/api/v1/sets/20200101.001')).statusCode).toBe(404)
    const heat = (await vera.get('/api/v1/fleet/heat')).json()
    expect(
      heat.rings
        .map((ring: { states: string }) => ring.states.length)
        .reduce((a: number, b: number) => a + b),
    ).toBe(40)
    expect((await vera.get('/api/v1/fleet/age')).json().rings).toHaveLength(3)
    expect((await vera.get('/api/v1/fleet/hosts?ring=broad')).json().hosts.length).toBeGreaterThan(20)
  })

  it('knows who may: nobody, a token, a session with its token', async () => {
    const test = await testConsole()
    const call = (headers: Record<string, string>, payload = '{}') =>
      ask(test.server, {
        method: 'POST',
        url: '/api/v1/update',
        headers: { host: own.host, 'content-type': 'application/json', ...headers },
        payload,
      })
    const otto = await logIn(test, 'otto')
    const session = { cookie: otto.cookie, origin: own.origin, 'x-defs-token': otto.token }
    const codes = [
      await call({}),
      await call({ authorization: 'Bearer wrong' }),
      await call({ authorization: 'Bearer of-monitor' }),
      await call({ authorization: 'Bearer of-otto' }),
      await call({ cookie: otto.cookie, origin: own.origin }),
      await call({ ...session, origin: 'http://evil.example' }),
      await call(session),
      await call(session, '{"repair":'),
    ]
    expect(codes.map(({ statusCode }) => statusCode)).toEqual([401, 401, 403, 202, 403, 403, 202, 400])
    for (const answer of codes.filter(({ statusCode }) => statusCode >= 400))
      expect(answer.json().error).toMatchObject({ code: expect.any(String), message: expect.any(String) })
    const { run } = codes[6]?.json() ?? {}
    expect((await otto.get(`/api/v1/runs/${run}`)).json()).toMatchObject({
      run,
      action: 'update',
      user: 'otto',
      ended: true,
      result: { ok: true },
    })
    const rollback = await ask(test.server, {
      method: 'POST',
      url: '/api/v1/rollback',
      headers: { authorization: 'Bearer of-otto', 'content-type': 'application/json' },
      payload: '{"set":"20261127.002"}',
    })
    expect([rollback.statusCode, rollback.json().error.message]).toEqual([
      400,
      'say why: the reason is missing',
    ])
    expect(test.orders.map(({ action, user }) => `${action} ${user}`)).toEqual(['update otto', 'update otto'])
  })

  it('lets nobody guess tokens: after ten wrong ones from an address none is looked at for a while', async () => {
    const test = await testConsole()
    const call = (token: string) =>
      ask(test.server, { url: '/api/v1/list', headers: { authorization: `Bearer ${token}` } })
    // Whoever has a right one may ask as often as he likes.
    for (let times = 0; times < 15; times += 1) expect((await call('of-monitor')).statusCode).toBe(200)
    const codes: number[] = []
    for (let tries = 0; tries < 12; tries += 1) codes.push((await call(`guess-${tries}`)).statusCode)
    expect(codes).toEqual([...Array(10).fill(401), 429, 429])
    const late = await call('of-monitor')
    expect([late.statusCode, Number(late.headers['retry-after']) > 0]).toEqual([429, true])
    // Who guesses tokens keeps nobody from the login.
    expect((await logIn(test, 'otto')).cookie).not.toBe('')
    test.pass(61_000)
    expect((await call('of-monitor')).statusCode).toBe(200)
  })

  it.each(['/%61pi/v1/list', 'http://localhost/api/v1/list', '/api/v1/nowhere', '/api/nowhere', '/nowhere'])(
    'lets nobody guess tokens by %s either',
    async (url) => {
      const test = await testConsole()
      const server = await serveConsole(test.parts, () => null)
      const port = Number(new URL(server.url).port)
      const status = async () => {
        const asked = request({ port, path: url, headers: { authorization: 'Bearer guess' } }).end()
        const [answer] = (await once(asked, 'response')) as [IncomingMessage]
        answer.resume()
        return answer.statusCode
      }
      const codes: unknown[] = []
      for (let tries = 0; tries < 11; tries += 1) codes.push(await status())
      await server.close()
      expect(codes[10]).toBe(429)
      expect(codes.slice(0, 10)).not.toContain(429)
    },
  )

  it('tells nobody what there is, takes no password of a proxy for a token, and streams to so many only', async () => {
    const test = await testConsole()
    const call = (url: string, authorization?: string, method: 'GET' | 'HEAD' = 'GET') =>
      ask(test.server, { method, url: `/api/v1${url}`, headers: authorization ? { authorization } : {} })
    expect((await call('/nowhere')).statusCode).toBe(401)
    expect((await call('/nowhere', 'Bearer of-monitor')).statusCode).toBe(404)
    // What a proxy asked for itself is no token, and no wrong one.
    expect((await call('/status', 'Basic b3R0bzp4')).statusCode).toBe(401)
    const head = await call('/stream', 'Bearer of-monitor', 'HEAD')
    expect([head.statusCode, head.headers['content-type']]).toEqual([200, 'text/event-stream; charset=utf-8'])
    // As a proxy that asks for passwords passes them on, at every request.
    for (let count = 0; count < 15; count += 1)
      expect((await call('/status', 'Basic b3R0bzp4')).statusCode).toBe(401)
    Object.assign(test.web.stream, { isFull: () => true })
    expect((await call('/stream', 'Bearer of-monitor')).json().error.code).toBe('TOO_MANY')
  })

  it('is described by a document that has exactly its routes', async () => {
    const test = await testConsole()
    const document = (await ask(test.server, { url: '/api/v1/openapi.json' })).json()
    expect(document.openapi).toBe('3.1.0')
    const described = Object.entries(document.paths).flatMap(([path, item]) =>
      Object.keys(Object(item)).map((method) => `${method.toUpperCase()} ${path}`),
    )
    const stack: string[] = []
    const routes = test.server
      .printRoutes({ commonPrefix: false })
      .split('\n')
      .flatMap((line) => {
        const match = /^([│ ]*)[├└]── (\S+)(?: \(([A-Z, ]+)\))?/.exec(line)
        if (!match) return []
        const depth = (match[1] ?? '').length / 4
        stack.splice(depth, stack.length, match[2] ?? '')
        const path = stack.join('')
        if (!path.startsWith('/api/v1/')) return []
        const methods = (match[3] ?? '').split(', ').filter((method) => method !== '' && method !== 'HEAD')
        return methods.map((method) => `${method} ${templateOf(path.slice('/api/v1'.length))}`)
      })
    expect(described.toSorted()).toEqual(routes.toSorted())
    const names = new Set(Object.keys(document.components.schemas))
    const used = [...JSON.stringify(document.paths).matchAll(/#\/components\/schemas\/(\w+)/g)].map(
      (match) => match[1] ?? '',
    )
    expect(used.filter((name) => !names.has(name))).toEqual([])
    const ids = Object.values(document.paths).flatMap((item) =>
      Object.values(Object(item)).map((one) => Object(one).operationId),
    )
    expect(new Set(ids).size).toBe(ids.length)
    expect(
      Object.keys(Object(openApi('1', { host: true, fleet: false })['paths'])).filter((path) =>
        path.startsWith('/fleet'),
      ),
    ).toEqual([])
    expect([...questions, ...deeds].every(({ summary }) => summary.length > 5)).toBe(true)
  })

  it('pages through events by their place', async () => {
    const test = await testConsole()
    const vera = await logIn(test, 'vera')
    const all = (await vera.get('/api/v1/events?after=0')).json()
    const text = await readFile(test.journal, 'utf8')
    const ends = [...text.matchAll(/\n/g)].map((match) => Buffer.byteLength(text.slice(0, match.index + 1)))
    expect(all.events.map(({ offset }: { offset: number }) => offset)).toEqual(ends)
    expect(all.next).toBe(Buffer.byteLength(text))
    expect(
      (await vera.get(`/api/v1/events?after=${ends[5]}`))
        .json()
        .events.map(({ offset }: { offset: number }) => offset),
    ).toEqual(ends.slice(6))
    expect((await vera.get('/api/v1/events?after=x')).statusCode).toBe(400)
    expect((await vera.get('/api/v1/events')).json().events).toEqual([])
  })
})

describe('places in the journal', () => {
  it('go on rising when parts are put aside, removed, and over a restart', async () => {
    const { journal, parts } = await testConsole()
    const kept = `${parts.state}/places.json`
    const line = (number: number) =>
      `${JSON.stringify({ time: `2026-11-28T13:00:${String(number).padStart(2, '0')}Z`, id: number, name: 'x', level: 'information', message: 'm' })}\n`
    const ids = (after: number) => linesAfter(places, after, 100).map(({ event }) => event['id'])
    writeFileSync(journal, line(1) + line(2))
    let places = openPlaces(journal, kept)
    const two = linesAfter(places, 0, 100).at(-1)?.offset ?? 0
    expect(two).toBe(2 * line(1).length)
    renameSync(journal, `${journal}.1`)
    writeFileSync(journal, line(3))
    expect(ids(two)).toEqual([3])
    await places.close()
    renameSync(journal, `${journal}.2`)
    writeFileSync(journal, line(4))
    places = openPlaces(journal, kept)
    expect(ids(two)).toEqual([3, 4])
    expect(newestLines(places, 2).map(({ event }) => event['id'])).toEqual([4, 3])
    const end = linesAfter(places, two, 100).at(-1)?.offset ?? 0
    await places.close()
    // Everything we knew was removed while nobody looked.
    for (const number of [1, 2]) renameSync(`${journal}.${number}`, `${parts.state}/gone${number}`)
    writeFileSync(journal, line(5))
    places = openPlaces(journal, kept)
    expect(ids(end)).toEqual([5])
    // A torn line is no event until it is whole.
    await promisify(appendFile)(journal, '{"time":"2026')
    expect(ids(end)).toEqual([5])
  })
})

describe('the stream', () => {
  it('brings what comes, resumes behind a place, and goes on over a restart without gap or double', async () => {
    const test = await testConsole()
    const vera = await logIn(test, 'vera')
    const line = (number: number) =>
      `${JSON.stringify({ time: '2026-11-28T13:01:00Z', id: number, name: 'x', level: 'information', message: `m ${number}` })}\n`
    const append = promisify(appendFile)
    const read = async (url: string, headers: Record<string, string>, enough: number) => {
      const answer = await fetch(`${url}api/v1/stream`, { headers: { cookie: vera.cookie, ...headers } })
      expect(answer.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
      expect(answer.headers.get('content-security-policy')).toBe(csp)
      const found: { id: number; event: number }[] = []
      let text = ''
      if (!answer.body) throw new Error('a stream has a body')
      for await (const bytes of answer.body) {
        text += Buffer.from(bytes).toString()
        for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
          const match = /^id: (\d+)\nevent: journal\ndata: (.+)$/.exec(text.slice(0, end))
          if (match) found.push({ id: Number(match[1]), event: JSON.parse(match[2] ?? '').id })
          text = text.slice(end + 2)
        }
        if (found.length >= enough) break
      }
      return found
    }
    // Has written who is logged in.
    await test.server.close()
    const first = await serveConsole(test.parts, () => null)
    const live = read(first.url, {}, 2)
    await new Promise((resolve) => setTimeout(resolve, 300))
    await append(test.journal, line(9001) + line(9002))
    const one = await live
    expect(one.map(({ event }) => event)).toEqual([9001, 9002])
    expect((await fetch(`${first.url}api/v1/stream`)).status).toBe(401)
    await first.close()
    await append(test.journal, line(9003))
    const second = await serveConsole(test.parts, () => null)
    const resumed = read(second.url, { 'last-event-id': String(one[1]?.id) }, 2)
    await new Promise((resolve) => setTimeout(resolve, 300))
    await append(test.journal, line(9004))
    expect((await resumed).map(({ event }) => event)).toEqual([9003, 9004])
    await second.close()
  })

  it('refuses to send passwords in the clear beyond this machine', async () => {
    const { parts } = await testConsole()
    await expect(
      serveConsole({ ...parts, settings: { ...parts.settings, host: '0.0.0.0' } }, () => null),
    ).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
    await expect(
      serveConsole({ ...parts, settings: { ...parts.settings, key: '/x' } }, () => null),
    ).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
  })
})
