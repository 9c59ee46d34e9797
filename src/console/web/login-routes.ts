import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { clientAt } from '../../share-connections.ts'
import { bounds } from '../bounds.ts'
import { fromElsewherePage, loginPage } from '../page/login.ts'
import { isToken, makeCookie, newId, tokenOf } from '../session/cookie.ts'
import { isPassword } from '../session/password.ts'
import { isOwnOrigin, safePath } from './guard.ts'
import { enterByProxy, refuseStranger } from './proxy-login.ts'
import { sendPage, sendRefusal, visitorOf, type Web } from './web.ts'

type Fields = Readonly<Record<string, unknown>>

/** Login and logout. */
export function addLogin(server: FastifyInstance, web: Web): void {
  let checking = 0
  const waiting: (() => void)[] = []

  server.get('/login', (request: FastifyRequest<{ Querystring: Fields }>, reply) => {
    const to = safePath(request.query['to'])
    const visitor = enterByProxy(web, request, reply)
    if (visitor.user) return reply.redirect(to, 303)
    if (visitor.stranger !== null) return refuseStranger(web, reply, visitor)
    if (visitor.id === null && request.headers['sec-fetch-site'] === 'cross-site')
      return reply.type('text/html; charset=utf-8').send(fromElsewherePage(to))
    return sendLogin(web, request, reply, { to, name: '', status: 200, problem: null })
  })

  server.post('/login', async (request: FastifyRequest<{ Body: Fields | null }>, reply) => {
    const visitor = visitorOf(web, request)
    if (visitor.proxied) return refuseStranger(web, reply, visitor)
    const { id } = visitor
    const { name, password, token, to } = textsOf(request.body)
    if (!isToken(token, id) || !isOwnOrigin(request, web.secure, web.parts.settings.names)) {
      const problem = 'This form is too old, or not of this console: fill it in again'
      return sendLogin(web, request, reply, { to: safePath(to), name: '', status: 403, problem })
    }
    const from = clientAt(request.ip)
    const wait = web.attempts.begin(from, name)
    if (wait > 0 || waiting.length >= bounds.waitingChecks) {
      web.tellWrong(name, from, false)
      reply.header('retry-after', String(Math.max(1, wait)))
      const problem = `Too many wrong logins: try again in ${Math.max(1, wait)} s`
      return sendLogin(web, request, reply, { to: safePath(to), name, status: 429, problem })
    }
    const user = web.users.find(name)
    const right = await inTurn(() => isPassword(password.slice(0, bounds.password), user?.password ?? null))
    if (!right || !user) {
      web.tellWrong(name, from, true)
      const problem = 'Name or password is wrong'
      return sendLogin(web, request, reply, { to: safePath(to), name, status: 401, problem })
    }
    web.attempts.right(from, name)
    web.parts.tell('console.login', { user: name, reason: `${name} from ${request.ip}`, from: request.ip })
    reply.header('set-cookie', makeCookie(web.sessions.begin(user), web.secure))
    return reply.redirect(safePath(to), 303)
  })

  server.post('/logout', async (request: FastifyRequest<{ Body: Fields | null }>, reply) => {
    const visitor = visitorOf(web, request)
    if (visitor.user && visitor.id !== null) {
      const own = isOwnOrigin(request, web.secure, web.parts.settings.names)
      if (!isToken(request.body?.['token'], visitor.id) || !own) {
        return sendRefusal(web, reply, visitor, 403, 'This form is too old, or not of this console')
      }
      web.sessions.end(visitor.id)
      const { user } = visitor.user
      const reason = `${user} from ${request.ip}`
      web.parts.tell('console.logout', { user, reason, from: request.ip })
      reply.header('set-cookie', makeCookie(newId(), web.secure))
    }
    return reply.redirect('/login', 303)
  })

  /** Few passwords at a time: each takes memory, and the rest of us wants the processor, too. */
  async function inTurn(check: () => Promise<boolean>): Promise<boolean> {
    if (checking >= bounds.checks) await new Promise<void>((resolve) => waiting.push(resolve))
    checking += 1
    try {
      return await check()
    } finally {
      checking -= 1
      waiting.shift()?.()
    }
  }
}

interface LoginContent {
  readonly to: string
  readonly name: string
  readonly status: number
  readonly problem: string | null
}

function sendLogin(
  web: Web,
  request: FastifyRequest,
  reply: FastifyReply,
  shown: LoginContent,
): FastifyReply {
  const { id: known } = visitorOf(web, request)
  // A browser that asks twice at once must not have the token of its form replaced.
  const id = known ?? newId()
  if (known === null) reply.header('set-cookie', makeCookie(id, web.secure))
  const { to, name, status, problem } = shown
  return sendPage(
    web,
    reply,
    { id, user: null, proxied: false, stranger: null },
    {
      page: 'login',
      heading: 'Log in',
      content: loginPage(tokenOf(id), to, name.slice(0, bounds.name)),
      notices: problem === null ? [] : [{ ok: false, text: problem }],
      status,
    },
  )
}

function textsOf(body: Fields | null) {
  const text = (key: string) => {
    const value = body?.[key]
    return typeof value === 'string' ? value : ''
  }
  // What is longer is nobody's name. A copy: a part would keep all of it in memory, for as long as we count.
  const name = Buffer.from(
    text('name')
      .trim()
      .slice(0, bounds.name + 1),
  ).toString()
  return { name, password: text('password'), token: text('token'), to: text('to') }
}
