import type { FastifyReply, FastifyRequest } from 'fastify'
import type { ActionName } from '../facts.ts'
import { isToken } from '../session/cookie.ts'
import { mayDo, type Role } from '../session/role.ts'
import { tellDenied } from '../web/action-routes.ts'
import { isOwnOrigin } from '../web/guard.ts'
import { visitorOf, type Web } from '../web/web.ts'

/** Names of clients by their bearer token; null when it is nobody's. */
export type ClientOf = (authorization: string | undefined) => string | null

/** Who calls the API. */
export interface Caller {
  readonly user: string
  readonly role: Role
  /** The cookie's id; null without a session. */
  readonly id: string | null
  /** Whether it is a program with a token of its own, which no other site can make it send. */
  readonly byToken: boolean
}

/**
 * Who calls, by session or bearer token; null for nobody. A token has the role of the user of its name, and may only
 * look when there is none.
 */
export function callerOf(web: Web, request: FastifyRequest, clientOf: ClientOf): Caller | null {
  const authorization = bearerIn(request)
  if (authorization !== null) {
    const name = clientOf(authorization)
    const role = name === null ? undefined : web.users.find(name)?.role
    return name === null ? null : { user: name, role: role ?? 'viewer', id: null, byToken: true }
  }
  const { id, user } = visitorOf(web, request)
  return user === null ? null : { user: user.user, role: user.role, id, byToken: false }
}

/** Why a caller may not do something: null when it may. Tells of those that try what they may not. */
export function refusalOf(
  web: Web,
  request: FastifyRequest,
  caller: Caller,
  action: ActionName,
): string | null {
  const { id, role, user, byToken } = caller
  if (!byToken) {
    const own = isOwnOrigin(request, web.secure, web.parts.settings.names)
    if (!own || !isToken(request.headers['x-defs-token'], id))
      return 'Origin or X-Defs-Token is missing or wrong'
  }
  if (mayDo(role, action)) return null
  tellDenied(web, user, action)
  return `as ${role} you may not do that`
}

/** Refuses somebody who is nobody here. */
export function sendUnauthorised(reply: FastifyReply): FastifyReply {
  return sendError(reply, 401, 'UNAUTHORIZED', 'log in, or send a token of console.tokens')
}

/** The bearer token of a request. What a proxy asked for itself, as Basic, is passed on by many and means nothing here. */
function bearerIn({ headers: { authorization } }: FastifyRequest): string | null {
  return authorization !== undefined && /^bearer\b/i.test(authorization) ? authorization : null
}

/** An error as the API says it. */
export function sendError(reply: FastifyReply, status: number, code: string, message: string): FastifyReply {
  return reply
    .code(status)
    .type('application/json; charset=utf-8')
    .send(`${JSON.stringify({ error: { code, message } })}\n`)
}
