import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { ActionName, Running } from '../facts.ts'
import { isToken } from '../session/cookie.ts'
import { mayDo } from '../session/role.ts'
import { isOwnOrigin } from './guard.ts'
import { fleetActions, hostActions, readOrder } from './order.ts'
import { sendRefusal, tellLater, visitorOf, type Web } from './web.ts'

type Fields = Readonly<Record<string, unknown>>

/** The forms of the pages. */
export function addActions(server: FastifyInstance, web: Web): void {
  for (const action of actionsOf(web)) {
    server.post(`/actions/${action}`, async (request: FastifyRequest<{ Body: Fields | null }>, reply) => {
      const visitor = visitorOf(web, request)
      const refuse = (status: number, text: string) => sendRefusal(web, reply, visitor, status, text)
      const { id, user } = visitor
      if (id === null || user === null)
        return refuse(403, 'Your session has ended: log in, and nothing was done')
      const own = isOwnOrigin(request, web.secure, web.parts.settings.names)
      if (!own || !isToken(request.body?.['token'], id)) {
        return refuse(403, 'This form is too old, or not of this console: nothing was done')
      }
      if (!mayDo(user.role, action)) {
        tellDenied(web, user.user, action)
        return refuse(403, `As ${user.role} you may not do that: nothing was done`)
      }
      const read = readOrder(action, request.body ?? {}, user.user)
      if ('problem' in read) return refuse(400, `${action}: ${read.problem}`)
      const begun = await web.runs.begin(read.order)
      if ('busy' in begun) return refuse(409, busyText(begun.busy))
      tellAction(web, read.order)
      await web.runs.wait(begun.run)
      tellLater(web, id, begun.run)
      return reply.redirect(backTo(action, request), 303)
    })
  }
}

/** The actions there are. */
function actionsOf({ host, fleet }: Pick<Web, 'host' | 'fleet'>): ActionName[] {
  return [...(host ? hostActions : []), ...(fleet ? fleetActions : [])]
}

/** Says which run is in the way. */
export function busyText({ command, since }: Running): string {
  return `${command} is at work${since === null ? '' : ` since ${since}`}: nothing was done, ask again when it has ended`
}

/** Puts into the journal who asked for what, and why. */
export function tellAction(web: Web, order: Parameters<Web['parts']['actions']['carryOut']>[0]): void {
  const { action, set, ring, reason, user } = order
  const what = [action, ring, set].filter((one) => one !== null).join(' ')
  web.parts.tell('console.action', {
    user,
    message: `${user} asked in the console for: ${what}`,
    ...(reason === null ? {} : { reason }),
    ...(set === null ? {} : { set }),
  })
}

/** As gateways alert: users, report-only administrators among them, who try what they may not. */
export function tellDenied(web: Web, user: string, action: string): void {
  web.parts.tell('console.denied', { user, reason: `${user} tried ${action}` })
}

/** The page that the form was on, when it is one of ours; else the first one of its kind. */
function backTo(action: ActionName, { headers: { referer, host } }: FastifyRequest): string {
  const first = fleetActions.some((one) => one === action)
    ? '/fleet'
    : action === 'alert-test'
      ? '/alerts'
      : '/'
  const match = /^https?:\/\/([^/?#@]+)(\/[^#]*)$/.exec(referer ?? '')
  if (!match || match[1] !== host || match[2] === undefined) return first
  return match[2].startsWith('/actions/') || match[2].startsWith('//') ? first : match[2]
}
