import { DefsError, describeError, isDefsError, mostSevere } from '../error.ts'
import { isIdentified } from '../fetch/checks.ts'
import type { FailedHost, NothingOffered, Offer, Source } from '../source/source.ts'
import type { Refusal } from './decide.ts'
import { tellRefusal } from './refusal.ts'
import type { Run } from './run.ts'

/** How a source is asked, and what becomes of its offers. */
export interface HostRounds<Result> {
  /** Asks it, the hosts that were left passed over. */
  readonly ask: (left: readonly FailedHost[]) => Promise<Offer | NothingOffered>
  readonly use: (offer: Offer | NothingOffered) => Promise<Result>
  /**
   * What ends the rounds. `behind`, an offer that is older than what we have, and `stale`, nothing newer although what we
   * have is older than allowed: another host may know better.
   */
  readonly judge: (result: Result) => RoundVerdict
}

export type RoundVerdict = 'taken' | 'behind' | 'stale' | 'declined'

/** What becomes of an offer that was looked at. @param old whether the current set is older than allowed */
export function judgeAnswer(taken: boolean, why: Refusal | null, old: boolean): RoundVerdict {
  if (taken) return 'taken'
  if (why === 'older') return 'behind'
  return old && (why === 'same' || why === null) ? 'stale' : 'declined'
}

/**
 * Takes what a source offers. Rule: whatever comes of the bytes of one host leaves that host, and the next one is asked
 * what it has; the same for a host that is behind us, or has nothing newer when what we have is older than allowed. Stops: one mirror that is cut off, damaged, tampered with or
 * half synchronized, and holds back everybody who asks it first.
 * @throws the gravest of all errors when no host is left
 */
export async function throughHosts<Result>(
  source: Pick<Source, 'name' | 'alternatives'>,
  run: Run,
  { ask, use, judge }: HostRounds<Result>,
): Promise<Result> {
  const left: FailedHost[] = []
  const refused: DefsError[] = []
  const seen = new Set<string>()
  let declined: { readonly result: Result; readonly good: boolean } | null = null
  for (let round = 0; ; round++) {
    let offer: Offer | NothingOffered | null = null
    try {
      const answer = await ask(left)
      const identity = identityOf(answer)
      // The same bytes from elsewhere are refused for the same reason, and so are those of a place that was left.
      if (identity !== null && seen.has(identity)) break
      if (left.some((host) => host.url === urlOf(answer))) break
      offer = answer
      if (identity !== null) seen.add(identity)
      const result = await use(answer)
      const verdict = judge(result)
      if (verdict === 'taken') return result
      const good = verdict !== 'behind'
      if (!declined?.good)
        declined = declined && !good ? declined : { result, good: good && refused.length === 0 }
      const url = urlOf(answer)
      if (verdict === 'declined' || url === null || round >= source.alternatives) break
      const why = good ? 'it has nothing newer' : 'it has something older'
      left.push({ url, error: new DefsError('SOURCE_REFUSED', why, { path: url }) })
    } catch (error) {
      if (!isDefsError(error)) throw error
      const url = offer && hostOf(error, offer)
      if (run.signal.aborted || url === null || round >= source.alternatives || !leavesHost(error)) {
        if (run.signal.aborted || (refused.length === 0 && declined === null)) throw error
        // A further host that is only not there says less than what an earlier one did.
        if (declined === null || leavesHost(error)) refused.push(error)
        break
      }
      refused.push(error)
      left.push({ url, error })
      noteLeft(source.name, url, error, run)
    }
  }
  const worst = declined?.good ? null : mostSevere(refused.map((error) => ({ error })))?.error
  // Each refusal is told, once; that of the gravest is told by who ends the run with it.
  for (const error of refused)
    if (error !== worst) tellRefusal(source.name, error, error.facts.from ?? null, run)
  // What one host answered well is not spoilt by those after it.
  if (declined?.good) return declined.result
  if (worst && !(declined && worst.code.startsWith('SOURCE_'))) throw worst
  if (declined) return declined.result
  throw new DefsError('BUG', 'rounds without an end')
}

/** Errors that are about what one host delivered. Roots that cannot be read are ours, whoever is asked. */
function leavesHost({ code }: DefsError): boolean {
  if (code === 'TRUST_ANCHORS' || code === 'SOURCE_DEADLINE') return false
  // A pack with too few rules is one host's, too.
  return /^(SOURCE|INDEX|FETCH|ARCHIVE|TRUST)_/.test(code) || code === 'GATE_REFUSED'
}

/** Where the refused bytes came from; null when all places of the offer were tried already. */
function hostOf(error: DefsError, offer: Offer | NothingOffered): string | null {
  const { from } = error.facts
  if (from !== undefined) return from
  if ('nothing' in offer) return null
  return offer.package.remotes.length === 1 ? urlOf(offer) : null
}

function urlOf(offer: Offer | NothingOffered): string | null {
  return 'nothing' in offer ? (offer.url ?? null) : (offer.package.remotes[0]?.url ?? null)
}

function identityOf(offer: Offer | NothingOffered): string | null {
  if ('nothing' in offer || !isIdentified(offer.package)) return null
  return offer.package.digests.find(({ algorithm }) => algorithm === 'sha256')?.hex ?? null
}

function noteLeft(source: string, url: string, error: DefsError, run: Run): void {
  const text = `left ${url} of source '${source}' for the next one: ${describeError(error)}`
  run.context.emit({ type: 'note', level: 'warning', text })
  tellRefusal(source, error, url, run)
}

/** An error with the address whose bytes it is about. */
export function deliveredBy(error: unknown, url: string): unknown {
  if (!isDefsError(error) || error.facts.from !== undefined) return error
  return new DefsError(error.code, error.message, { ...error.facts, from: url, cause: error.cause })
}
