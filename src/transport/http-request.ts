import { Readable } from 'node:stream'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { type Dispatcher, errors } from 'undici'
import { joinSignals } from '../context.ts'
import { DefsError } from '../error.ts'
import { limits } from '../limits.ts'
import { shownUrl } from '../text/shown-address.ts'
import type { BaseAddress } from './address.ts'
import { interrupted } from './body.ts'
import { networkError } from './network-error.ts'
import type { Routes } from './proxy.ts'
import type { ConnectionOptions } from './transport.ts'

/** An answer whose body has not been read yet. */
export interface HttpAnswer {
  /** Where it came from in the end, after redirects. */
  readonly url: URL
  readonly status: number
  readonly headers: Dispatcher.ResponseData['headers']
  readonly body: Dispatcher.ResponseData['body']
}

/** What requests of one transport have in common. */
export interface Client {
  readonly base: BaseAddress
  readonly reach: ConnectionOptions
  readonly routes: Routes
}

const redirects = new Set([301, 302, 303, 307, 308])

/**
 * GET, following redirects under our own rules: few, never from HTTPS to HTTP, never to another kind of
 * address, and the login goes to the configured host only.
 * @throws SOURCE_REDIRECT, SOURCE_UNREACHABLE, SOURCE_TLS, SOURCE_STALLED, SOURCE_PROTOCOL, INTERRUPTED
 */
export async function request(
  client: Client,
  first: URL,
  extra: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  let url = first
  for (let hop = 0; hop <= limits.redirects; hop++) {
    const answer = await ask(client, url, extra, signal)
    const location = single(answer.headers['location'])
    if (!redirects.has(answer.status) || location === undefined) return answer
    await drain(answer)
    url = redirected(url, location)
  }
  throw new DefsError(
    'SOURCE_REDIRECT',
    `${shownUrl(first)} redirects in a loop or more than ${limits.redirects} times`,
    { path: shownUrl(first) },
  )
}

async function ask(
  client: Client,
  url: URL,
  extra: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  const { base, reach, routes } = client
  if (signal.aborted) throw interrupted(signal)
  const route = routes.of(asked(url, base))
  const headers: Record<string, string> = {
    'user-agent': reach.userAgent,
    // Packages are compressed already; a body that is unpacked on the way could not be bounded or resumed.
    'accept-encoding': 'identity',
    accept: '*/*',
    ...extra,
    ...route.headers,
  }
  if (base.login && url.origin === base.url.origin) headers['authorization'] = basic(base.login)
  const { dispatcher, origin, path } = route
  const send = () => dispatcher.request({ origin, path, method: 'GET', headers, signal })
  try {
    const response = await send().catch((error: unknown) => {
      if (signal.aborted || !wasIdle(error)) throw error
      return send()
    })
    // Whoever abandons a body destroys it; the error that brings is nobody's.
    response.body.on('error', () => {})
    return { url, status: response.statusCode, headers: response.headers, body: response.body }
  } catch (error) {
    throw signal.aborted
      ? interrupted(signal)
      : withProxyHint(networkError(error, shownUrl(url), 'connect'), reach)
  }
}

/** The address with the query of the source; a redirect has its own. */
function asked(url: URL, { url: base, query }: BaseAddress): URL {
  if (query === '' || url.search !== '' || url.origin !== base.origin) return url
  const whole = new URL(url)
  whole.search = query
  return whole
}

const proxyVariables = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy', 'ALL_PROXY', 'all_proxy']

/**
 * Other programs go by the proxy that these variables name, ours by its configuration alone: a daemon has another
 * environment than whoever tries it by hand. That is said where it may be the reason.
 */
function withProxyHint(error: DefsError, { proxy }: ConnectionOptions): DefsError {
  const variable = proxy === null ? proxyVariables.find((name) => process.env[name]) : undefined
  if (variable === undefined || error.code !== 'SOURCE_UNREACHABLE') return error
  const text = `${error.message}; ${variable} of the environment is not used: set network.proxy`
  return new DefsError(error.code, text, { ...error.facts, cause: error.cause })
}

/**
 * Whether a connection that had served before was closed under this request: its server had grown tired of it, and
 * the request is sent once more over a new one (RFC 9112, 9.3.1).
 */
function wasIdle(error: unknown): boolean {
  return error instanceof errors.SocketError && (error.socket?.bytesRead ?? 0) > 0
}

function basic(login: { username: string; password: string }): string {
  return `Basic ${Buffer.from(`${login.username}:${login.password}`).toString('base64')}`
}

function redirected(from: URL, location: string): URL {
  const refuse = (why: string) =>
    new DefsError('SOURCE_REDIRECT', `${shownUrl(from)} redirects ${why}; this is never followed`, {
      path: shownUrl(from),
    })
  if (!URL.canParse(location, from.href)) throw refuse('to something that is no address')
  const to = new URL(location, from)
  to.username = ''
  to.password = ''
  to.hash = ''
  if (to.protocol !== 'http:' && to.protocol !== 'https:') throw refuse(`to a ${to.protocol} address`)
  if (from.protocol === 'https:' && to.protocol === 'http:') throw refuse('from HTTPS to plain HTTP')
  return to
}

/** Reads away the small body of an answer that brings nothing, so that its connection can be used again. */
export async function drain(answer: HttpAnswer): Promise<void> {
  const limit = { milliseconds: limits.drainTime, reason: () => new Error('not drained in time') }
  const bound = joinSignals([], limit)
  await answer.body.dump({ limit: limits.drain, signal: bound.signal }).catch(() => {})
  bound.release()
  await nextTurn()
}

/** A header as one text; undefined when it is missing. */
export function single(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header
}

/** The body of an answer with its errors made ours. Destroying it ends the transfer. */
export function bodyOf(answer: HttpAnswer, signal: AbortSignal): Readable {
  const source = answer.body
  const body = new Readable({
    highWaterMark: 1 << 20,
    read: () => source.resume(),
    destroy(error, done) {
      source.destroy()
      done(error)
    },
  })
  source.on('data', (chunk: Buffer) => {
    if (!body.push(chunk)) source.pause()
  })
  // One turn later the connection is free again, so the next request goes out on it and not on a new one.
  source.on('end', () => setImmediate(() => body.push(null)))
  source.on('error', (error) => {
    body.destroy(signal.aborted ? interrupted(signal) : networkError(error, shownUrl(answer.url), 'transfer'))
  })
  source.pause()
  body.on('error', () => {})
  return body
}
