import { createHash } from 'node:crypto'
import type { Context } from '../../context.ts'
import type { EventName } from '../../event/catalogue.ts'
import type { EventFacts } from '../../event/event.ts'
import { makeEvent } from '../../event/make-event.ts'
import { clientAt } from '../../share-connections.ts'

/** Names of clients by the SHA-256 of their token. */
export type Tokens = ReadonlyMap<string, string>

/** Tells of who logs in with a token, and who tries to. In memory only, and bounded. */
export interface Logins {
  /** A request with this header, which is let through when true. */
  readonly judge: (address: string, authorization: string | undefined) => boolean
}

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour
/** Addresses that are remembered at a time. */
const remembered = 10_000

/** Opens the watch over the tokens of the internal server. */
export function openLogins(tokens: Tokens, { now, emit }: Pick<Context, 'now' | 'emit'>): Logins {
  const failures = new Map<string, number>()
  const known = new Map<string, number>()
  const told = new Map<string, number>()

  function tell(name: EventName, facts: EventFacts): void {
    // None of these has another number with another version.
    emit({ type: 'event', event: makeEvent(name, facts, { now: now(), productVersion: '' }) })
  }

  /** Whether something is due that is told at most so often. */
  function isDue(key: string, every: number): boolean {
    const at = now().getTime()
    const last = told.get(key)
    if (last !== undefined && Math.abs(at - last) < every) return false
    keep(told, key, at)
    return true
  }

  return {
    judge(ip, authorization) {
      const address = clientAt(ip)
      const user = clientOf(authorization, tokens)
      if (user !== null) {
        failures.delete(address)
        keep(known, address, now().getTime())
        const reason = `${user} from ${address}`
        if (isDue(`login ${reason}`, day)) tell('serve.login', { user, from: address, reason })
        return true
      }
      if (authorization === undefined) {
        // Clients of Basic logins ask once without; one that had a right token before is such a client.
        const reason = `${address}, without a token`
        if (!known.has(address) && isDue(`denied ${address}`, hour))
          tell('serve.denied', { from: address, reason })
        return false
      }
      const count = (failures.get(address) ?? 0) + 1
      keep(failures, address, count)
      const facts = { from: address, count }
      if (isDue(`denied ${address}`, hour))
        tell('serve.denied', { ...facts, reason: `${address}, with a wrong token` })
      // As gateways alert: on the third attempt and from then on, here once a minute.
      if (count >= 3 && isDue(`failures ${address}`, minute)) {
        tell('serve.frequent-failures', { ...facts, reason: `${count} from ${address}` })
      }
      return false
    },
  }
}

function keep<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key)
  map.set(key, value)
  const [oldest] = map.keys()
  if (map.size > remembered && oldest !== undefined) map.delete(oldest)
}

/** Who a request is from: a bearer token, or the password of a Basic login; null for nobody. */
export function clientOf(authorization: string | undefined, tokens: Tokens): string | null {
  const [scheme = '', value = ''] = (authorization ?? '').split(' ')
  const token = scheme.toLowerCase() === 'bearer' ? value : passwordOf(scheme, value)
  // Looked up by its hash, so that timing tells nothing of the tokens there are.
  return token === '' ? null : (tokens.get(createHash('sha256').update(token).digest('hex')) ?? null)
}

function passwordOf(scheme: string, value: string): string {
  if (scheme.toLowerCase() !== 'basic') return ''
  const login = Buffer.from(value, 'base64').toString()
  const colon = login.indexOf(':')
  return colon < 0 ? '' : login.slice(colon + 1)
}
