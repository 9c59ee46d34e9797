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
