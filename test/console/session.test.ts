import { appendFile, readFile, stat, writeFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { openAttempts } from '../../src/console/session/attempts.ts'
import {
  cookieName,
  isToken,
  makeCookie,
  newId,
  readCookie,
  tokenOf,
} from '../../src/console/session/cookie.ts'
import { hashPassword, isPassword, readHash } from '../../src/console/session/password.ts'
import { mayDo } from '../../src/console/session/role.ts'
import { openSessions } from '../../src/console/session/sessions.ts'
import { openUsers, putUser, readUsers, removeUser } from '../../src/console/session/users.ts'
import { ask, cookieOf, logIn, own, passwords, testConsole, tokenIn } from '../support/console.ts'

const form = 'application/x-www-form-urlencoded'

describe('a password', () => {
  it('is kept as scrypt with its cost, and known again, composed or not', async () => {
    const kept = await hashPassword('Müller geht')
    expect(kept).toMatch(/^scrypt\$32768\$8\$3\$/)
    expect(await isPassword('Mu\u0308ller geht', kept)).toBe(true)
    expect(await isPassword('Mueller geht', kept)).toBe(false)
  })

  it('of nobody is wrong and takes as long', async () => {
    const kept = await hashPassword('something')
    const took = async (who: string | null) => {
      const begun = performance.now()
      expect(await isPassword('guessed', who)).toBe(false)
      return performance.now() - begun
    }
    const [known, unknown] = [await took(kept), await took(null)]
    expect(unknown).toBeGreaterThan(known / 4)
  })

  it('is not read with a cost that would stop the machine', () => {
    const tail = `${'a'.repeat(22)}$${'b'.repeat(43)}`
    expect(readHash(`scrypt$32768$8$3$${tail}`)).not.toBeNull()
    for (const cost of ['1048576$8$1', '1$8$1', '32769$8$1', '32768$99$1'])
      expect(readHash(`scrypt$${cost}$${tail}`)).toBeNull()
  })
})

describe('the file of users', () => {
  it('is private, replaced in whole, and says what is wrong with a line', async () => {
    const { users } = await testConsole()
    expect((await stat(users)).mode & 0o777).toBe(0o600)
    expect(readUsers(users).map(({ user, role }) => `${user} ${role}`)).toEqual([
      'vera viewer',
      'otto operator',
      'ines approver',
    ])
    expect(await readFile(users, 'utf8')).not.toContain(passwords.vera)
    expect(await removeUser(users, 'otto')).toBe(true)
    expect(await removeUser(users, 'otto')).toBe(false)
    await appendFile(users, 'mallory admin nothing\n')
    expect(() => readUsers(users)).toThrow(/line 4 is no 'name role password'/)
  })

  it('is in force at the next request', async () => {
    const { users } = await testConsole()
    const opened = openUsers(users)
    expect(opened.find('vera')?.role).toBe('viewer')
    await putUser(users, 'vera', 'operator', 'another one')
    expect(opened.find('vera')?.role).toBe('operator')
    await expect(putUser(users, 'a b', 'viewer', 'x')).rejects.toMatchObject({ code: 'USAGE_ARGUMENT' })
    await expect(putUser(users, 'ok', 'viewer', '')).rejects.toMatchObject({ code: 'USAGE_ARGUMENT' })
  })
})

describe('roles', () => {
  it('may do nothing, what concerns one host, or all', () => {
    expect([mayDo('viewer', 'update'), mayDo('operator', 'update'), mayDo('operator', 'pause')]).toEqual([
      false,
      true,
      true,
    ])
    expect(
      ['approve', 'halt', 'fleet-rollback'].map((action) => mayDo('operator', action as 'halt')),
    ).toEqual([false, false, false])
    expect(mayDo('approver', 'halt')).toBe(true)
  })
})

describe('the cookie', () => {
  it('is HttpOnly, strict, and with TLS bound to this host', () => {
    const id = newId()
    expect(makeCookie(id, true)).toBe(`__Host-defs=${id}; Path=/; HttpOnly; SameSite=Strict; Secure`)
    expect(makeCookie(id, false)).toBe(`defs=${id}; Path=/; HttpOnly; SameSite=Strict`)
    expect(readCookie(`a=b; ${cookieName(false)}=${id}`, false)).toBe(id)
    expect(readCookie('defs=short', false)).toBeNull()
  })

  it('has a token of its own', () => {
    const [one, two] = [newId(), newId()]
    expect([
      isToken(tokenOf(one), one),
      isToken(tokenOf(two), one),
      isToken(undefined, one),
      isToken(tokenOf(one), null),
    ]).toEqual([true, false, false, false])
  })
})

describe('wrong logins', () => {
  it('are ten a minute by address and for a name', () => {
    let at = 0
    const attempts = openAttempts(() => new Date(at))
    for (let count = 0; count < 10; count += 1) expect(attempts.begin('10.0.0.1', `name${count}`)).toBe(0)
    expect(attempts.begin('10.0.0.1', 'vera')).toBe(60)
    for (let count = 0; count < 10; count += 1) expect(attempts.begin(`10.0.1.${count}`, 'otto')).toBe(0)
    at = 30_000
    expect(attempts.begin('10.0.2.1', 'otto')).toBe(30)
    at = 60_001
    expect(attempts.begin('10.0.0.1', 'vera')).toBe(0)
    attempts.right('10.0.0.1', 'vera')
    expect([attempts.wrong('vera'), attempts.wrong('vera'), attempts.wrong('otto')]).toEqual([1, 2, 1])
  })
})

describe('a session', () => {
  it('is kept over a restart as a hash, and ends by idleness, by its length, and with its user', async () => {
    const test = await testConsole()
    const file = `${test.parts.state}/kept.json`
    let at = Date.parse('2026-11-28T13:00:00Z')
    const ends = { idle: 300_000, sessions: 1_000_000 }
    const open = () => openSessions(file, openUsers(test.users), ends, () => new Date(at))
    const first = open()
    const vera = readUsers(test.users)[0]
    if (!vera) throw new Error('vera is there')
    const [one, two, three] = [first.begin(vera), first.begin(vera), first.begin(vera)]
    await first.close()
    expect(await readFile(file, 'utf8')).not.toContain(one)
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    const second = open()
    expect(second.find(one, true)?.user).toBe('vera')
    at += 299_000
    expect(second.find(one, true)?.user).toBe('vera')
    // Only what a person does counts.
    expect(second.find(two, false)?.user).toBe('vera')
    at += 2_000
    expect(second.find(two, false)).toBeNull()
    expect(second.find(one, true)?.user).toBe('vera')
    for (let step = 0; step < 3; step += 1) {
      at += 290_000
      second.find(one, true)
    }
    expect(second.find(one, true)).toBeNull()
    await putUser(test.users, 'vera', 'viewer', 'changed')
    expect(second.find(three, true)).toBeNull()
  })

  it('file that makes no sense throws nobody but the logged-in out', async () => {
    const { parts, users } = await testConsole()
    await writeFile(`${parts.state}/bad.json`, '{"sessions": 5')
    const sessions = openSessions(`${parts.state}/bad.json`, openUsers(users), parts.settings, parts.now)
    expect(sessions.find(newId(), true)).toBeNull()
  })
})

describe('the login', () => {
  it('says the same of a wrong name and a wrong password, and tells 1121 once, the alert from the third on', async () => {
    const { server, told } = await testConsole()
    const page = await ask(server, { url: '/login?to=/sets' })
    expect(page.body).toContain('name="to" value="/sets"')
    const cookie = cookieOf(page)
    const answers = []
    for (const name of ['vera', 'nobody', 'nobody', 'nobody']) {
      const payload = new URLSearchParams({
        name,
        password: 'no',
        token: tokenIn(page.body),
        to: '/',
      }).toString()
      answers.push(
        await ask(server, {
          method: 'POST',
          url: '/login',
          headers: { ...own, cookie, 'content-type': form },
          payload,
        }),
      )
    }
    for (const answer of answers) {
      expect(answer.statusCode).toBe(401)
      expect(answer.body).toContain('<p class="notice bad" role="alert">')
      expect(answer.body).toContain('Name or password is wrong')
    }
    expect(told.map(({ name, facts }) => `${name} ${facts.user}`)).toEqual([
      'console.login-failed vera',
      'console.login-failed nobody',
      'console.frequent-failures nobody',
    ])
  })

  it('of a link of another site waits for the browser to ask once more, and sets no cookie', async () => {
    const { server } = await testConsole()
    const foreign = { 'sec-fetch-site': 'cross-site' }
    const first = await ask(server, { url: '/login?to=/sets', headers: foreign })
    expect([first.statusCode, first.headers['set-cookie']]).toEqual([200, undefined])
    expect(first.body).toContain('<meta http-equiv="refresh" content="0;url=/login?to=%2Fsets">')
    expect((await ask(server, { url: '/login?to=/sets' })).headers['set-cookie']).toBeDefined()
    // A form of elsewhere ends nobody's session, and gives no new one.
    const out = await ask(server, { method: 'POST', url: '/logout', headers: foreign })
    expect([out.statusCode, out.headers['set-cookie']]).toEqual([303, undefined])
  })

  it('is 429 from the eleventh wrong one on, without looking at the password', async () => {
    const { server } = await testConsole()
    const page = await ask(server, { url: '/login' })
    const payload = new URLSearchParams({
      name: 'vera',
      password: 'no',
      token: tokenIn(page.body),
    }).toString()
    const once = () =>
      ask(server, {
        method: 'POST',
        url: '/login',
        headers: { ...own, cookie: cookieOf(page), 'content-type': form },
        payload,
      })
    const codes = (await Promise.all([...Array(10)].map(once))).map(({ statusCode }) => statusCode)
    expect(codes).toEqual(Array(10).fill(401))
    const begun = performance.now()
    const eleventh = await once()
    expect([eleventh.statusCode, Number(eleventh.headers['retry-after']) > 0]).toEqual([429, true])
    expect(performance.now() - begun).toBeLessThan(60)
  })

  it('tells of logins that are refused by their address alone, and keeps no long name: neither fills anything', async () => {
    const { server, told } = await testConsole()
    const page = await ask(server, { url: '/login' })
    const send = (name: string) =>
      ask(server, {
        method: 'POST',
        url: '/login',
        headers: { ...own, cookie: cookieOf(page), 'content-type': form },
        payload: new URLSearchParams({ name, password: 'no', token: tokenIn(page.body) }).toString(),
      })
    const names = [...Array(60)].map((_, at) => `${at}${'x'.repeat(200)}`)
    const codes: number[] = []
    for (const name of names) codes.push((await send(name)).statusCode)
    expect(codes).toEqual([...Array(10).fill(401), ...Array(50).fill(429)])
    // One for each of ten names, and one a minute for all that was refused after that.
    expect(told.map(({ facts }) => facts.count)).toEqual(Array(11).fill(1))
    expect(told.every(({ facts }) => (facts.user ?? '').length <= 64)).toBe(true)
    for (let tries = 0; tries < 50; tries += 1) await send('vera')
    expect(told.filter(({ name }) => name === 'console.frequent-failures')).toEqual([])
  })

  it('wants its token and its origin, keeps the cookie that is there, and gives a new one', async () => {
    const test = await testConsole()
    const { server } = test
    const page = await ask(server, { url: '/login' })
    const cookie = cookieOf(page)
    expect((await ask(server, { url: '/login', headers: { cookie } })).headers['set-cookie']).toBeUndefined()
    const send = (fields: Record<string, string>, headers: Record<string, string>) =>
      ask(server, {
        method: 'POST',
        url: '/login',
        headers: { cookie, 'content-type': form, ...headers },
        payload: new URLSearchParams({ name: 'vera', password: passwords.vera, ...fields }).toString(),
      })
    const token = tokenIn(page.body)
    expect((await send({ token: 'x' }, own)).statusCode).toBe(403)
    expect((await send({ token }, { host: own.host })).statusCode).toBe(403)
    expect((await send({ token }, { ...own, origin: 'http://evil.example' })).statusCode).toBe(403)
    expect((await send({ token }, { ...own, origin: 'null' })).statusCode).toBe(403)
    const right = await send({ token, to: '//evil.example/' }, own)
    expect([right.statusCode, right.headers.location]).toEqual([303, '/'])
    expect(cookieOf(right)).not.toBe(cookie)
    const back = await ask(server, { url: '/login?to=/history', headers: { cookie: cookieOf(right) } })
    expect([back.statusCode, back.headers.location]).toEqual([303, '/history'])
  })

  it('ends by logout, by idleness, and when the user is removed', async () => {
    const test = await testConsole()
    const one = await logIn(test, 'vera')
    expect((await one.get('/')).statusCode).toBe(200)
    expect((await one.post('/logout')).headers.location).toBe('/login')
    expect((await one.get('/')).headers.location).toBe('/login?to=%2F')
    const two = await logIn(test, 'otto')
    test.pass(299_000)
    // The stream and the page's own requests do not count.
    expect((await two.get('/api/v1/status')).statusCode).toBe(200)
    expect((await two.get('/', { 'x-defs-live': '1' })).statusCode).toBe(200)
    test.pass(2_000)
    expect((await two.get('/sets?x=1')).headers.location).toBe('/login?to=%2Fsets%3Fx%3D1')
    expect((await two.get('/api/v1/status')).statusCode).toBe(401)
    const three = await logIn(test, 'otto')
    await removeUser(test.users, 'otto')
    expect((await three.get('/')).statusCode).toBe(303)
  })
})
