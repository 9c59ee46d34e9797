import type { CustomDatabase } from './config.ts'
import { parseDuration } from './measure.ts'

/** What ClamAV loads by the ending of its name, signed databases apart (its manual, database formats). */
export const loadedEnding =
  /\.(cat|cbc|cdb|cfg|crb|db|fp|ftm|gdb|hdb|hdu|hsb|hsu|idb|ign|ign2|imp|ioc|ldb|ldu|mdb|mdu|msb|msu|ndb|ndu|pdb|pwdb|rmd|sdb|sfp|wdb|yar|yara|zmd)$/i
const fileName = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}$/
// Signed containers are databases by name; the others would pass for files of ours, or are no signatures at all.
const taken = /\.(cvd|cld|cud|sign|cdiff|info|grd|sig|dat|tmp)$|^defs-(?:canary|exceptions)\./i

/**
 * Reads one element of `custom`: `<file>` or `<address>`, then `sha256:<hex>` when it is pinned and
 * `every:<duration>` for how often it is asked about at the most. `#<file>` behind an address
 * names the file where its path does not (`getfile?list=1#list.hdb`). Returns what is
 * wrong as text. A query goes with every request and is never shown: providers know their subscribers by it.
 */
export function readCustomDatabase(text: string): CustomDatabase | string {
  const [place = '', ...words] = text.trim().split(/\s+/)
  const settings = readWords(words)
  if (settings === null)
    return "must be a file or an address, then 'sha256:' with 64 hexadecimal digits, 'every:4h', or both"
  const [url = null, called] = place.includes('://') ? place.split(/#(.*)/) : []
  if (url !== null && !isAddress(url)) return 'is no http, https, ftp, ftps or file address'
  const file = url === null ? place : called || decodeURI(new URL(url).pathname).split('/').at(-1)
  if (file === undefined || !fileName.test(file) || !file.includes('.')) return 'names no plain file'
  if (taken.test(file)) return `'${file}' is no name for an unsigned database; signed ones go to databases`
  if (!loadedEnding.test(file)) return `'${file}' has an ending that ClamAV does not load`
  return { file, url, ...settings }
}

/** What stands behind the place; null for what means nothing. */
function readWords(words: readonly string[]): Pick<CustomDatabase, 'sha256' | 'every'> | null {
  let [sha256, every]: [string | null, number] = [null, 0]
  for (const word of words) {
    const [, key = '', value = ''] = /^(sha256|every):(.+)$/i.exec(word) ?? []
    const duration = key.toLowerCase() === 'every' ? parseDuration(value) : null
    if (key.toLowerCase() === 'sha256' && /^[0-9a-f]{64}$/i.test(value)) sha256 = value.toLowerCase()
    else if (duration !== null) every = duration
    else return null
  }
  return { sha256, every }
}

function isAddress(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, search } = new URL(text)
  const plain = search === '' || /^https?:$/.test(protocol)
  return /^(https?|ftps?|file):$/.test(protocol) && plain && isDecodable(text)
}

function isDecodable(text: string): boolean {
  try {
    decodeURI(text)
    return true
  } catch {
    return false
  }
}
