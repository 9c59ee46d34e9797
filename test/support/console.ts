import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FastifyInstance, InjectOptions } from 'fastify'
import {
  sampleFleet,
  sampleHost,
  sampleJournal,
  sampleParts,
  sampleSettings,
} from '../../fixtures/console/sample.js'
import type {
  Answer,
  ConsoleEventFacts,
  ConsoleEventName,
  ConsoleParts,
  Order,
  Running,
} from '../../src/console/facts.ts'
import { openConsole } from '../../src/console/server.ts'
import type { Web } from '../../src/console/web/web.ts'

/** A console that is asked without a network. */
export interface TestConsole {
  readonly server: FastifyInstance
  readonly web: Web
  readonly parts: ConsoleParts
  readonly journal: string
  readonly users: string
  /** What was reported, in order. */
  readonly told: { readonly name: ConsoleEventName; readonly facts: ConsoleEventFacts }[]
  /** What was to be carried out, in order. */
  readonly orders: Order[]
  /** How the next orders end. */
  readonly ends: { answer: (order: Order) => Promise<Answer>; atWork: Running | null }
  /** Moves the clock on. Milliseconds. */
  readonly pass: (milliseconds: number) => void
}

export const passwords = {
  vera: 'vera looks only',
  otto: 'otto operates it',
  ines: 'ines approves it',
} as const
// At the least cost that is read, so that tests need not wait for passwords.
const usersText = `vera viewer scrypt$16384$8$1$zyUeOsfv3Nmj7nPRbZ2cqg$a1tyThYCUUz7cVgJkKWtHG54fU1HknDfIMjNRKKDSE8
otto operator scrypt$16384$8$1$71KhlwufylEHsUVnZogmFw$Du-Z9IXz3yMorUOGxeFEgn6SyiOgFbJPlFWLzlRT0BQ
ines approver scrypt$16384$8$1$6snwByrJ2II0zzPq0hkYDg$Kc_iffBIIG2hVBp85F1FUtxE0sb95zCdEJod9e64XbU
`

type Name = keyof typeof passwords

/** What a command would have said. */
export function answerOf(body: Readonly<Record<string, unknown>>): Answer {
  const all = { schema: 1, ok: true, exitCode: 0, ...body }
  return { exitCode: Number(all.exitCode), text: `${JSON.stringify(all)}\n`, body: all }
}

/** Opens one with the sample's facts and three users, one of each role. @param settings other than usual */
export async function testConsole(
  change: Partial<ConsoleParts> = {},
  settings: Partial<ConsoleParts['settings']> = {},
): Promise<TestConsole> {
  const folder = await mkdtemp(join(tmpdir(), 'defs-console-'))
  const [journal, users] = [join(folder, 'events.jsonl'), join(folder, 'users')]
  const begun = Date.parse('2026-11-28T13:00:00Z')
  let passed = 0
  const now = () => new Date(begun + passed)
  await writeFile(journal, sampleJournal(now()))
  await writeFile(users, usersText, { mode: 0o600 })
  const told: TestConsole['told'] = []
  const orders: Order[] = []
  const ends: TestConsole['ends'] = { answer: async () => answerOf({}), atWork: null }
  const parts: ConsoleParts = {
    settings: { ...sampleSettings(users), ...settings },
    title: 'mail-1',
    version: '0.1.0',
    ...sampleParts(sampleHost(now()), sampleFleet(now(), 40)),
    actions: {
      async carryOut(order) {
        orders.push(order)
        return ends.answer(order)
      },
      atWork: async () => ends.atWork,
    },
    journal,
    state: folder,
    tell: (name, facts) => told.push({ name, facts }),
    now,
    ...change,
  }
  const clients: Readonly<Record<string, string>> = {
    'Bearer of-monitor': 'monitor',
    'Bearer of-otto': 'otto',
  }
  const { server, web } = await openConsole(parts, (authorization) => clients[authorization ?? ''] ?? null)
  const pass = (milliseconds: number) => {
    passed += milliseconds
  }
  return { server, web, parts, journal, users, told, orders, ends, pass }
}

/** Where requests come from that our own pages send. */
export const own = { host: '127.0.0.1:7080', origin: 'http://127.0.0.1:7080' } as const

/** A browser of one user. */
export interface Browser {
  readonly cookie: string
  readonly token: string
  readonly get: (url: string, headers?: Record<string, string>) => ReturnType<typeof ask>
  readonly post: (
    url: string,
    fields?: Record<string, string>,
    headers?: Record<string, string | undefined>,
  ) => ReturnType<typeof ask>
}

/** One request. */
export async function ask(server: FastifyInstance, options: InjectOptions) {
  return server.inject({ ...options, headers: { host: own.host, ...options.headers } })
}

/** The cookie that an answer sets; empty for none. */
export function cookieOf(answer: { headers: Readonly<Record<string, unknown>> }): string {
  return String(answer.headers['set-cookie'] ?? '').split(';')[0] ?? ''
}

/** The token of the forms of a page. */
export function tokenIn(page: string): string {
  return /name="token" value="([^"]+)"/.exec(page)?.[1] ?? ''
}

/** Logs somebody in. */
export async function logIn({ server }: TestConsole, name: Name): Promise<Browser> {
  const form = await ask(server, { url: '/login' })
  const answer = await ask(server, {
    method: 'POST',
    url: '/login',
    headers: { ...own, cookie: cookieOf(form), 'content-type': 'application/x-www-form-urlencoded' },
    payload: new URLSearchParams({
      name,
      password: passwords[name],
      token: tokenIn(form.body),
      to: '/',
    }).toString(),
  })
  const cookie = cookieOf(answer)
  const page = await ask(server, { url: '/', headers: { cookie } })
  const token = tokenIn(page.body)
  return {
    cookie,
    token,
    get: (url, headers = {}) => ask(server, { url, headers: { cookie, ...headers } }),
    post(url, fields = {}, headers = {}) {
      const all = { ...own, cookie, 'content-type': 'application/x-www-form-urlencoded', ...headers }
      const sent = Object.fromEntries(
        Object.entries(all).filter((pair): pair is [string, string] => pair[1] !== undefined),
      )
      const payload = new URLSearchParams({ token, ...fields }).toString()
      return ask(server, { method: 'POST', url, headers: sent, payload })
    },
  }
}
