import type { FastifyReply, FastifyRequest } from 'fastify'
import { isLoopback } from '../../config/read-value.ts'
import type { ConsoleSettings } from '../facts.ts'

/** Of every answer: nothing from elsewhere, no script but ours, no frame around us, nothing kept. */
const headers: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; require-trusted-types-for 'script'",
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  // With no-referrer Chromium sends `Origin: null` with our own forms.
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
}

/** Sets what every answer carries. */
export function setHeaders(reply: FastifyReply, secure: boolean): void {
  reply.headers(headers)
  if (secure) reply.header('strict-transport-security', 'max-age=31536000')
}

/**
 * Whether a request names us as its host. Rule: only names we are known by. Stops: a page elsewhere whose name is
 * made to point here (DNS rebinding), which its browser would take for us.
 */
export function isOurHost(request: FastifyRequest, { host, names }: ConsoleSettings): boolean {
  const name = hostOf(request.headers.host)
  if (name === null) return false
  const own = request.socket.localAddress?.replace(/^::ffff:/, '')
  return (
    name === host ||
    name === 'localhost' ||
    name === own ||
    names.includes(name) ||
    (isLoopback(host) && isLoopback(name))
  )
}

function hostOf(header: string | undefined): string | null {
  const match = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9.-]+))(?::\d{1,5})?$/i.exec(header ?? '')
  return match ? (match[1] ?? match[2] ?? '').toLowerCase() : null
}

/**
 * Whether a request comes from one of our own pages. Rule: `Origin` is there and names the same host and port as the
 * request, with our scheme, or with TLS that a proxy under one of our names took off. Stops: forms and scripts of
 * other sites (CSRF).
 */
export function isOwnOrigin(
  { headers: { origin, host } }: FastifyRequest,
  secure: boolean,
  names: readonly string[],
): boolean {
  if (origin === undefined || host === undefined) return false
  const match = /^(https?):\/\/([^/?#@]+)$/.exec(origin.toLowerCase())
  if (!match || match[2] !== host.toLowerCase()) return false
  return (
    match[1] === (secure ? 'https' : 'http') || (match[1] === 'https' && names.includes(hostOf(host) ?? ''))
  )
}

/** Where a login goes on: a path of this console, or the first page. */
export function safePath(to: unknown): string {
  // Neither another host by two slashes or a backslash, nor the login again.
  if (typeof to !== 'string' || !/^\/(?![/\\])[\x21-\x7e]*$/.test(to) || to.includes('\\')) return '/'
  return to.startsWith('/login') || to.startsWith('/logout') ? '/' : to
}
