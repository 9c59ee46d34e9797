import { isAbsolute, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

/** A place on the network or in the file system, its login taken out so that it can be printed. */
export interface Address {
  /** Without user name and password. */
  readonly url: string
  readonly username: string | null
  readonly password: string | null
}

/**
 * Reads an address. An absolute path, or one that starts with `./` or `../`, is a folder and becomes a `file:`
 * address. Returns what is wrong as text; the text never repeats the address, which may hold a password.
 */
export function readAddress(text: string, schemes: readonly string[], folder: string): Address | string {
  if (schemes.includes('file') && (isAbsolute(text) || /^\.\.?[\\/]/.test(text))) {
    return { url: pathToFileURL(resolve(folder, text)).href, username: null, password: null }
  }
  const expected = `write ${schemes.map((scheme) => `${scheme}://`).join(' or ')}`
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return `is no address: ${expected}`
  if (!URL.canParse(text)) return 'is no address: it cannot be read as a URL'
  const url = new URL(text)
  const scheme = url.protocol.slice(0, -1)
  if (!schemes.includes(scheme)) return `has the scheme ${scheme}: ${expected}`
  if (url.hostname === '' && scheme !== 'file') return 'names no host'
  if (url.search !== '' || url.hash !== '') return "must not have a query ('?') or a fragment ('#')"
  const username = decode(url.username)
  const password = decode(url.password)
  if (username === undefined || password === undefined) {
    return 'has a user name or password that is not percent-encoded correctly'
  }
  url.username = ''
  url.password = ''
  return { url: url.href, username: username || null, password: password || null }
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
