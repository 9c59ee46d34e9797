import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { connect } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { bounds } from '../../src/console/bounds.ts'
import { type ConsoleServer, serveConsole } from '../../src/console/server.ts'
import { openSessions } from '../../src/console/session/sessions.ts'
import { openUsers } from '../../src/console/session/users.ts'
import { ask, logIn, testConsole } from '../support/console.ts'

// Whoever takes all he can get leaves room for others.

const usual = { ...bounds }
const held: { destroy: () => void }[] = []
let server: ConsoleServer | undefined
afterEach(async () => {
  for (const one of held.splice(0)) one.destroy()
  await server?.close()
  server = undefined
  Object.assign(bounds, usual)
})

/** Bounds that are reached soon. */
const few = (change: Partial<Record<keyof typeof bounds, number>>) => Object.assign(bounds, change)

/** Asks from an address of this machine; what answers without an end is held. */
async function get(path: string, from: string, headers: Record<string, string> = {}): Promise<number> {
  const url = new URL(path, server?.url)
  const asked = request(url, { localAddress: from, headers, agent: false })
  held.push(asked)
  asked.end()
  const [answer] = (await once(asked, 'response')) as [IncomingMessage]
  return answer.statusCode ?? 0
}

describe.skipIf(process.platform !== 'linux')('the console leaves room', () => {
  it('for others when one address opens all connections it can', async () => {
    few({ connections: 20 })
    const { parts } = await testConsole()
    server = await serveConsole(parts, () => null)
    const port = Number(new URL(server.url).port)
    const all = [...Array(40)].map(() => connect({ port, host: '127.0.0.1', localAddress: '127.0.0.2' }))
    held.push(...all)
    let refused = 0
    for (const socket of all) socket.on('error', () => undefined).on('close', () => (refused += 1))
    await expect.poll(() => refused).toBe(30)
    expect(await get('/login', '127.0.0.1')).toBe(200)
    await expect(get('/login', '127.0.0.2')).rejects.toThrow()
  })

  it('for the streams of other users, and of other addresses', async () => {
    few({ streams: 6, ownStreams: 2 })
    const test = await testConsole()
    const cookies: Record<string, string> = {}
    for (const name of ['vera', 'otto', 'ines'] as const) cookies[name] = (await logIn(test, name)).cookie
    await test.server.close()
    server = await serveConsole(test.parts, () => null)
    const stream = (name: string, from: string) =>
      get('/api/v1/stream', from, { cookie: cookies[name] ?? '' })
    expect(await stream('vera', '127.0.0.2')).toBe(200)
    expect(await stream('vera', '127.0.0.3')).toBe(200)
    // The user has all of his, wherever from; the address has one left.
    expect(await stream('vera', '127.0.0.4')).toBe(429)
    expect(await stream('otto', '127.0.0.2')).toBe(200)
    expect(await stream('ines', '127.0.0.2')).toBe(429)
    expect(await stream('ines', '127.0.0.4')).toBe(200)
    // What is closed counts no longer.
    held.splice(0, 1)[0]?.destroy()
    await expect.poll(() => stream('vera', '127.0.0.5')).toBe(200)
  })

  it('for the sessions of others when one user logs in again and again', async () => {
    few({ sessions: 6, ownSessions: 3 })
    const { parts, users } = await testConsole()
    const [vera, otto] = ['vera', 'otto'].map((name) => openUsers(users).find(name))
    if (!vera || !otto) throw new Error('both are there')
    let at = Date.parse('2026-11-28T13:00:00Z')
    const sessions = openSessions(
      `${parts.state}/share.json`,
      openUsers(users),
      parts.settings,
      () => new Date(at),
    )
    const old = sessions.begin(otto)
    const ids = [...Array(10)].map(() => {
      at += 1000
      return sessions.begin(vera)
    })
    expect(sessions.find(old, false)?.user).toBe('otto')
    expect(ids.filter((id) => sessions.find(id, false))).toEqual(ids.slice(-3))
    await sessions.close()
  })

  it('in the journal when a program comes through the proxy without a cookie', async () => {
    const test = await testConsole({}, { trustHeader: 'X-Forwarded-User' })
    const headers = { 'x-forwarded-user': 'vera' }
    for (let count = 0; count < 20; count += 1)
      expect((await ask(test.server, { url: '/', headers })).statusCode).toBe(200)
    const logins = () => test.told.filter(({ name }) => name === 'console.login').length
    expect(logins()).toBe(1)
    test.pass(61_000)
    await ask(test.server, { url: '/', headers })
    expect(logins()).toBe(2)
  })
})
