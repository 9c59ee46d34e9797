import { join } from 'node:path'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { ConsoleParts, FleetFacts, HostFacts } from '../facts.ts'
import { type AllJournals, newestOfAll } from '../live/all-journals.ts'
import { fleetStates } from '../live/fleet-state.ts'
import { openPlaces } from '../live/journal-places.ts'
import type { JournalLine } from '../live/journal-reader.ts'
import { openStream, type Stream } from '../live/stream.ts'
import { type Frame, frame, type PageName, type PageNotice, type PageReader } from '../page/frame.ts'
import type { Child } from '../page/html.ts'
import { type Attempts, openAttempts } from '../session/attempts.ts'
import { keyOf, readCookie, tokenOf } from '../session/cookie.ts'
import { openSessions, type Sessions } from '../session/sessions.ts'
import { openTrust, type VouchedIn } from '../session/trusted-proxy.ts'
import { openUsers, type User, type Users } from '../session/users.ts'
import type { Assets } from './assets.ts'
import { openMemory, rememberFleet, rememberHost } from './memory.ts'
import { outcomeOf } from './outcome.ts'
import { openRuns, type Runs } from './runs.ts'
import { openWrongLogins, type TellWrong } from './wrong-logins.ts'

/** Everything the routes work with. */
export interface Web {
  readonly parts: ConsoleParts
  readonly host: HostFacts | null
  readonly fleet: FleetFacts | null
  /** Whether browsers reach us by TLS that ends here. */
  readonly secure: boolean
  readonly assets: Assets
  readonly users: Users
  readonly sessions: Sessions
  readonly attempts: Attempts
  readonly tellWrong: TellWrong
  readonly vouchedIn: VouchedIn
  readonly runs: Runs
  readonly journals: AllJournals
  /** The newest events of all families, newest first. */
  readonly newest: (most: number) => JournalLine[]
  readonly stream: Stream
  /** What is to be told to a session at its next page, by its key. */
  readonly pending: Map<string, string[]>
  readonly close: () => Promise<void>
}

/** Opens all of it. */
export function openWeb(parts: ConsoleParts, assets: Assets): Web {
  const { settings, state, now } = parts
  const memory = openMemory(now)
  const users = openUsers(settings.users)
  const sessions = openSessions(join(state, 'console-sessions.json'), users, settings, now)
  const places = openPlaces(parts.journal, join(state, 'console-journal.json'))
  const further = [...(parts.furtherJournals ?? [])].map(([family, journal]) => ({
    family,
    places: openPlaces(journal, join(state, `console-journal-${family}.json`)),
  }))
  const journals = { own: places, further }
  const fleet = parts.fleet && rememberFleet(parts.fleet, memory)
  const stream = openStream(journals, fleet && (() => fleetStates(fleet)))
  const attempts = openAttempts(now)
  const runs = openRuns(parts.actions, now, memory.forget)
  return {
    parts,
    host: parts.host && rememberHost(parts.host, memory),
    fleet,
    secure: settings.certificate !== null,
    assets,
    users,
    sessions,
    attempts,
    tellWrong: openWrongLogins(parts, attempts),
    vouchedIn: openTrust(settings, users),
    runs,
    journals,
    newest: (most) => newestOfAll(journals, most),
    stream,
    pending: new Map(),
    async close() {
      stream.close()
      await Promise.all([sessions, places, ...further.map((one) => one.places)].map((one) => one.close()))
    },
  }
}

/** Who sends a request, by its cookie, or by a proxy's word. */
export interface Visitor {
  /** The cookie's id; null without one, and for whom the proxy vouches without a session. */
  readonly id: string | null
  /** Null without a login. */
  readonly user: User | null
  /** Whether a trusted proxy says who it is. */
  readonly proxied: boolean
  /** The name of somebody the proxy let in who has no role here; null for all others. */
  readonly stranger: string | null
}

/** Looks who sends a request. @throws CONFIG_* when the users cannot be read */
export function visitorOf({ sessions, secure, vouchedIn }: Web, request: FastifyRequest): Visitor {
  const id = readCookie(request.headers.cookie, secure)
  const vouched = vouchedIn(request)
  if (vouched) {
    const { user, name } = vouched
    // The proxy says at each request that they are there: its logins do not end by idleness.
    const known = user !== null && sessions.find(id, true, user) !== null
    return { id: known ? id : null, user, proxied: true, stranger: user === null ? name : null }
  }
  // What a page asks by itself is nothing that a person did.
  const live = request.headers['x-defs-live'] !== undefined
  const byPerson = !live && (request.method === 'POST' || !request.url.startsWith('/api/'))
  return { id, user: sessions.find(id, byPerson), proxied: false, stranger: null }
}

export function readerOf({ id, user, proxied }: Visitor): PageReader | null {
  if (id === null || user === null) return null
  return { user: user.user, role: user.role, token: tokenOf(id), proxied }
}

/** A page to be sent. */
export interface PageContent {
  readonly page: PageName
  readonly heading: string
  readonly lead?: Child
  readonly content: Child
  readonly notices?: readonly PageNotice[]
  readonly status?: number
}

/** Sends a page, with what this reader is yet to be told. */
export function sendPage(web: Web, reply: FastifyReply, visitor: Visitor, shown: PageContent): FastifyReply {
  const { parts, assets, host, fleet } = web
  const { page, heading, lead, content, notices = [], status = 200 } = shown
  const all: Frame = {
    page,
    heading,
    reader: readerOf(visitor),
    title: parts.title,
    version: parts.version,
    parts: { host: host !== null, fleet: fleet !== null },
    files: assets.files,
    notices: [...(status === 200 ? outcomesFor(web, visitor) : []), ...notices],
    ...(lead === undefined ? {} : { lead }),
  }
  return reply.code(status).type('text/html; charset=utf-8').send(frame(all, content))
}

/** Sends a page that only says what is wrong. */
export function sendRefusal(
  web: Web,
  reply: FastifyReply,
  visitor: Visitor,
  status: number,
  text: string,
): FastifyReply {
  const headings: Readonly<Record<number, string>> = {
    400: 'Not understood',
    403: 'Not allowed',
    404: 'No such page',
    409: 'Busy',
    413: 'Too much',
    421: 'Another name',
    429: 'Too often',
  }
  return sendPage(web, reply, visitor, {
    page: status === 404 ? 'missing' : 'refused',
    heading: headings[status] ?? 'Something is wrong',
    content: null,
    notices: [{ ok: false, text }],
    status,
  })
}

/** Has the outcome of a run told to a session at its next page. */
export function tellLater({ pending }: Web, id: string, run: string): void {
  const key = keyOf(id)
  pending.set(key, [...(pending.get(key) ?? []), run].slice(-5))
  const [oldest] = pending.keys()
  if (pending.size > 1000 && oldest !== undefined) pending.delete(oldest)
}

function outcomesFor({ pending, runs }: Web, { id, user }: Visitor): PageNotice[] {
  if (id === null || user === null) return []
  const key = keyOf(id)
  const waiting = (pending.get(key) ?? []).flatMap((run) => runs.find(run) ?? [])
  const open = waiting.filter(({ answer }) => answer === null)
  if (open.length === 0) pending.delete(key)
  else
    pending.set(
      key,
      open.map(({ run }) => run),
    )
  return waiting.filter(({ answer }) => answer !== null).map(outcomeOf)
}
