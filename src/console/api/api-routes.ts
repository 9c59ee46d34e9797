import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { clientAt } from '../../share-connections.ts'
import { bounds } from '../bounds.ts'
import type { Answer } from '../facts.ts'
import { endsOf, linesAfterAll, readPlaces, textOfPlaces } from '../live/all-journals.ts'
import { heatOf } from '../live/fleet-state.ts'
import { ageHistory } from '../page/chart/age-history.ts'
import { items, word } from '../page/fact.ts'
import { askedHosts } from '../page/hosts.ts'
import { busyText, tellAction } from '../web/action-routes.ts'
import { readOrder } from '../web/order.ts'
import { hostsQuestion, reportQuestion } from '../web/page-routes.ts'
import { tellLater, type Web } from '../web/web.ts'
import { type ClientOf, callerOf, refusalOf, sendError, sendUnauthorised } from './caller.ts'
import { base, deeds } from './endpoint.ts'
import { openApi } from './openapi.ts'

type Query = Readonly<Record<string, unknown>>
type Asked = FastifyRequest<{ Querystring: Query; Params: Readonly<Record<string, string>> }>

/** What an endpoint says: an answer of a command, or an object of our own. */
type Say = (asked: Asked) => Promise<Answer | Readonly<Record<string, unknown>> | null>

/** The API. */
export function addApi(server: FastifyInstance, web: Web, clientOf: ClientOf): void {
  boundGuesses(server, web, clientOf)
  const { host, fleet, parts } = web
  const get = (path: string, say: Say) => {
    server.get(base + path, async (request: Asked, reply) => {
      if (!callerOf(web, request, clientOf)) return sendUnauthorised(reply)
      const said = await say(request)
      return said === null ? sendError(reply, 404, 'NOT_FOUND', 'there is no such thing') : send(reply, said)
    })
  }
  if (host) {
    get('/status', host.status)
    get('/list', host.list)
    get('/sets/:set', ({ params, query }) =>
      host.show(params['set'] ?? '', typeof query['family'] === 'string' ? query['family'] : null),
    )
    get('/history', host.history)
    get('/report', ({ query }) => host.report(reportQuestion(query)))
    get('/schedule', host.schedule)
    get('/sources', host.sources)
    get('/age', async ({ query }) => {
      const { body } = await host.history()
      const { family } = query
      const path = typeof family === 'string' ? `families.${family}.entries` : 'entries'
      return own('age', { maxAge: host.maxAge(), ...ageHistory(items(body, path), parts.now()) })
    })
  }
  if (fleet) addFleet(get, fleet)
  get('/events', async ({ query }) => {
    const { after } = query
    const { journals } = web
    const asked = after === undefined ? endsOf(journals) : readPlaces(String(after), journals)
    if (asked === null)
      return problemOf('USAGE_ARGUMENT', 'after is a place in the journal: 0, or `next` of an answer before')
    const lines = linesAfterAll(journals, asked, bounds.events)
    const events = lines.map(({ offset, event }) => ({ offset, ...event }))
    const places = [...asked]
    for (const { journal, offset } of lines) places[journal] = offset
    const next = textOfPlaces(places, journals)
    return own('events', { events, next: journals.further.length === 0 ? Number(next) : next })
  })
  get('/runs/:run', async ({ params }) => {
    const run = web.runs.find(params['run'] ?? '')
    if (!run) return null
    const { order, since, answer } = run
    return {
      run: run.run,
      action: order.action,
      user: order.user,
      since,
      ended: answer !== null,
      result: answer?.body ?? null,
    }
  })
  addDeeds(server, web, clientOf)
  addStream(server, web, clientOf)
  const document = `${JSON.stringify(openApi(parts.version, { host: host !== null, fleet: fleet !== null }), null, 2)}\n`
  server.get(`${base}/openapi.json`, (_, reply) =>
    reply.type('application/json; charset=utf-8').send(document),
  )
}

/**
 * Wrong tokens count as wrong logins do, or they could be guessed at any rate. Judged by the route, as a path can be
 * written in many ways; what has none is counted, too, since its answer tells a right token from a wrong one.
 */
function boundGuesses(server: FastifyInstance, { attempts }: Web, clientOf: ClientOf): void {
  server.addHook('onRequest', async (request, reply) => {
    const { authorization } = request.headers
    const { url: route = base } = request.routeOptions
    // What a proxy asked for itself, as Basic, is passed on by many and is no token.
    if (!/^bearer\b/i.test(authorization ?? '') || !route.startsWith(base)) return
    // Apart from passwords: who mistypes those must not keep a monitor of the same machine from asking.
    const from = `token of ${clientAt(request.ip)}`
    const wait = attempts.begin(from, from)
    if (wait > 0) {
      const text = `too many wrong tokens: try again in ${wait} s`
      return sendError(reply.header('retry-after', String(wait)), 429, 'TOO_MANY_REQUESTS', text)
    }
    if (clientOf(authorization) !== null) attempts.right(from, from)
  })
}

