import { DefsError } from '../error.ts'
import { limits } from '../limits.ts'

/**
 * A small body, whole. The bound is kept while reading: an announced length is only an announcement, and one
 * byte every few seconds would never count as silence, so the mean throughput is judged too.
 * @throws INDEX_TOO_LARGE, SOURCE_STALLED, and what the body throws
 */
export async function collect(
  body: AsyncIterable<Uint8Array>,
  limit: number,
  url: string,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  const begun = Date.now()
  let bytes = 0
  for await (const chunk of body) {
    bytes += chunk.length
    if (bytes > limit) throw tooLarge(url, limit)
    chunks.push(chunk)
    const elapsed = Date.now() - begun
    if (elapsed > limits.throughputWindow && bytes < (limits.throughput * elapsed) / 1000) {
      throw new DefsError(
        'SOURCE_STALLED',
        `${url} came too slowly: below ${limits.throughput} bytes a second`,
        {
          path: url,
          transient: true,
        },
      )
    }
  }
  return Buffer.concat(chunks, bytes)
}

/** What is thrown when a small file or listing is beyond its bound. */
export function tooLarge(url: string, limit: number): DefsError {
  return new DefsError(
    'INDEX_TOO_LARGE',
    `${url} is larger than ${limit} bytes: it cannot be what it should be`,
    {
      path: url,
    },
  )
}

/** The first bytes of a body, which ends the transfer once they are here. Fewer when there are no more. */
export async function startOf(body: AsyncIterable<Uint8Array>, limit: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of body) {
    chunks.push(chunk)
    bytes += chunk.length
    // Leaving the loop destroys the body.
    if (bytes >= limit) break
  }
  return Buffer.concat(chunks).subarray(0, limit)
}

/** The error of an aborted signal: its reason when that is ours (a deadline), else `INTERRUPTED`. */
export function interrupted(signal: AbortSignal): DefsError {
  if (signal.reason instanceof DefsError) return signal.reason
  return new DefsError('INTERRUPTED', 'interrupted while talking to a source', { cause: signal.reason })
}
