import { DefsError, describeError, type ErrorCode } from '../error.ts'
import { limits } from '../limits.ts'

const tlsCodes =
  /^(CERT_|ERR_TLS_|ERR_SSL_|ERR_OSSL_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|HOSTNAME_MISMATCH|INVALID_|PATH_LENGTH|EPROTO)/
const stalledCodes = new Set(['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT'])
const brokenCodes = new Set([
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ERR_STREAM_PREMATURE_CLOSE',
  'UND_ERR_SOCKET',
  'UND_ERR_RES_CONTENT_LENGTH_MISMATCH',
  'UND_ERR_DESTROYED',
  'UND_ERR_CLOSED',
  'UND_ERR_ABORTED',
])
const dialCodes = new Set([
  'ECONNREFUSED',
  'ETIMEDOUT',
  'EAI_AGAIN',
  'ENOTFOUND',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EHOSTDOWN',
  'ENETDOWN',
  'EADDRNOTAVAIL',
  'EACCES',
  'EPERM',
  'UND_ERR_CONNECT_TIMEOUT',
])
// A name that does not exist and a network that is not there will not be there in half a second either.
const lastingCodes = new Set(['ENOTFOUND', 'EACCES', 'EPERM', 'EADDRNOTAVAIL'])

/**
 * An error of a socket or of the HTTP library as ours, by its code.
 * @param phase whether a connection was still being made or an answer already came in
 */
export function networkError(error: unknown, url: string, phase: 'connect' | 'transfer'): DefsError {
  if (error instanceof DefsError) return error
  const code = codeOf(error)
  const make = (name: ErrorCode, text: string, transient: boolean) =>
    new DefsError(name, `${url}: ${text} (${describeError(error)})`, { cause: error, path: url, transient })
  if (tlsCodes.test(code)) {
    return make('SOURCE_TLS', `the TLS connection is not trusted; ${tlsAdvice(code)}`, false)
  }
  if (stalledCodes.has(code)) return make('SOURCE_STALLED', 'nothing came any more', true)
  if (dialCodes.has(code)) return make('SOURCE_UNREACHABLE', 'cannot be reached', !lastingCodes.has(code))
  if (brokenCodes.has(code)) {
    return phase === 'connect'
      ? make('SOURCE_UNREACHABLE', 'closed the connection without an answer', true)
      : make('SOURCE_INTERRUPTED', 'the transfer broke off', true)
  }
  return make('SOURCE_PROTOCOL', 'the answer does not follow the protocol', false)
}

/** What to look at, by what is wrong. */
function tlsAdvice(code: string): string {
  if (code === 'CERT_NOT_YET_VALID' || code === 'CERT_HAS_EXPIRED')
    return `check the clock, which says ${new Date().toISOString()}, then the certificate of the server`
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID' || code === 'HOSTNAME_MISMATCH')
    return 'its certificate is for another name: check the address'
  return 'check the certificate and network.authorities'
}

/** The code of a system error; of the first part when several addresses were dialled; '' when there is none. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return ''
  if ('code' in error && typeof error.code === 'string') return error.code
  if (error instanceof AggregateError) return codeOf(error.errors[0])
  return error.cause === undefined ? '' : codeOf(error.cause)
}

interface Way {
  readonly coolWhenForbidden?: boolean
  readonly proxied?: boolean
}

/**
 * The error of an answer that brings no file. 429, and 503 with Retry-After, ask us to come back later: that
 * is kept apart from failures, because trying the next host at once would defeat its purpose.
 * @param way `coolWhenForbidden`: see {@link ConnectionOptions.coolWhenForbidden}; `proxied`: the proxy may be who answers
 */
export function statusError(
  status: number,
  retryAfter: string | undefined,
  url: string,
  { coolWhenForbidden = false, proxied = false }: Way = {},
): DefsError {
  const make = (code: ErrorCode, text: string, transient = false) =>
    new DefsError(code, `${url}: ${text} (HTTP ${status})`, { path: url, transient })
  if (isAbsent(status)) return make('SOURCE_NOT_FOUND', 'there is no such file')
  if (status === 401) return make('SOURCE_LOGIN', 'the server wants a login: check username and password')
  if (status === 407) return make('SOURCE_LOGIN', 'the proxy wants a login: check network.proxyUsername')
  if (status === 403 && coolWhenForbidden) {
    const until = new Date(Date.now() + limits.coolDownForbidden)
    const text = `${url}: forbidden; it is left alone until ${until.toISOString()} (HTTP 403)`
    return new DefsError('SOURCE_COOLING_DOWN', text, { path: url, until, forbidden: true })
  }
  if (status === 403) {
    const orProxy = proxied ? ', or network.proxy does not pass it on: see network.noProxy' : ''
    return make('SOURCE_STATUS', `forbidden: this machine may not read it${orProxy}`)
  }
  if (status === 429 || (status === 503 && retryAfter !== undefined)) {
    const until = coolUntil(retryAfter, new Date())
    const text = `${url}: the server asks to be left alone until ${until.toISOString()} (HTTP ${status})`
    return new DefsError('SOURCE_COOLING_DOWN', text, { path: url, until })
  }
  return make('SOURCE_STATUS', 'the server answered with an error', status >= 500)
}

/** When asking again is welcome: Retry-After in seconds or as a date (RFC 9110, 10.2.3), within our bounds. */
function coolUntil(retryAfter: string | undefined, now: Date): Date {
  const text = retryAfter?.trim() ?? ''
  const seconds = /^\d{1,12}$/.test(text) ? Number(text) * 1000 : Number.NaN
  const asked = Number.isNaN(seconds) ? Date.parse(text) - now.getTime() : seconds
  const wait = Number.isNaN(asked) ? limits.coolDown : asked
  // A stranger may not switch updates off for a month.
  return new Date(now.getTime() + Math.min(Math.max(wait, 0), limits.coolDownMost))
}

/** Answers that mean: not here. */
export function isAbsent(status: number): boolean {
  return status === 404 || status === 410
}
