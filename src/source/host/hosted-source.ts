import type { SourceKind } from '../kinds.ts'
import type { Inquiry, NothingOffered, Offer, Source } from '../source.ts'
import type { Transport } from '../transport.ts'
import { askInOrder } from './ask-in-order.ts'

/** What one host answers; who was left before it is added by whoever goes through the hosts. */
type Answer = Omit<Offer, 'left'> | Omit<NothingOffered, 'left'>

/**
 * A source that stands on hosts in order, each asked in the same way.
 * @param further transports that were opened beside the hosts, to be closed with them
 */
export function hostedSource(
  { name, kind }: { readonly name: string; readonly kind: SourceKind },
  hosts: readonly Transport[],
  ask: (host: Transport, others: readonly Transport[], inquiry: Inquiry) => Promise<Answer>,
  further: () => Iterable<Transport> = () => [],
): Source {
  return {
    name,
    kind,
    ask: (inquiry) => askInOrder<Answer>(name, hosts, inquiry, (host, others) => ask(host, others, inquiry)),
    close: async () => {
      await Promise.all([...hosts, ...further()].map((host) => host.close()))
    },
  }
}
