import { DefsError } from '../error.ts'

/** A login for one host. */
export interface Login {
  readonly username: string
  readonly password: string
}

/** A base address without its login, path ending in `/`, and the login that stood in it. */
export interface BaseAddress {
  readonly url: URL
  readonly login: Login | null
  /** What is asked with every request below it, `?` included: a key, often, so it is no part of what is printed. */
  readonly query: string
}

/**
 * Takes a base address apart. A login inside the address is taken out of it, so that it can never be printed;
 * one given beside the address goes first.
 */
export function readBase(
  base: string,
  beside: { username: string | null; password: string | null },
): BaseAddress {
  const url = new URL(base)
  const inside = { username: decoded(url.username), password: decoded(url.password) }
  url.username = ''
  url.password = ''
  const query = url.search
  url.search = ''
  url.hash = ''
  if (!url.pathname.endsWith('/')) url.pathname += '/'
  const username = beside.username ?? inside.username
  if (username === '') return { url, login: null, query }
  return { url, login: { username, password: beside.password ?? inside.password }, query }
}

/** Percent-decoded; text that is not well encoded stays as it is. */
export function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/**
 * The parts of a path below the base. Names come from indexes and listings that a stranger wrote: climbing out
 * (`..`) and control characters (a line end would be a second FTP command) are refused.
 * @throws SOURCE_PROTOCOL
 */
export function partsOf(path: string): string[] {
  const parts = path.split('/').filter((part) => part !== '')
  if (parts.some((part) => part === '.' || part === '..' || /[\u0000-\u001f\u007f]/.test(part))) {
    throw new DefsError(
      'SOURCE_PROTOCOL',
      `a path that leaves its folder was refused: ${JSON.stringify(path)}`,
      {
        path,
      },
    )
  }
  return parts
}

/**
 * A path below the base as an address. `$` stays: LiveUpdate writes a space as `$20` (docs/domain.md section
 * 2.1).
 */
export function addressOf(base: URL, path: string): URL {
  const encoded = partsOf(path).map((part) => encodeURIComponent(part).replaceAll('%24', '$'))
  const folder = path.endsWith('/') && encoded.length > 0 ? '/' : ''
  const url = new URL(base)
  url.pathname = base.pathname + encoded.join('/') + folder
  return url
}

/** Whether a host is reached without the proxy: named in full, by `.suffix`, or all by `*`. */
export function isExempt(host: string, noProxy: readonly string[]): boolean {
  const name = host.toLowerCase()
  return noProxy.some((entry) => {
    const pattern = entry.toLowerCase()
    return pattern === '*' || pattern === name || (pattern.startsWith('.') && name.endsWith(pattern))
  })
}

/** The header that makes a request be answered with 304 while a file still has this validator. */
export function conditionFor(validator: string): Record<string, string> {
  const condition = conditionOf(validator)
  return validator.startsWith('"') ? { 'if-none-match': condition } : { 'if-modified-since': condition }
}

/** What a server knows a validator by: the ETag, or the time without the size that we put behind it. */
export function conditionOf(validator: string): string {
  return validator.startsWith('"') ? validator : validator.slice(0, validator.lastIndexOf(';'))
}