function addFleet(get: (path: string, say: Say) => void, fleet: NonNullable<Web['fleet']>): void {
  get('/fleet', fleet.status)
  get('/fleet/hosts', async ({ query }) => {
    const answer = await fleet.hosts()
    const question = hostsQuestion(query)
    const cursor = Number(query['cursor'] ?? 0)
    if (!Number.isSafeInteger(cursor) || cursor < 0)
      return problemOf('USAGE_ARGUMENT', 'cursor is what the answer before said')
    const all = askedHosts(answer.body, question)
    // Without a question it is the command's own answer.
    if (Object.keys(query).length === 0) return answer
    const hosts = all.slice(cursor, cursor + bounds.rows)
    const next = cursor + hosts.length < all.length ? cursor + hosts.length : null
    return { ...answer.body, hosts, total: all.length, next }
  })
  get('/fleet/rollouts/:set', ({ params }) => fleet.show(params['set'] ?? ''))
  get('/fleet/heat', async () => {
    const [status, hosts] = await Promise.all([fleet.status(), fleet.hosts()])
    return own('fleet heat', heatOf(status.body, hosts.body))
  })
  get('/fleet/age', ({ query: { from, step } }) =>
    fleet.ages({
      from: typeof from === 'string' ? from : null,
      step: typeof step === 'string' ? step : null,
    }),
  )
}

function addDeeds(server: FastifyInstance, web: Web, clientOf: ClientOf): void {
  for (const { path, action, needs } of deeds) {
    if (web[needs] === null) continue
    server.post(base + path, async (request: FastifyRequest<{ Body: Query | null }>, reply) => {
      const caller = callerOf(web, request, clientOf)
      if (!caller) return sendUnauthorised(reply)
      const refusal = refusalOf(web, request, caller, action)
      if (refusal !== null) return sendError(reply, 403, 'FORBIDDEN', refusal)
      const read = readOrder(action, request.body ?? {}, caller.user)
      if ('problem' in read) return sendError(reply, 400, 'USAGE_ARGUMENT', read.problem)
      const begun = await web.runs.begin(read.order)
      if ('busy' in begun) return sendError(reply, 409, 'BUSY', busyText(begun.busy))
      tellAction(web, read.order)
      if (caller.id !== null) tellLater(web, caller.id, begun.run)
      return reply
        .code(202)
        .type('application/json; charset=utf-8')
        .send(`${JSON.stringify({ run: begun.run })}\n`)
    })
  }
}

function addStream(server: FastifyInstance, web: Web, clientOf: ClientOf): void {
  server.get(`${base}/stream`, async (request, reply) => {
    const caller = callerOf(web, request, clientOf)
    if (!caller) return sendUnauthorised(reply)
    // Whoever asks for the heads only is not sent what never ends.
    if (request.method === 'HEAD') return reply.type('text/event-stream; charset=utf-8').send()
    const who = [`user ${caller.user}`, `address ${clientAt(request.ip)}`]
    if (web.stream.isFull(who)) {
      reply.header('retry-after', '30')
      return sendError(reply, 429, 'TOO_MANY', 'too many streams are open: ask again later')
    }
    const after = request.headers['last-event-id']
    const place = typeof after === 'string' ? readPlaces(after, web.journals) : null
    // Asked again and again: a session may end while its page is open. Nobody may stay when that cannot be told.
    const mayStay = () => {
      try {
        return callerOf(web, request, clientOf)?.id === caller.id
      } catch {
        return false
      }
    }
    reply.hijack()
    const headers = {
      ...reply.getHeaders(),
      'content-type': 'text/event-stream; charset=utf-8',
      'x-accel-buffering': 'no',
    }
    reply.raw.writeHead(200, headers as Record<string, string>)
    web.stream.join(reply.raw, who, place, mayStay)
    return reply
  })
}

function own(command: string, facts: Readonly<Record<string, unknown>>) {
  return { schema: 1, command, ok: true, exitCode: 0, ...facts }
}

function problemOf(code: string, message: string): Answer {
  const body = { schema: 1, ok: false, exitCode: 2, error: { code, message } }
  return { exitCode: 2, text: `${JSON.stringify(body)}\n`, body }
}

function send(reply: FastifyReply, said: Answer | Readonly<Record<string, unknown>>): FastifyReply {
  const answer = isAnswer(said) ? said : null
  const text = answer?.text ?? `${JSON.stringify(said)}\n`
  return reply
    .code(answer ? statusOf(answer) : 200)
    .type('application/json; charset=utf-8')
    .send(text)
}

function isAnswer(said: Answer | Readonly<Record<string, unknown>>): said is Answer {
  return typeof said['text'] === 'string' && typeof said['body'] === 'object'
}

/** Only what could not be answered at all is an error of HTTP: a stale status is a good answer. */
function statusOf({ body, exitCode }: Answer): number {
  const code = word(body, 'error.code')
  // A result beside the error is an answer: `status` of a stale set says all it has to say.
  const known = Object.keys(body).filter(
    (key) => !['schema', 'command', 'ok', 'exitCode', 'error', 'events'].includes(key),
  )
  if (code === '' || known.length > 0) return 200
  if (code === 'STORE_UNKNOWN_SET') return 404
  return exitCode === 2 ? 400 : 503
}
