import { DefsError, isDefsError } from '../../error.ts'
import { isHtmlAnswer } from '../host/is-html.ts'
import { startOf } from '../transport/start-of.ts'
import type { Beginning, Transport } from '../transport.ts'

/**
 * The first bytes of a file of a mirror, in one request; null when it is not there.
 * @throws INDEX_HTML for a page in its place; SOURCE_*
 */
export async function peek(
  host: Transport,
  path: string,
  limit: number,
  since: Date | null,
  signal: AbortSignal,
): Promise<Beginning | 'unchanged' | null> {
  const seen = host.peek
    ? await host.peek(path, limit, since, signal)
    : await openAndClose(host, path, limit, signal)
  if (seen === null || seen === 'unchanged') return seen
  const database = Buffer.from(seen.bytes.subarray(0, 10)).toString('latin1') === 'ClamAV-VDB'
  if (database || !isHtmlAnswer(seen.bytes, seen.mediaType)) return seen
  const text = `${seen.url} is a page for people where ${path} should be: a login page of the network?`
  throw new DefsError('INDEX_HTML', text, { path: seen.url })
}

async function openAndClose(
  host: Transport,
  path: string,
  limit: number,
  signal: AbortSignal,
): Promise<Beginning | null> {
  const remote = host.remote(path)
  try {
    const { total, validator, mediaType, body } = await remote.open(null, signal)
    return { url: remote.url, bytes: await startOf(body, limit), total, validator, mediaType }
  } catch (error) {
    if (isDefsError(error, 'SOURCE_NOT_FOUND')) return null
    throw error
  }
}
