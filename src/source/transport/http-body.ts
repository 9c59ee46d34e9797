import { Readable } from 'node:stream'
import type { Answer } from './http-request.ts'
import { interrupted } from './interrupted.ts'
import { networkError } from './network-error.ts'

/** The body of an answer with its errors made ours. Destroying it ends the transfer. */
export function bodyOf(answer: Answer, signal: AbortSignal): Readable {
  const source = answer.body
  const body = new Readable({
    highWaterMark: 1 << 20,
    read: () => source.resume(),
    destroy(error, done) {
      source.destroy()
      done(error)
    },
  })
  source.on('data', (chunk: Buffer) => {
    if (!body.push(chunk)) source.pause()
  })
  // One turn later the connection is free again, so the next request goes out on it and not on a new one.
  source.on('end', () => setImmediate(() => body.push(null)))
  source.on('error', (error) => {
    body.destroy(signal.aborted ? interrupted(signal) : networkError(error, answer.url.href, 'transfer'))
  })
  source.pause()
  body.on('error', () => {})
  return body
}
