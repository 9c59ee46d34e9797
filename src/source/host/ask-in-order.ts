import { DefsError, describeError, isDefsError } from '../../error.ts'
import type { Inquiry, LeftHost } from '../source.ts'
import type { Transport } from '../transport.ts'
import { worstOf } from './alarm.ts'
import { throwIfOver } from './end-of-inquiry.ts'

/** Asks one host; `others` are the further hosts that may be bothered now, in their configured order. */
export type AskHost<Answer> = (host: Transport, others: readonly Transport[]) => Promise<Answer>

/**
 * Asks the hosts in order until one answers, and says which were left and why. A host that wants to be left
 * alone is passed over without a request.
 * @throws the error of highest alarm when every host was left; INTERRUPTED and SOURCE_DEADLINE at once
 */
export async function askInOrder<Answer extends object>(
  source: string,
  hosts: readonly Transport[],
  inquiry: Inquiry,
  ask: AskHost<Answer>,
): Promise<Answer & { readonly left: readonly LeftHost[] }> {
  const left: LeftHost[] = []
  for (const host of hosts) {
    throwIfOver(inquiry.signal)
    try {
      refuseCooling(host, inquiry)
      const answer = await ask(
        host,
        hosts.filter((other) => other !== host && !isCooling(other, inquiry, left)),
      )
      return { ...answer, left }
    } catch (error) {
      throwIfOver(inquiry.signal, error)
      left.push({ url: host.url, error: reasonOf(host, error) })
      const text = `left ${host.url} of source '${source}': ${describeError(error)}`
      inquiry.context.emit({ type: 'note', level: 'warning', text })
    }
  }
  throw worstOf(source, left)
}

function coolingUntil(host: Transport, inquiry: Inquiry): Date | null {
  const until = inquiry.coolDowns.get(host.url)
  return until && until > inquiry.context.now() ? until : null
}

function refuseCooling(host: Transport, inquiry: Inquiry): void {
  const until = coolingUntil(host, inquiry)
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

function isCooling(host: Transport, inquiry: Inquiry, left: readonly LeftHost[]): boolean {
  const asked = left.some(({ url, error }) => url === host.url && isDefsError(error, 'SOURCE_COOLING_DOWN'))
  return asked || coolingUntil(host, inquiry) !== null
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
