import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type IncomingHttpHeaders, request as plainRequest } from 'node:http'
import { request as secureRequest } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { serveConsole } from '../../src/console/server.ts'
import { removeUser } from '../../src/console/session/users.ts'
import { makeAuthority } from '../support/authority.ts'
import { ask, cookieOf, own, passwords, testConsole, tokenIn } from '../support/console.ts'
import { isInstalled, openToAll, startNginxAs } from '../support/real-servers.ts'

const trust = { trustHeader: 'X-Remote-User', trustFrom: ['127.0.0.1', '10.1.0.0/16', 'fd00::/64'] }
const form = 'application/x-www-form-urlencoded'
const from = (remoteAddress: string, url: string, user?: string, headers: Record<string, string> = {}) => ({
  url,
  remoteAddress,
  headers: { ...headers, ...(user === undefined ? {} : { 'x-remote-user': user }) },
})

describe('the header of a reverse proxy', () => {
  it('logs in whom it names, with the role of the file, and gives their forms a token', async () => {
    const test = await testConsole({}, trust)
    const page = await ask(test.server, from('127.0.0.1', '/sets', 'otto'))
    expect(page.statusCode).toBe(200)
    expect(page.body).toContain('data-user="otto" data-role="operator"')
    // Logging out would only log in again: that is the proxy's.
    expect(page.body).not.toContain('action="/logout"')
    const cookie = cookieOf(page)
    expect(page.headers['set-cookie']).toMatch(/^defs=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/)
    const again = await ask(test.server, from('127.0.0.1', '/', 'otto', { cookie }))
    expect(again.headers['set-cookie']).toBeUndefined()
    const send = (headers: Record<string, string>) =>
      ask(test.server, {
        method: 'POST',
        url: '/actions/update',
        headers: { ...own, 'content-type': form, 'x-remote-user': 'otto', ...headers },
        payload: new URLSearchParams({ token: tokenIn(again.body) }).toString(),
      })
    const codes = [
      await send({}),
      await send({ cookie, origin: 'http://evil.example' }),
      await send({ cookie }),
    ]
    expect(codes.map(({ statusCode }) => statusCode)).toEqual([403, 403, 303])
    expect(test.orders.map(({ user }) => user)).toEqual(['otto'])
    expect(test.told[0]).toMatchObject({
      name: 'console.login',
      facts: { user: 'otto', reason: 'otto from 127.0.0.1 by the reverse proxy' },
    })
    expect(
      (await ask(test.server, from('127.0.0.1', '/login?to=/history', 'otto', { cookie }))).headers.location,
    ).toBe('/history')
    expect((await ask(test.server, from('127.0.0.1', '/api/v1/status', 'otto'))).statusCode).toBe(200)
    // Nothing is done for a program that only comes through the proxy: another site could have sent it.
    const deed = {
      method: 'POST' as const,
      url: '/api/v1/update',
      headers: { 'x-remote-user': 'otto', origin: own.origin },
    }
    expect((await ask(test.server, deed)).statusCode).toBe(403)
  })

  it('is nothing from another address, under another name, and when none is configured', async () => {
    const test = await testConsole({}, trust)
    const code = async (address: string, user = 'ines') =>
      (await ask(test.server, from(address, '/', user))).statusCode
    expect([await code('127.0.0.1'), await code('::ffff:10.1.2.3'), await code('fd00::9')]).toEqual([
      200, 200, 200,
    ])
    expect([await code('127.0.0.2'), await code('10.2.0.1'), await code('fd00:1::9')]).toEqual([
      303, 303, 303,
    ])
    const other = {
      url: '/',
      headers: { 'x-forwarded-user': 'ines', x_remote_user: 'ines', 'x-remote-user': ' ' },
    }
    expect((await ask(test.server, other)).statusCode).toBe(303)
    const { server } = await testConsole()
    expect((await ask(server, from('127.0.0.1', '/', 'ines'))).statusCode).toBe(303)
    expect((await ask(server, from('127.0.0.1', '/api/v1/status', 'ines'))).statusCode).toBe(401)
  })

  it('shows nothing to whom it names without a role, or by no name, and tells of it once', async () => {
    const test = await testConsole({}, trust)
    for (const name of ['bob', 'bob', 'ines, otto', '<script>alert(1)</script>', 'x'.repeat(300)]) {
      const page = await ask(test.server, from('127.0.0.1', '/', name))
      expect([name, page.statusCode]).toEqual([name, 403])
      expect(page.body).toContain('who has no role here')
      expect(page.body).not.toContain('<script>alert')
    }
    expect((await ask(test.server, from('127.0.0.1', '/login', 'bob'))).statusCode).toBe(403)
    expect((await ask(test.server, from('127.0.0.1', '/api/v1/status', 'bob'))).statusCode).toBe(401)
    expect(test.told.filter(({ facts }) => facts.user === 'bob').map(({ name }) => name)).toEqual([
      'console.login-failed',
    ])
  })

  it('gives the greatest role of the groups to whom the file does not name', async () => {
    const test = await testConsole(
      {},
      {
        ...trust,
        trustGroups: 'Remote-Groups',
        trustViewers: ['*'],
        trustOperators: ['mail admins'],
        trustApprovers: ['leads'],
      },
    )
    const role = async (user: string, groups?: string) => {
      const asked = from('127.0.0.1', '/', user, groups === undefined ? {} : { 'remote-groups': groups })
      return /data-role="(\w*)"/.exec((await ask(test.server, asked)).body)?.[1]
    }
    expect(await role('bob')).toBe('viewer')
    expect(await role('bob', 'staff, mail admins')).toBe('operator')
    expect(await role('bob', 'staff|leads;mail admins')).toBe('approver')
    expect(await role('vera', 'leads')).toBe('viewer')
    // From elsewhere the groups are nothing either.
    expect(
      (await ask(test.server, from('10.9.9.9', '/', 'bob', { 'remote-groups': 'leads' }))).statusCode,
    ).toBe(303)
  })

  it('and a password open sessions of which neither counts for the other', async () => {
    const test = await testConsole({}, trust)
    const page = await ask(test.server, from('127.0.0.1', '/', 'vera'))
    const cookie = cookieOf(page)
    // Past the proxy its cookie is worth nothing.
    expect((await ask(test.server, { url: '/', headers: { cookie } })).statusCode).toBe(303)
    const login = await ask(test.server, { url: '/login' })
    const answer = await ask(test.server, {
      method: 'POST',
      url: '/login',
      headers: { ...own, cookie: cookieOf(login), 'content-type': form },
      payload: new URLSearchParams({
        name: 'ines',
        password: passwords.ines,
        token: tokenIn(login.body),
      }).toString(),
    })
    expect(answer.statusCode).toBe(303)
    // The proxy's word is the one that counts: somebody else is not let in by the cookie of another.
    const other = await ask(test.server, from('127.0.0.1', '/', 'vera', { cookie: cookieOf(answer) }))
    expect(other.body).toContain('data-user="vera"')
    const third = await ask(test.server, from('127.0.0.1', '/', 'otto'))
    await removeUser(test.users, 'otto')
    expect(
      (await ask(test.server, from('127.0.0.1', '/', 'otto', { cookie: cookieOf(third) }))).statusCode,
    ).toBe(403)
  })
})

