import { DefsError } from '../error.ts'
import { limits } from '../limits.ts'
import { isPlainName } from '../text/file-name.ts'
import { decoded } from './address.ts'
import { tooLarge } from './body.ts'
import type { Listed } from './transport.ts'

/**
 * Reads the index that nginx (HTML or JSON), Apache and their like make of a folder.
 * Only names directly below the folder count. Null when the page is something else.
 * @throws INDEX_TOO_LARGE, SOURCE_PROTOCOL
 */
export function readListing(text: string, mediaType: string | null, folder: URL): readonly Listed[] | null {
  const listed = mediaType === 'application/json' ? readJson(text, folder) : readHtml(text, folder)
  if (listed && listed.length > limits.listingEntries) throw tooLarge(folder.href, limits.listingEntries)
  return listed
}

function readJson(text: string, folder: URL): Listed[] | null {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new DefsError('SOURCE_PROTOCOL', `${folder.href}: the folder index is no JSON`, { cause })
  }
  if (!Array.isArray(value)) return null
  return value.flatMap((entry: unknown) => {
    if (typeof entry !== 'object' || entry === null || !('name' in entry) || !('type' in entry)) return []
    const { name, type } = entry
    if (typeof name !== 'string' || !isPlainName(name)) return []
    const bytes = 'size' in entry && Number.isSafeInteger(entry.size) ? Number(entry.size) : null
    const modified = 'mtime' in entry && typeof entry.mtime === 'string' ? entry.mtime : null
    return [{ name, folder: type === 'directory', bytes, modified }]
  })
}

// No `<` inside what is skipped, and what a tag holds is looked at by itself: neither a page of unclosed tags nor one tag
// of many addresses may cost quadratic time.
const links = /<a\s([^<>]*)>[^<]*<\/a>([^<]{0,200})/gi
const address = /href="([^"]{1,4096})"/i
const details = /(\d{2}-\w{3}-\d{4} \d{2}:\d{2}(?::\d{2})?|\d{4}-\d{2}-\d{2} \d{2}:\d{2}(?::\d{2})?)\s+(\S+)?/

function readHtml(text: string, folder: URL): Listed[] | null {
  if (!/<title>\s*(index of|directory listing for)/i.test(text.slice(0, 65_536))) return null
  const found = new Map<string, Listed>()
  for (const [, attributes = '', after = ''] of text.matchAll(links)) {
    const name = nameBelow(unescaped(address.exec(attributes)?.[1] ?? ''), folder)
    if (name === null) continue
    const [, modified = null, size = ''] = details.exec(after) ?? []
    // `1.2K` is rounded: only a plain number is a size.
    const bytes = !name.folder && /^\d{1,15}$/.test(size) ? Number(size) : null
    found.set(name.name, { ...name, bytes, modified })
  }
  return [...found.values()]
}

function nameBelow(href: string, folder: URL): { name: string; folder: boolean } | null {
  if (!URL.canParse(href, folder.href)) return null
  const url = new URL(href, folder)
  if (url.origin !== folder.origin || url.search !== '' || !url.pathname.startsWith(folder.pathname))
    return null
  const rest = url.pathname.slice(folder.pathname.length)
  const name = decoded(rest.replace(/\/$/, ''))
  return isPlainName(name) ? { name, folder: rest.endsWith('/') } : null
}

function unescaped(text: string): string {
  return text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&')
}
