import { DefsError, type ErrorCode } from '../../error.ts'
import { limits } from '../../limits.ts'

/** Answers that mean: not here. */
export function isAbsent(status: number): boolean {
  return status === 404 || status === 410
}

/**
 * The error of an answer that brings no file. 429, and 503 with Retry-After, ask us to come back later: that
 * is kept apart from failures, because trying the next host at once would defeat its purpose.
 * @param coolWhenForbidden see {@link Reach.coolWhenForbidden}
 */
export function statusError(
  status: number,
  retryAfter: string | undefined,
  url: string,
  coolWhenForbidden = false,
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
  if (status === 403) return make('SOURCE_STATUS', 'forbidden: this machine may not read it')
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
