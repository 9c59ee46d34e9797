import type { SourceKind } from '../config/options/source.ts'
import type { Knock } from './endpoints.ts'

/** One method, judged for this network. */
export interface Advice {
  readonly method: SourceKind
  /** The configured source; null when there is none of the kind yet. */
  readonly source: string | null
  readonly possible: boolean
  /** Why it is possible here or not, and what speaks for it. */
  readonly reason: string
  readonly drawback: string
}

interface Method {
  readonly method: SourceKind
  /** Lower comes first; where traffic costs much, and where it does not or nobody said. */
  readonly rank: { readonly low: number; readonly high: number }
  /** What must be so; null when it is. */
  readonly hinders: (facts: Facts) => string | null
  readonly benefit: string
  readonly drawback: string
}

/**
 * The five methods with what the vendor says for and against each (docs/domain.md section 13; for the internal
 * server also the limits named in docs/domain.md section 6.3). LiveUpdate is the default; the Intelligent
 * Updater is for those who have nothing else.
 */
export const methods: readonly Method[] = [
  {
    method: 'liveupdate',
    rank: { low: 1, high: 3 },
    hinders: (facts) => outside(facts, 'liveupdate', [80, 443]),
    benefit: 'simple to set up and to keep; certified definitions',
    drawback: 'needs the internet on port 80 and uses its bandwidth; one certified set a day',
  },
  {
    method: 'shared-sep',
    rank: { low: 2, high: 1 },
    hinders: ({ neighbour }) =>
      neighbour ? neighbour.refusal : 'no endpoint product with a definfo.dat was found on this machine',
    benefit: 'the least bandwidth, and no internet access from this machine',
    drawback: 'needs the endpoint product on this machine and some set-up at first',
  },
  {
    method: 'internal',
    rank: { low: 3, high: 2 },
    hinders: ({ methods: { internal } }) => {
      if (internal.source === null) return 'no internal server is configured'
      return internal.reachable ? null : 'the internal server does not answer'
    },
    benefit: 'only internal connections; nothing more to do once it is set up',
    drawback:
      'needs another machine with internet access on port 80 and much set-up; not advised for few clients or across WAN links',
  },
  {
    method: 'rapid-release',
    rank: { low: 4, high: 4 },
    hinders: (facts) => outside(facts, 'rapid-release', [21]),
    benefit: 'simple; several sets a day, always the latest definitions',
    drawback: 'less tested than certified sets, so false alarms are likelier; needs the internet on port 21',
  },
  {
    method: 'intelligent-updater',
    rank: { low: 5, high: 5 },
    hinders: (facts) => outside(facts, 'intelligent-updater', [21]),
    benefit: 'certified sets as single files, also from a drop folder',
    drawback: 'needs the internet on port 21; advised only when no other method will do',
  },
]

/**
 * Methods of engines that have vendors of their own. They are no choice for another engine, so they are told of only
 * where they are configured, and come first there.
 */
const ownVendors: readonly Method[] = [
  {
    method: 'clamav',
    rank: { low: 0, high: 0 },
    hinders: (facts) => outside(facts, 'clamav', [80, 443]),
    benefit: "ClamAV's databases, signed by their vendor; a new one costs a small patch",
    drawback: 'needs a mirror that answers; mirrors ask to be left alone by whoever asks too often',
  },
  {
    method: 'rules',
    rank: { low: 0, high: 0 },
    hinders: (facts) => outside(facts, 'rules', [80, 443]),
    benefit: 'packs of rules from their own publisher, each proved by its signature or digest',
    drawback: 'a pack without a signature is only as good as the way it came',
  },
]

/** The methods in the order in which they suit, those that cannot work here last. Pure. */
export function advise(facts: Facts): Advice[] {
  const cost = facts.wanCost === 'high' ? 'high' : 'low'
  const own = ownVendors.filter(({ method }) => facts.methods[method].source !== null)
  return [...own, ...methods]
    .toSorted((a, b) => a.rank[cost] - b.rank[cost])
    .map(({ method, hinders, benefit, drawback }) => {
      const hindrance = hinders(facts)
      const { source } = facts.methods[method]
      const reason = hindrance ?? (source === null ? `${benefit}; no source is configured yet` : benefit)
      return { method, source, possible: hindrance === null, reason, drawback }
    })
    .toSorted((a, b) => Number(b.possible) - Number(a.possible))
}

/** A configured source speaks for itself; without one, the ports of the other sources' hosts are a hint. */
function outside(facts: Facts, method: SourceKind, ports: readonly (80 | 443 | 21)[]): string | null {
  const { source, reachable } = facts.methods[method]
  if (source !== null) return reachable ? null : `no address of source '${source}' answers`
  if (ports.some((port) => facts.ports[port])) return null
  const names = ports.join(' or ')
  if (ports.every((port) => facts.ports[port] === null))
    return `no host outside is configured, so port ${names} could not be tried`
  return `port ${names} is not reachable on any configured host`
}

/** What internet and wide-area traffic costs this site; null when nobody said. */
export type WanCost = 'low' | 'high' | null

/** The ports that the methods need (docs/domain.md section 13). */
export const methodPorts = [80, 443, 21] as const

/** A method as it is configured. */
export interface Configured {
  /** Null when no source of the kind is configured. */
  readonly source: string | null
  /** Whether any of its addresses answered; null when there is none. */
  readonly reachable: boolean | null
}

/** An endpoint product on this machine. */
export interface Neighbour {
  /** Its VirusDefs folder, in which a `definfo.dat` was found. */
  readonly path: string
  /** From the configuration; null when the folder was found in a usual place and nobody told. */
  readonly version: string | null
  /** Why its definitions cannot be shared; null when they can, as far as is known. */
  readonly refusal: string | null
}

/** Everything the choice of a method rests on. */
export interface Facts {
  /** Ports on the hosts of the sources that lie outside; null when no such host is configured. */
  readonly ports: Readonly<Record<(typeof methodPorts)[number], boolean | null>>
  readonly knocks: readonly Knock[]
  readonly methods: Readonly<Record<SourceKind, Configured>>
  readonly neighbour: Neighbour | null
  readonly wanCost: WanCost
}
