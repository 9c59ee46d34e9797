import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { bounds } from '../bounds.ts'
import type { Answer, FleetFacts, HostFacts, HostsQuestion, ReportQuestion } from '../facts.ts'
import { alertsPage } from '../page/alerts.ts'
import { ageStep } from '../page/chart/ring-ages.ts'
import { isChosen } from '../page/event-list.ts'
import { items, part, word } from '../page/fact.ts'
import { fleetPage, rolloutsPage } from '../page/fleet.ts'
import { historyPage } from '../page/history.ts'
import { ringNames } from '../page/host-state.ts'
import { askedHosts, hostPage, hostsCsv, hostsPage } from '../page/hosts.ts'
import { plain } from '../page/html.ts'
import { publishPage } from '../page/publish.ts'
import { reportPage } from '../page/report.ts'
import { rolloutPage } from '../page/rollout.ts'
import { setLead, setPage, setsPage } from '../page/sets.ts'
import { statusPage } from '../page/status.ts'
import { enterByProxy, refuseStranger } from './proxy-login.ts'
import { withVerdict } from './verdict-of.ts'
import { type PageContent, readerOf, sendPage, sendRefusal, type Visitor, type Web } from './web.ts'

type Query = Readonly<Record<string, unknown>>
type Asked = FastifyRequest<{ Querystring: Query; Params: Readonly<Record<string, string>> }>

/** What a page is made by; null sends nothing more. */
type Make = (
  asked: Asked,
  visitor: Visitor & { user: NonNullable<Visitor['user']> },
  reply: FastifyReply,
) => Promise<PageContent | FastifyReply>

/** The pages. Whoever is not logged in is sent to the login, and comes back from there. */
export function addPages(server: FastifyInstance, web: Web): void {
  const add = (path: string, make: Make) => {
    server.get(path, async (request: Asked, reply) => {
      const visitor = enterByProxy(web, request, reply)
      if (visitor.stranger !== null) return refuseStranger(web, reply, visitor)
      if (!visitor.user) return toLogin(request, reply)
      const shown = await make(request, { ...visitor, user: visitor.user }, reply)
      return 'content' in shown ? sendPage(web, reply, visitor, shown) : shown
    })
  }
  if (web.host) addHostPages(add, web, web.host)
  if (web.fleet) addFleetPages(add, web, web.fleet)
  if (!web.host) add('/', async (_, __, reply) => reply.redirect('/fleet', 303))
}

/** Sends somebody to the login and back. */
export function toLogin({ url, method }: FastifyRequest, reply: FastifyReply): FastifyReply {
  const to = method === 'GET' || method === 'HEAD' ? `?to=${encodeURIComponent(url)}` : ''
  return reply.redirect(`/login${to}`, 303)
}

type Add = (path: string, make: Make) => void

async function actingOf(web: Web, visitor: Visitor) {
  const reader = readerOf(visitor) ?? { user: '', role: 'viewer' as const, token: '', proxied: false }
  return { reader, running: await web.runs.running() }
}

function addHostPages(add: Add, web: Web, facts: HostFacts): void {
  const { now } = web.parts
  add('/', async (_, visitor) => {
    const [status, list, history, disk, acting] = await Promise.all([
      facts.status(),
      facts.list(),
      facts.history(),
      facts.disk(),
      actingOf(web, visitor),
    ])
    const content = statusPage({
      status: withVerdict(status.body),
      list: list.body,
      history: history.body,
      events: web.newest(bounds.shownEvents),
      disk,
      maxAge: facts.maxAge(),
      now: now(),
      acting,
    })
    return { page: 'status', heading: 'Status', content }
  })
  add('/sets', async () => {
    const { body } = await facts.list()
    return {
      page: 'sets',
      heading: 'Sets',
      lead: 'What is on disk, newest first',
      content: setsPage(body),
      notices: failureOf(body),
    }
  })
  add('/sets/:set', async ({ params, query }, visitor, reply) => {
    const name = params['set'] ?? ''
    if (!/^\d{8}\.\d{3}$/.test(name))
      return sendRefusal(web, reply, visitor, 404, 'There is no such set: a set is written YYYYMMDD.NNN')
    const [list, history] = await Promise.all([facts.list(), facts.history()])
    const family = textOf(query, 'family') ?? familyOf(list.body, name)
    const set = await facts.show(name, family)
    const failure = failureOf(set.body)
    if (failure.length > 0) return sendRefusal(web, reply, visitor, 404, failure[0]?.text ?? '')
    const diff = await diffOf(facts, name, list, family)
    const entries = items(history.body, family === null ? 'entries' : `families.${family}.entries`)
    const content = setPage({ set: set.body, history: entries, diff, family })
    return { page: 'set', heading: name, lead: setLead(set.body), content }
  })
  add('/history', async ({ query }) => {
    const { body } = await facts.history()
    const content = historyPage(body, pageOf(query))
    return {
      page: 'history',
      heading: 'History',
      lead: 'What was live when, and why',
      content,
      notices: failureOf(body),
    }
  })
  add('/report', async ({ query }) => {
    const question = reportQuestion(query)
    const { body } = await facts.report(question)
    const content = reportPage({ question, answer: body, actions: facts.actions, page: pageOf(query) })
    const status = failureOf(body).length > 0 ? 400 : 200
    return { page: 'report', heading: 'Report', content, notices: failureOf(body), status }
  })
  add('/report.csv', async ({ query }, visitor, reply) => {
    const file = await facts.csv(reportQuestion(query))
    if ('body' in file)
      return sendRefusal(web, reply, visitor, 400, failureOf(file.body)[0]?.text ?? 'There is no such report')
    return sendFile(reply, file.name, file.text)
  })
  add('/alerts', async (_, visitor) => {
    const [sinks, acting] = await Promise.all([facts.sinks(), actingOf(web, visitor)])
    const grave = web.newest(bounds.searchedEvents).filter((line) => isChosen(line, 'grave'))
    const content = alertsPage(sinks.body, grave.slice(0, 30), acting)
    return { page: 'alerts', heading: 'Alerts', content, notices: failureOf(sinks.body) }
  })
}

