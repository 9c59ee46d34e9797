import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

const id = /^[A-Za-z0-9_-]{43}$/

/** What a browser is known by: 256 bits by chance. */
export function newId(): string {
  return randomBytes(32).toString('base64url')
}

/**
 * Name of the cookie. With TLS the prefix has the browser itself see to it that no other host and no plain page
 * sets it; without (on loopback only) that prefix is not allowed.
 */
export function cookieName(secure: boolean): string {
  return secure ? '__Host-defs' : 'defs'
}

/** The id in a request's cookies; null for none or one that is not of our making. */
export function readCookie(header: string | undefined, secure: boolean): string | null {
  const name = cookieName(secure)
  for (const pair of (header ?? '').split(';')) {
    const [key = '', ...value] = pair.trim().split('=')
    if (key === name) return id.test(value.join('=')) ? value.join('=') : null
  }
  return null
}

/** The cookie that carries an id; the browser keeps it as long as it runs. */
export function makeCookie(value: string, secure: boolean): string {
  return `${cookieName(secure)}=${value}; Path=/; HttpOnly; SameSite=Strict${secure ? '; Secure' : ''}`
}

/** How an id is kept: who reads the file of sessions learns none. */
export function keyOf(value: string): string {
  return createHash('sha256').update(`session\n${value}`).digest('base64url')
}

/** The token of every form of a browser. It follows from the cookie, which no other origin can read. */
export function tokenOf(value: string): string {
  return createHash('sha256').update(`form\n${value}`).digest('base64url')
}

/** Whether a form's token belongs to the cookie it came with. */
export function isToken(token: unknown, value: string | null): boolean {
  if (typeof token !== 'string' || value === null) return false
  const [given, right] = [Buffer.from(token), Buffer.from(tokenOf(value))]
  return given.length === right.length && timingSafeEqual(given, right)
}
