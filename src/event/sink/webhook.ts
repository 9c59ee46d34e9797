import { createHash, createHmac } from 'node:crypto'
import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { setTimeout as wait } from 'node:timers/promises'
import { readAuthorities } from '../../disk/authorities.ts'
import { DefsError } from '../../error.ts'
import { limits } from '../../limits.ts'
import type { DefsEvent } from '../event.ts'
import { readSinkSecret } from './secret.ts'
import { oneByOne, type Sink, type SinkWorld, sinkFailed } from './sink.ts'
import type { WebhookConfig } from './sink-config.ts'

/**
 * An address that is sent each event as JSON. With a secret, `X-Defs-Signature: sha256=<hex>` is the HMAC-SHA256 over
 * `X-Defs-Timestamp` (seconds), a dot and the body, so that nobody can forge or replay events.
 * `X-Defs-Delivery` stays the same when one event comes twice. Redirects are not followed.
 */
export function openWebhook(config: WebhookConfig, { env }: SinkWorld): Sink {
  return {
    take: oneByOne,
    async deliver(events, signal) {
      const secret = await readSinkSecret(config.secret, env)
      for (const event of events) await send(event, secret, config, signal)
    },
  }
}

async function send(
  event: DefsEvent,
  secret: string | null,
  config: WebhookConfig,
  signal: AbortSignal,
): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return judge(await request(event, secret, config, signal), config.url)
    } catch (error) {
      const failure = sinkFailed(`posting to ${placeOf(config.url)}`, error)
      if (attempt >= config.retries || !failure.facts.transient || signal.aborted) throw failure
      await wait(limits.backoff * 2 ** attempt, undefined, { signal }).catch(() => {
        throw failure
      })
    }
  }
}

async function request(
  event: DefsEvent,
  secret: string | null,
  { url, username, password, authorities }: WebhookConfig,
  signal: AbortSignal,
): Promise<number> {
  const body = JSON.stringify(event)
  const timestamp = String(Math.floor(Date.now() / 1000))
  const headers = {
    'content-type': 'application/json',
    'user-agent': 'defs',
    'x-defs-delivery': createHash('sha256').update(body).digest('hex').slice(0, 32),
    'x-defs-timestamp': timestamp,
    ...(secret === null ? {} : { 'x-defs-signature': signatureOf(secret, timestamp, body) }),
  }
  const auth = username === null ? undefined : `${username}:${password ?? ''}`
  const ca = url.startsWith('https:') ? await readAuthorities(authorities) : undefined
  return post(url, { headers, body, auth, ca, signal })
}

/** The signature that a receiver computes too. */
function signatureOf(secret: string, timestamp: string, body: string): string {
  return `sha256=${createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')}`
}

// Some services keep their secret in the path: it goes into no message.
function placeOf(url: string): string {
  return new URL(url).origin
}

// These say that the event itself is wrong; all else may be mended over there or in the configuration.
const forGood = [400, 413, 422]

function judge(status: number, url: string): void {
  if (status >= 200 && status < 300) return
  const code = forGood.includes(status) ? 'SINK_REFUSED' : 'SINK_FAILED'
  const transient = status >= 500 || status === 408 || status === 429
  throw new DefsError(code, `${placeOf(url)} answered ${status}`, { transient })
}

/** One POST. */
export interface Posting {
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** `user:password`. */
  readonly auth: string | undefined
  /** PEM of the authorities; undefined for an address without TLS. */
  readonly ca: string | undefined
  readonly signal: AbortSignal
}

/** Posts a body and returns the status; the answer's own body is read away, for a moment. @throws what Node reports */
function post(url: string, { headers, body, auth, ca, signal }: Posting): Promise<number> {
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
