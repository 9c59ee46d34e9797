import { DefsError, isDefsError } from '../../error.ts'
import { isHtmlAnswer } from '../host/is-html.ts'
import type { Opening } from '../source.ts'
import type { Transport } from '../transport.ts'
import type { Found } from './found.ts'

/**
 * Asks for names one by one where a host lists nothing, and breaks off each answer after its first bytes.
 * @returns the first name that is there; a page for people in its place counts as absence
 * @throws FETCH_HTML when nothing but such pages came; SOURCE_NOT_FOUND when nothing is there; SOURCE_*
 */
export async function probe(host: Transport, names: readonly string[], signal: AbortSignal): Promise<Found> {
  let pages = 0
  for (const name of names) {
    const opening = await openIfThere(host, name, signal)
    const first = opening && (await firstBytes(opening))
    if (!opening || !first) continue
    if (isHtmlAnswer(first, opening.mediaType)) {
      pages += 1
      continue
    }
    return {
      host,
      path: name,
      name,
      set: null,
      sequence: null,
      bytes: opening.total,
      version: opening.validator,
      lasting: false,
    }
  }
  const code = pages > 0 ? 'FETCH_HTML' : 'SOURCE_NOT_FOUND'
  const what =
    pages > 0 ? 'answers with pages for people' : 'shows no listing and has none of the known names'
  throw new DefsError(code, `${host.url} ${what} (${names.join(', ')}): check address and platform`, {
    path: host.url,
  })
}

async function openIfThere(host: Transport, name: string, signal: AbortSignal): Promise<Opening | null> {
  try {
    return await host.remote(name).open(null, signal)
  } catch (error) {
    if (isDefsError(error, 'SOURCE_NOT_FOUND')) return null
    throw error
  }
}

// Leaving the loop ends the transfer; an iterator that was never started would not.
async function firstBytes(opening: Opening): Promise<Uint8Array | null> {
  for await (const bytes of opening.body) {
    if (bytes.length > 0) return bytes
  }
  return null
}
