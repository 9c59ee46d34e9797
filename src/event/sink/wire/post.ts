import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { limits } from '../../../limits.ts'

/** One POST. */
export interface Posting {
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** `user:password`. */
  readonly auth: string | undefined
  /** PEM of the authorities; undefined for the system's. */
  readonly ca: string | undefined
  readonly signal: AbortSignal
}

/** Posts a body and returns the status; the answer's own body is read away, for a moment. @throws what Node reports */
export function post(url: string, { headers, body, auth, ca, signal }: Posting): Promise<number> {
  const secure = url.startsWith('https:')
  const options = {
    method: 'POST',
    headers: { ...headers, 'content-length': Buffer.byteLength(body) },
    agent: false,
    signal,
    timeout: limits.stall,
    ...(auth === undefined ? {} : { auth }),
  }
  return new Promise((resolve, reject) => {
    const request = secure
      ? httpsRequest(url, { ...options, ...(ca === undefined ? {} : { ca }) })
      : httpRequest(url, options)
    request.on('error', reject)
    request.on('timeout', () => request.destroy(new Error('no answer came')))
    request.on('response', (response) => {
      // The status is the whole answer; how its body ends does not matter, and it must not keep us.
      response.on('error', () => undefined)
      const clock = setTimeout(() => request.destroy(), limits.drainTime)
      response.on('close', () => clearTimeout(clock))
      response.resume()
      resolve(response.statusCode ?? 0)
    })
    request.end(body)
  })
}
