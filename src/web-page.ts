import { DefsError } from './error.ts'
import { limits } from './limits.ts'

const opening = /^(?:<!doctype\s+html|<html|<head|<body|<title|<script|<meta)\b/i
const skipped = /^(?:\ufeff|\s+|<!--[\s\S]*?-->|<\?xml[\s\S]*?\?>)/

/**
 * Whether bytes begin like an HTML page: captive portals, proxies and error pages answer with one where a
 * file should be. White space, comments and an XML declaration may precede it.
 */
export function isHtml(head: Uint8Array): boolean {
  let text = Buffer.from(head.buffer, head.byteOffset, Math.min(head.byteLength, 4096)).toString('utf8')
  for (let found = skipped.exec(text); found; found = skipped.exec(text)) text = text.slice(found[0].length)
  return opening.test(text)
}

const leads = ['<!doctype', '<html', '<head', '<body', '<?xml']

/**
 * Whether an answer is a page for people (an error page, a portal's log-in form) in place of the file asked
 * for. The bytes decide; the media type only where they are no ZIP, since servers mislabel those.
 */
export function isHtmlAnswer(bytes: Uint8Array, mediaType: string | null): boolean {
  const start = new TextDecoder('latin1').decode(bytes.subarray(0, 512)).replace(/^\u00EF\u00BB\u00BF/, '')
  const text = start.trimStart().toLowerCase()
  if (leads.some((lead) => text.startsWith(lead))) return true
  return !start.startsWith('PK') && /^(text\/html|application\/xhtml)/i.test(mediaType ?? '')
}

/** Watches the beginning of a file for a web page: what a captive portal or a proxy puts in a file's place. */
export function htmlGuard(url: string): (chunk: Uint8Array) => void {
  let head = Buffer.alloc(0)
  return (chunk) => {
    if (head.length >= limits.htmlHead) return
    head = Buffer.concat([head, chunk.subarray(0, limits.htmlHead - head.length)])
    const text = head
      .toString('latin1')
      .replace(/^(\xef\xbb\xbf)?\s+/, '')
      .toLowerCase()
    if (/^(\xef\xbb\xbf)?(<!doctype html|<html)/.test(text)) throw htmlError(url)
  }
}

/** True for the media types of web pages. */
export function isHtmlType(mediaType: string | null): boolean {
  return mediaType === 'text/html' || mediaType === 'application/xhtml+xml'
}

/** A web page where a package should be. */
export function htmlError(url: string): DefsError {
  const text = `${url} is a web page and no package: a login page of the network or of a proxy?`
  return new DefsError('FETCH_HTML', text, { path: url })
}
