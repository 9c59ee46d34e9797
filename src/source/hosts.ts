import type { SourceKind } from '../config/options/source.ts'
import { type JoinedSignal, joinSignals } from '../context.ts'
import { DefsError, describeError, type ErrorCode, isDefsError, mostSevere } from '../error.ts'
import type { Transport } from '../transport/transport.ts'
import type { FailedHost, NothingOffered, Offer, Source, SourceQuery } from './source.ts'

/** Asks one host, within the time of its `query`; `others` are the further hosts that may be bothered now, in their configured order. */
export type AskHost<Answer> = (
  host: Transport,
  others: readonly Transport[],
  query: SourceQuery,
) => Promise<Answer>

/**
 * Asks the hosts in order until one answers, and says which were left and why. A host that wants to be left
 * alone is passed over without a request.
 * @throws the error of highest alarm when every host was left; INTERRUPTED and SOURCE_DEADLINE at once
 */
export async function askInOrder<Answer extends object>(
  source: string,
  hosts: readonly Transport[],
  query: SourceQuery,
  ask: AskHost<Answer>,
): Promise<Answer & { readonly failedHosts: readonly FailedHost[] }> {
  const left: FailedHost[] = []
  const refused = new Map(
    hosts.flatMap((host) => {
      const found = query.left?.find(({ url }) => url.startsWith(host.url))
      return found ? [[host, found] as const] : []
    }),
  )
  for (const [index, host] of hosts.entries()) {
    throwIfAborted(query.signal)
    const known = refused.get(host)
    if (known) {
      left.push({ url: host.url, error: reasonOf(host, known.error) })
      continue
    }
    const bound = shareOf(query, host, hosts.length - index)
    try {
      refuseCooling(host, query)
      const answer = await ask(
        host,
        hosts.filter((other) => other !== host && !refused.has(other) && !isCooling(other, query, left)),
        { ...query, signal: bound.signal },
      )
      return { ...answer, failedHosts: left }
    } catch (error) {
      throwIfAborted(query.signal, error)
      const why = bound.signal.aborted ? bound.signal.reason : error
      left.push({ url: host.url, error: reasonOf(host, why) })
      // Of the last one the error tells that ends all this.
      if (index < hosts.length - 1) {
        const text = `left ${host.url} of source '${source}': ${describeError(error)}`
        query.context.emit({ type: 'note', level: 'warning', text })
      }
    } finally {
      bound.release()
    }
  }
  throw everyHostFailed(source, left)
}

/** One host gets at most its share of the time that is left, so that the others are asked in time. */
function shareOf(query: SourceQuery, host: Transport, remaining: number): JoinedSignal {
  const { context, deadline = null, signal } = query
  if (deadline === null || remaining < 2) return joinSignals([signal])
  const milliseconds = (deadline.getTime() - context.now().getTime()) / remaining
  const text = `${host.url} did not answer within its share of the time (${Math.ceil(milliseconds / 1000)} s)`
  const reason = () => new DefsError('SOURCE_DEADLINE', text, { path: host.url })
  return joinSignals([signal], { milliseconds, reason })
}

function coolingUntil(host: Transport, query: SourceQuery): Date | null {
  const until = query.coolDowns.get(host.url)
  return until && until > query.context.now() ? until : null
}

function refuseCooling(host: Transport, query: SourceQuery): void {
  const until = coolingUntil(host, query)
  if (!until) return
  throw new DefsError(
    'SOURCE_COOLING_DOWN',
    `${host.url} is left alone until ${until.toISOString()}, as it asked`,
    {
      path: host.url,
      until,
    },
  )
}

function isCooling(host: Transport, query: SourceQuery, left: readonly FailedHost[]): boolean {
  const asked = left.some(({ url, error }) => url === host.url && isDefsError(error, 'SOURCE_COOLING_DOWN'))
  return asked || coolingUntil(host, query) !== null
}

// A cool-down is kept by host, whichever file of it was asked for when the host spoke up.
function reasonOf(host: Transport, error: unknown): Error {
  if (!isDefsError(error, 'SOURCE_COOLING_DOWN'))
    return error instanceof Error ? error : new Error(String(error))
  return new DefsError(error.code, error.message, {
    ...error.facts,
    path: host.url,
    cause: error.cause ?? error,
  })
}

/** What one host answers; who was left before it is added by whoever goes through the hosts. */
type Answer = Omit<Offer, 'failedHosts'> | Omit<NothingOffered, 'failedHosts'>

/**
 * A source that stands on hosts in order, each asked in the same way.
 * @param further transports that were opened beside the hosts, to be closed with them
 */
export function hostedSource(
  { name, kind }: { readonly name: string; readonly kind: SourceKind },
  hosts: readonly Transport[],
  ask: (host: Transport, others: readonly Transport[], query: SourceQuery) => Promise<Answer>,
  further: () => Iterable<Transport> = () => [],
): Source {
  return {
    name,
    kind,
    alternatives: hosts.length - 1,
    ask: (query) => askInOrder<Answer>(name, hosts, query, ask),
    close: async () => {
      await Promise.all([...hosts, ...further()].map((host) => host.close()))
    },
  }
}

/**
 * The one error for a source of which every host was left: the code of the most severe. Every host
 * stands in `problems` and `failed` with its reason; for `SOURCE_COOLING_DOWN` `until` is the earliest moment at which
 * any host may be asked again.
 */
function everyHostFailed(source: string, left: readonly FailedHost[]): DefsError {
  const worst = mostSevere(left)
  if (!worst)
    return new DefsError('CONFIG_INVALID', `source '${source}' has no address: name one`, { source })
  const until = codeOf(worst.error) === 'SOURCE_COOLING_DOWN' ? earliestUntil(left) : undefined
  const why = left.map(({ url, error }) => {
    const text = describeError(error)
    return text.includes(url) ? text : `${url}: ${text}`
  })
  const gravest = why[left.indexOf(worst)]
  const tried = left.length === 1 ? '' : `no usable answer from ${left.length} addresses: `
  return new DefsError(codeOf(worst.error), `source '${source}': ${tried}${gravest}`, {
    cause: worst.error,
    source,
    path: worst.url,
    problems: why,
    failed: left,
    ...(until && { until }),
  })
}

function codeOf(error: Error): ErrorCode {
  return error instanceof DefsError ? error.code : 'BUG'
}

function earliestUntil(left: readonly FailedHost[]): Date | undefined {
  const moments = left.flatMap(({ error }) =>
    isDefsError(error) && error.facts.until ? [error.facts.until] : [],
  )
  return moments.sort((a, b) => a.getTime() - b.getTime())[0]
}

/**
 * Throws when the query itself is over - interrupted, or past its deadline: then no further host is asked.
 * @throws INTERRUPTED, SOURCE_DEADLINE
 */
export function throwIfAborted(signal: AbortSignal, error?: unknown): void {
  if (isDefsError(error, 'INTERRUPTED')) throw error
  if (!signal.aborted) return
  if (signal.reason instanceof DefsError) throw signal.reason
  throw new DefsError('INTERRUPTED', 'interrupted while asking what is on offer', { cause: signal.reason })
}
