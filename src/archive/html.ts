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
