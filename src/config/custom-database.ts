import type { CustomDatabase } from './config.ts'

const pinned = /^(\S+)\s+sha256:([0-9a-f]{64})$/i
const fileName = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}$/
// Signed containers are databases by name; the others would pass for files of ours, or are no signatures at all.
const taken = /\.(cvd|cld|cud|sign|cdiff|info|grd|sig|dat|tmp)$|^defs-(?:canary|exceptions)\./i

/**
 * Reads one element of `custom`: `<file>` or `<address>`, then `sha256:<hex>` when it is pinned. Returns what is
 * wrong as text.
 */
export function readCustomDatabase(text: string): CustomDatabase | string {
  const [, place = text.trim(), hex = null] = pinned.exec(text.trim()) ?? []
  if (/\s/.test(place)) return "must be a file or an address, then 'sha256:' with 64 hexadecimal digits"
  const url = place.includes('://') ? place : null
  if (url !== null && !isAddress(url)) return 'is no http, https, ftp, ftps or file address'
  const file = url === null ? place : decodeURI(new URL(url).pathname).split('/').at(-1)
  if (file === undefined || !fileName.test(file) || !file.includes('.')) return 'names no plain file'
  if (taken.test(file)) return `'${file}' is no name for an unsigned database; signed ones go to databases`
  return { file, url, sha256: hex?.toLowerCase() ?? null }
}

function isAddress(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, search, hash } = new URL(text)
  return /^(https?|ftps?|file):$/.test(protocol) && search === '' && hash === '' && isDecodable(text)
}

function isDecodable(text: string): boolean {
  try {
    decodeURI(text)
    return true
  } catch {
    return false
  }
}
