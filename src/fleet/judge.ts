import type { RingPolicy } from '../config/fleet.ts'
import type { Allowance } from '../config/measure.ts'
import type { SetName } from '../set-name.ts'
import type { HostEvidence } from './facts.ts'
import { type Host, isAwake, provedSet } from './roster.ts'

/** Where a host stands with the set that its ring offers. */
export const hostStates = [
  'unknown',
  'pending',
  'taking',
  'in-use',
  'confirmed',
  'refused',
  'rolled-back',
  'failed',
  'environment',
  'lost',
  'held',
  'silent',
  'ahead',
  'foreign',
] as const
export type HostState = (typeof hostStates)[number]

/** A state with its reason in words; null where the state says it all. */
export interface HostView {
  readonly state: HostState
  readonly reason: string | null
}

/** What a host is looked at with. Moments are milliseconds by the controller's clock. */
export interface HostSight {
  readonly now: number
  readonly lostAfter: number
  /** Every set that is published. */
  readonly published: ReadonlySet<SetName>
  /** Older (< 0), same (0) or newer (> 0). */
  readonly compare: (a: SetName, b: SetName) => number
}

/** Where a host stands with a set; null for a ring that offers none. */
export function viewHost(
  host: Host,
  set: SetName | null,
  accept: 'proved' | 'told',
  sight: HostSight,
): HostView {
  const { heard, admitted } = host
  if (admitted === null) return view('unknown', `${host.name} was never admitted`)
  if (heard === null) {
    const quiet = sight.now - Date.parse(admitted.at) > 45 * 60_000
    return quiet ? view('silent', 'it has not reported since it was admitted') : view('pending', null)
  }
  const { report } = heard
  const { candidate, current, holds, barred } = report
  if (heard.takingSince !== null && candidate !== null && (set === null || candidate.set === set)) {
    const quiet = sight.now - heard.takingSince
    if (quiet > sight.lostAfter)
      return view('lost', `it began to take ${candidate.set} and has said nothing since`)
    return view('taking', null)
  }
  if (set !== null && candidate?.set === set && isBad(candidate.outcome)) {
    const how = [candidate.exitCode === null ? null : `exit code ${candidate.exitCode}`, candidate.error]
    return view(candidate.outcome, how.filter((part) => part !== null).join(', ') || null)
  }
  if (!isAwake(heard, sight.now)) return view('silent', `its last report is from ${report.at}`)
  if (current !== null && current === set) {
    if (provedSet(report, accept) === set)
      return view(candidate?.set === set && candidate.outcome === 'confirmed' ? 'confirmed' : 'in-use', null)
    return view(
      'pending',
      report.inUse === null ? 'its scanner shows no proof' : `its scanner uses ${report.inUse}`,
    )
  }
  if (current !== null && holds.includes(current)) return view('held', `it holds ${current}`)
  if (set !== null && barred.includes(set)) return view('held', `it bars ${set}`)
  if (current !== null && !sight.published.has(current)) return view('foreign', `${current} is of no channel`)
  if (current !== null && set !== null && sight.compare(current, set) > 0)
    return view('ahead', `${current} is newer than ${set}`)
  return view('pending', current === null ? 'it has no definitions' : `it has ${current}`)
}

function isBad(outcome: string | null): outcome is 'refused' | 'rolled-back' | 'failed' | 'environment' {
  return (
    outcome === 'refused' || outcome === 'rolled-back' || outcome === 'failed' || outcome === 'environment'
  )
}

function view(state: HostState, reason: string | null): HostView {
  return { state, reason }
}

/** Failures and troubles that a host's newest report, or its silence, is evidence of. */
export function evidenceOf(host: Host, sight: HostSight): HostEvidence | null {
  const { heard, ring, name } = host
  const candidate = heard?.report.candidate
  if (host.admitted === null || heard === null || ring === null || !candidate) return null
  const base = { host: name, ring, set: candidate.set }
  if (heard.takingSince !== null && sight.now - heard.takingSince > sight.lostAfter)
    return { ...base, class: 'set', outcome: 'lost', exitCode: null, error: null }
  const { outcome, exitCode, error } = candidate
  if (!isBad(outcome)) return null
  return { ...base, class: outcome === 'environment' ? 'host' : 'set', outcome, exitCode, error }
}

/** How a ring stands with the set it offers. */
export interface Judgement {
  readonly counts: Readonly<Record<HostState, number>>
  /** Admitted hosts of the ring. */
  readonly hosts: number
  readonly awake: number
  readonly good: number
  readonly failures: number
  readonly failuresAllowed: number
  readonly troubles: number
  readonly troublesAllowed: number
  readonly minimum: number
  /** Good hosts over hosts that are awake. Percent, rounded down. */
  readonly coverage: number
  /** When the last good report that was needed came; null while more are needed. Milliseconds. */
  readonly enoughAt: number | null
}

/**
 * Counts. Rule: silence is never success, a host in trouble of its own blames no set, and a host that is in the
 * middle of taking the set keeps the ring from passing until it says how that ended.
 * @param evidence all that was written down against the set in this ring
 */
export function judgeRing(
  ring: RingPolicy,
  set: SetName,
  hosts: readonly Host[],
  evidence: readonly HostEvidence[],
  sight: HostSight,
): Judgement {
  const counts = Object.fromEntries(hostStates.map((state) => [state, 0])) as Record<HostState, number>
  const goodAt: number[] = []
  const failed = new Set<string>()
  const troubled = new Set<string>()
  let awake = 0
  let members = 0
  for (const one of evidence)
    if (one.ring === ring.name && one.set === set && one.class === 'set') failed.add(one.host)
  for (const host of hosts) {
    if (host.ring !== ring.name) continue
    const { state } = viewHost(host, set, ring.accept, sight)
    counts[state] += 1
    if (host.admitted === null) continue
    members += 1
    if (isAwake(host.heard, sight.now)) awake += 1
    if (state === 'refused' || state === 'rolled-back' || state === 'failed' || state === 'lost')
      failed.add(host.name)
    if (state === 'environment') troubled.add(host.name)
    if (state === 'in-use' || state === 'confirmed') goodAt.push(host.heard?.goodSince?.at ?? sight.now)
  }
  const minimum = minimumOf(ring, members)
  const needed = Math.max(minimum, Math.ceil((ring.coverage * awake) / 100 - 1e-9))
  const enough = counts.taking === 0 && goodAt.length >= needed
  return {
    counts,
    hosts: members,
    awake,
    good: goodAt.length,
    failures: failed.size,
    failuresAllowed: allowed(ring.failures, members),
    troubles: troubled.size,
    troublesAllowed: allowed(ring.troubles, members),
    minimum,
    coverage: awake === 0 ? 0 : Math.floor((100 * goodAt.length) / awake),
    enoughAt: enough ? (goodAt.sort((a, b) => a - b)[needed - 1] ?? null) : null,
  }
}

/** How many of `hosts` an allowance admits: percent are rounded down. */
function allowed(allowance: Allowance, hosts: number): number {
  return 'hosts' in allowance ? allowance.hosts : Math.floor((allowance.percent * hosts) / 100 + 1e-9)
}

/** Fewest good hosts that a ring of so many needs. */
function minimumOf({ minimum }: RingPolicy, hosts: number): number {
  return minimum ?? Math.max(1, Math.min(5, hosts))
}
