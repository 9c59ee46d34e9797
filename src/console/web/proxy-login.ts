import type { FastifyReply, FastifyRequest } from 'fastify'
import { makeCookie } from '../session/cookie.ts'
import { sendRefusal, type Visitor, visitorOf, type Web } from './web.ts'

/** Who asks for a page; whomever a trusted proxy vouches for is given a session, so that forms have their token. */
export function enterByProxy(web: Web, request: FastifyRequest, reply: FastifyReply): Visitor {
  const visitor = visitorOf(web, request)
  const { user, id, proxied } = visitor
  if (!proxied || user === null || id !== null) return visitor
  // A program that keeps no cookie begins one at every request: that must not fill the journal.
  const isNews = !web.sessions.beganJustNow(user.user)
  const begun = web.sessions.begin(user)
  reply.header('set-cookie', makeCookie(begun, web.secure))
  if (!isNews) return { ...visitor, id: begun }
  const reason = `${user.user} from ${request.ip} by the reverse proxy`
  web.parts.tell('console.login', { user: user.user, reason, from: request.ip })
  return { ...visitor, id: begun }
}

/** Says to somebody whom only the proxy knows why nothing is shown, and tells of it. */
export function refuseStranger(web: Web, reply: FastifyReply, visitor: Visitor): FastifyReply {
  const { stranger } = visitor
  if (stranger === null)
    return sendRefusal(
      web,
      reply,
      visitor,
      403,
      'The reverse proxy has logged you in: there is no other login here',
    )
  web.tellWrong(stranger, reply.request.ip, false)
  const text = `The reverse proxy lets you in as ${stranger.slice(0, 64)}, who has no role here: ask for defs console user add, or for a group of console.trustViewers`
  return sendRefusal(web, reply, visitor, 403, text)
}
