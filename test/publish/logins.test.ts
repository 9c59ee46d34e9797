import { createHash } from 'node:crypto'
import { beforeEach, describe, expect, it } from 'vitest'
import type { DefsEvent } from '../../src/event/event.ts'
import { type Logins, openLogins } from '../../src/publish/serve/logins.ts'

const hash = (token: string) => createHash('sha256').update(token).digest('hex')
const bearer = (token: string) => `Bearer ${token}`

let logins: Logins
let events: DefsEvent[]
let now: Date
beforeEach(() => {
  now = new Date('2026-11-21T12:00:00Z')
  events = []
  logins = openLogins(new Map([[hash('right'), 'branch-1']]), {
    now: () => now,
    emit: (report) => {
      if (report.type === 'event') events.push(report.event)
    },
  })
})
const names = () => events.map(({ name }) => name)
const wait = (minutes: number) => {
  now = new Date(now.getTime() + minutes * 60_000)
}

describe('the tokens of the internal server', () => {
  it('alerts at the third wrong token, and of every one after it once a minute, until a right one', () => {
    for (let tries = 0; tries < 2; tries += 1) expect(logins.judge('192.0.2.1', bearer('no'))).toBe(false)
    expect(names()).toEqual(['serve.denied'])
    logins.judge('192.0.2.1', bearer('no'))
    expect(names()).toEqual(['serve.denied', 'serve.frequent-failures'])
    expect(events[1]).toMatchObject({ count: 3, from: '192.0.2.1' })
    logins.judge('192.0.2.1', bearer('no'))
    wait(1)
    logins.judge('192.0.2.1', bearer('no'))
    expect(events.at(-1)).toMatchObject({ name: 'serve.frequent-failures', count: 5 })
    expect(names()).toHaveLength(3)
    expect(logins.judge('192.0.2.1', bearer('right'))).toBe(true)
    wait(60)
    logins.judge('192.0.2.1', bearer('no'))
    logins.judge('192.0.2.1', bearer('no'))
    expect(names().slice(3)).toEqual(['serve.login', 'serve.denied'])
  })

  it('alerts of who has none, once an hour, but not of a client that logs in when it is asked to', () => {
    expect(logins.judge('192.0.2.2', undefined)).toBe(false)
    logins.judge('192.0.2.2', undefined)
    expect(names()).toEqual(['serve.denied'])
    wait(61)
    logins.judge('192.0.2.2', undefined)
    expect(names()).toEqual(['serve.denied', 'serve.denied'])
    logins.judge('192.0.2.3', bearer('right'))
    wait(120)
    logins.judge('192.0.2.3', undefined)
    expect(names().slice(2)).toEqual(['serve.login'])
  })

  it('tells of each client once a day', () => {
    for (let hours = 0; hours < 30; hours += 1) {
      logins.judge('192.0.2.4', bearer('right'))
      wait(60)
    }
    expect(names()).toEqual(['serve.login', 'serve.login'])
    expect(events[0]).toMatchObject({ user: 'branch-1', from: '192.0.2.4' })
  })
})
