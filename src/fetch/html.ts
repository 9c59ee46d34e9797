import { DefsError } from '../error.ts'
import { limits } from '../limits.ts'

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
