import { DefsError } from '../error.ts'
import { limits } from '../limits.ts'

const opening = /^(?:<!doctype\s+html|<(?:html|head|body|title|script|meta)\b)/i
// A byte-order mark is no white space of ours: it is skipped here, as UTF-8 and as the character.
const skipped = /^(?:\ufeff|\u00ef\u00bb\u00bf|\s+|<!--[\s\S]*?-->)/
const declaration = /^<\?xml\b/i

/**
 * Whether bytes begin like a page for people, or like the XML error document of a store of objects: captive portals,
 * proxies and error pages answer with one where a file should be. White space and comments may precede it. Only the
 * bytes decide: media types are labels, which servers get wrong in both directions.
 */
export function isWebPage(head: Uint8Array): boolean {
  const most = Math.min(head.byteLength, limits.htmlHead)
  let text = Buffer.from(head.buffer, head.byteOffset, most).toString('latin1')
  for (let found = skipped.exec(text); found; found = skipped.exec(text)) text = text.slice(found[0].length)
  return opening.test(text) || declaration.test(text)
}

/** Watches the beginning of a file for a web page. @throws FETCH_HTML */
export function webPageGuard(url: string): (chunk: Uint8Array) => void {
  let head = Buffer.alloc(0)
  return (chunk) => {
    if (head.length >= limits.htmlHead) return
    head = Buffer.concat([head, chunk.subarray(0, limits.htmlHead - head.length)])
    if (!isWebPage(head)) return
    const text = `${url} is a web page and no package: a login page of the network or of a proxy?`
    throw new DefsError('FETCH_HTML', text, { path: url })
  }
}