interface Got {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** One request by a client that names the host as it likes. */
function get(url: string, headers: Record<string, string>, enough?: string): Promise<Got> {
  return new Promise((resolve, reject) => {
    const send = url.startsWith('https:') ? secureRequest : plainRequest
    const sent = send(url, { headers, rejectUnauthorized: false }, (answer) => {
      let body = ''
      const done = () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body })
      answer.on('data', (piece) => {
        body += piece
        if (enough !== undefined && body.includes(enough)) {
          done()
          sent.destroy()
        }
      })
      answer.on('end', done)
    })
    sent.on('error', reject)
    sent.end()
  })
}

// Debian's package nginx; .ci/run installs it.
describe.skipIf(!isInstalled('nginx'))('behind a real nginx', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'defs-proxy-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  it('that asks for the password and takes TLS off, everything works under its name, and past it nothing', async () => {
    const { certificate, key } = makeAuthority(folder).issue('proxy', {
      extensions: ['subjectAltName=DNS:defs.example.org'],
    })
    writeFileSync(join(folder, 'passwords'), 'otto:{PLAIN}of otto\nbob:{PLAIN}of bob\n')
    openToAll(folder)
    const test = await testConsole({}, { ...trust, names: ['defs.example.org'] })
    const served = await serveConsole(test.parts, () => null)
    const nginx = await startNginxAs(
      folder,
      { certificate, key },
      `auth_basic defs; auth_basic_user_file ${folder}/passwords;
       location / {
         proxy_pass ${served.url}; proxy_http_version 1.1; proxy_buffering off; proxy_read_timeout 1h;
         proxy_set_header Host $http_host; proxy_set_header X-Remote-User $remote_user;
       }`,
    )
    try {
      const host = `defs.example.org:${nginx.port}`
      const url = `https://127.0.0.1:${nginx.port}`
      const basic = (name: string) => `Basic ${Buffer.from(`${name}:of ${name}`).toString('base64')}`
      const as = (name: string, further: Record<string, string> = {}) => ({
        host,
        authorization: basic(name),
        ...further,
      })
      expect((await get(`${url}/`, { host })).status).toBe(401)
      // What a client says of itself does not get through.
      const page = await get(`${url}/`, as('otto', { 'X-Remote-User': 'ines', X_Remote_User: 'ines' }))
      expect([page.status, page.body.includes('data-user="otto" data-role="operator"')]).toEqual([200, true])
      expect((await get(`${url}/`, as('bob'))).status).toBe(403)
      const cookie = String(page.headers['set-cookie']).split(';')[0] ?? ''
      const token = /name="defs-token" content="([^"]+)"/.exec(page.body)?.[1] ?? ''
      const answer = await new Promise<number>((resolve, reject) => {
        const headers = as('otto', { cookie, origin: `https://${host}`, 'content-type': form })
        const sent = secureRequest(
          `${url}/actions/update`,
          { method: 'POST', headers, rejectUnauthorized: false },
          (got) => {
            got.resume()
            resolve(got.statusCode ?? 0)
          },
        )
        sent.on('error', reject)
        sent.end(new URLSearchParams({ token }).toString())
      })
      expect([answer, test.orders.map(({ user }) => user)]).toEqual([303, ['otto']])
      expect((await get(`${url}/api/v1/status`, as('otto'))).status).toBe(200)
      // Events come through as they are written.
      const stream = await get(
        `${url}/api/v1/stream`,
        as('otto', { cookie, 'last-event-id': '0' }),
        '\nevent: journal\n',
      )
      expect([stream.status, stream.headers['content-type']]).toEqual([
        200,
        'text/event-stream; charset=utf-8',
      ])
      // Without the header it is as without a proxy: the form.
      const direct = await get(`${served.url}`, { host: 'defs.example.org', cookie })
      expect([direct.status, direct.headers.location]).toEqual([303, '/login?to=%2F'])
    } finally {
      await nginx.stop()
      await served.close()
    }
  })

  it('at an address that is not trusted, its header is nothing', async () => {
    const test = await testConsole({}, { ...trust, trustFrom: ['127.0.0.77'] })
    const served = await serveConsole(test.parts, () => null)
    const proxy = (bind: string) =>
      startNginxAs(
        folder,
        undefined,
        `location / { ${bind} proxy_pass ${served.url}; proxy_set_header Host $http_host; proxy_set_header X-Remote-User ines; }`,
      )
    const [other, trusted] = [await proxy(''), await proxy('proxy_bind 127.0.0.77;')]
    try {
      expect((await get(`http://127.0.0.1:${other.port}/`, {})).status).toBe(303)
      expect((await get(`http://127.0.0.1:${trusted.port}/`, {})).body).toContain('data-user="ines"')
    } finally {
      await other.stop()
      await trusted.stop()
      await served.close()
    }
  })
})