function addFleetPages(add: Add, web: Web, facts: FleetFacts): void {
  const { now } = web.parts
  add('/fleet', async (_, visitor) => {
    const [status, hosts, ages, acting] = await Promise.all([
      facts.status(),
      facts.hosts(),
      facts.ages({ from: null, step: ageStep }),
      actingOf(web, visitor),
    ])
    const events = web.newest(bounds.shownEvents)
    const content = fleetPage({
      status: status.body,
      hosts: hosts.body,
      ages: ages.body,
      events,
      now: now(),
      acting,
    })
    return {
      page: 'fleet',
      heading: `Fleet ${word(status.body, 'fleet')}`.trim(),
      content,
      notices: failureOf(status.body),
    }
  })
  add('/fleet/rollouts', async () => {
    const { body } = await facts.status()
    return { page: 'rollouts', heading: 'Rollouts', content: rolloutsPage(body), notices: failureOf(body) }
  })
  add('/fleet/rollouts/:set', async ({ params }, visitor, reply) => {
    const name = params['set'] ?? ''
    const { body } = await facts.show(name)
    const failure = failureOf(body)
    if (failure.length > 0 && word(body, 'set') === '')
      return sendRefusal(web, reply, visitor, 404, failure[0]?.text ?? '')
    const [status, acting] = await Promise.all([facts.status(), actingOf(web, visitor)])
    const content = rolloutPage(body, status.body, now(), acting)
    return { page: 'rollout', heading: name, content }
  })
  add('/fleet/hosts', async ({ query }) => {
    const [status, hosts] = await Promise.all([facts.status(), facts.hosts()])
    const content = hostsPage(hosts.body, ringNames(status.body), hostsQuestion(query), pageOf(query))
    return { page: 'hosts', heading: 'Hosts', content, notices: failureOf(hosts.body) }
  })
  add('/fleet/hosts.csv', async ({ query }, _, reply) => {
    const { body } = await facts.hosts()
    const stamp = now().toISOString().slice(0, 16).replace(/\D/g, '')
    return sendFile(reply, `DEFSHOSTS${stamp}.csv`, hostsCsv(askedHosts(body, hostsQuestion(query))))
  })
  add('/fleet/hosts/:host', async ({ params }, visitor, reply) => {
    const { body } = await facts.hosts()
    const name = params['host'] ?? ''
    const host = items(body, 'hosts').find((one) => word(one, 'host') === name)
    if (!host) return sendRefusal(web, reply, visitor, 404, `There is no host ${plain(name)} in the fleet`)
    const lines = web.newest(bounds.searchedEvents)
    const events = lines.filter((line) => isChosen(line, { host: name })).slice(0, bounds.shownEvents)
    return { page: 'host', heading: name, content: hostPage(host, events) }
  })
  add('/publish', async () => {
    const { body } = await facts.publish()
    return { page: 'publish', heading: 'Publishing', content: publishPage(body), notices: failureOf(body) }
  })
}

function sendFile(reply: FastifyReply, name: string, text: string): FastifyReply {
  return reply
    .type('text/csv; charset=utf-8')
    .header('content-disposition', `attachment; filename="${name}"`)
    .send(text)
}

/** What went wrong with an answer that holds nothing but that. */
function failureOf(body: Answer['body']) {
  const text = word(body, 'error.message')
  return text === '' ? [] : [{ ok: false, text: plain(`${text} [${word(body, 'error.code')}]`) }]
}

/** The first of several families that has a set; null where there is only one, or none has it. */
function familyOf(list: Answer['body'], set: string): string | null {
  const has = (name: string) => items(list, `families.${name}.sets`).some((one) => word(one, 'set') === set)
  return Object.keys(part(list, 'families')).find(has) ?? null
}

/** The set on disk before this one, and what changed; null where there is none. */
async function diffOf(facts: HostFacts, name: string, list: Answer, family: string | null) {
  if (!facts.diff) return null
  const older = items(list.body, family === null ? 'sets' : `families.${family}.sets`)
    .map((set) => word(set, 'set'))
    .filter((set) => set < name)
  const from = older.toSorted().at(-1)
  if (from === undefined) return null
  const { body } = await facts.diff(from, name, family)
  return failureOf(body).length > 0 ? null : { from, body }
}

function textOf(query: Query, key: string): string | null {
  const value = query[key]
  const text = Array.isArray(value) ? value[0] : value
  return typeof text === 'string' && text.trim() !== '' ? text.trim() : null
}

function pageOf(query: Query): number {
  const page = Number(textOf(query, 'page'))
  return Number.isInteger(page) && page > 0 && page < 1_000_000 ? page : 1
}

/** A question about the report as the page and the API are asked it. */
export function reportQuestion(query: Query): ReportQuestion {
  const asked = query['action']
  const actions = (Array.isArray(asked) ? asked : [asked]).filter(
    (action): action is string => typeof action === 'string' && action.trim() !== '',
  )
  return {
    from: textOf(query, 'from'),
    to: textOf(query, 'to'),
    actions,
    search: textOf(query, 'q') ?? textOf(query, 'search'),
    family: textOf(query, 'family'),
  }
}

/** A question about hosts, alike. */
export function hostsQuestion(query: Query): HostsQuestion {
  return {
    ring: textOf(query, 'ring') ?? '',
    state: textOf(query, 'state') ?? '',
    search: textOf(query, 'q') ?? '',
  }
}
