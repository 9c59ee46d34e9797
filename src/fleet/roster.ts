import type { SetName } from '../set-name.ts'
import type { Why } from '../source/liveupdate/fleet-card.ts'
import type { HostReport } from './report.ts'

/** A host that may report. */
export interface Admitted {
  /** Public nkey. */
  readonly key: string
  readonly labels: Readonly<Record<string, string>>
  /** RFC 3339, UTC. */
  readonly at: string
}

/** What was heard of one host. Moments are milliseconds by the controller's clock. */
export interface Heard {
  readonly key: string
  readonly report: HostReport
  readonly receivedAt: number
  /** Since when it says that it takes the set of its candidate; null when it does not. */
  readonly takingSince: number | null
  /** Since when it is known to be well with a set. */
  readonly goodSince: { readonly set: SetName; readonly proved: boolean; readonly at: number } | null
  /** When a report came that two machines must have made, or a replay; null when none did. */
  readonly conflictAt: number | null
}

/** A host as the controller sees it. */
export interface Host {
  readonly name: string
  /** Null for a name that was never admitted. */
  readonly admitted: Admitted | null
  readonly heard: Heard | null
  readonly ring: string | null
  readonly why: Why | null
  readonly labels: Readonly<Record<string, string>>
  /** Two machines use this name, or this key. */
  readonly conflict: boolean
}

/** What a report is to the controller. */
export type Hearing = 'news' | 'known' | 'conflict'

/**
 * Takes in a report whose signature held. Rule: the number of a key's reports rises, and one number is one report;
 * nothing of what another key said goes on. Stops: replays, two machines with one key, which both count on, and whoever
 * reported under a name before its host did, and so began the time for which the host is well.
 */
export function hear(
  last: Heard | null,
  { report, key }: { readonly report: HostReport; readonly key: string },
  now: number,
): { readonly heard: Heard; readonly hearing: Hearing } {
  const before = last?.key === key ? last : null
  if (before !== null && report.seq <= before.report.seq) {
    const same = report.seq === before.report.seq && report.at === before.report.at
    if (same) return { heard: before, hearing: 'known' }
    return { heard: { ...before, conflictAt: now }, hearing: 'conflict' }
  }
  const candidate = report.phase === 'taking' ? (report.candidate?.set ?? null) : null
  return {
    hearing: 'news',
    heard: {
      key,
      report,
      receivedAt: now,
      takingSince: candidate === null ? null : takingBefore(before, candidate, now),
      goodSince: goodSince(before, report, now),
      conflictAt: before?.conflictAt ?? null,
    },
  }
}

function takingBefore(before: Heard | null, set: SetName, now: number): number {
  const going = before?.report.phase === 'taking' && before.report.candidate?.set === set
  return going ? (before.takingSince ?? now) : now
}

function goodSince(before: Heard | null, report: HostReport, now: number): Heard['goodSince'] {
  const set = provedSet(report, 'told')
  if (set === null) return null
  const proved = provedSet(report, 'proved') !== null
  const known = before?.goodSince ?? null
  return known?.set === set && known.proved === proved ? known : { set, proved, at: now }
}

/**
 * The set that a host is well with; null when it is in the middle of something or not well with any. With `proved`
 * only what the scanner was seen to use counts, with `told` also what it was told of.
 */
export function provedSet(report: HostReport, accept: 'proved' | 'told'): SetName | null {
  const { current, inUse, phase, candidate, confirms } = report
  if (current === null || phase === 'taking') return null
  if (candidate?.set === current) {
    const { outcome } = candidate
    if (outcome !== 'confirmed' && (outcome !== 'in-use' || confirms)) return null
  }
  return inUse === current || (accept === 'told' && inUse === null) ? current : null
}

/** Whether a host has reported lately: within three times the pause between its reports. */
export function isAwake(heard: Heard | null, now: number): boolean {
  return heard !== null && now - heard.receivedAt <= 3 * heard.report.every * 1000
}
