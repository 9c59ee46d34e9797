import type { RawReport } from '../bus/feed.ts'
import { readReport } from '../report.ts'
import { type Admitted, type Heard, hear, isAwake } from '../roster.ts'
import type { World } from '../world.ts'
import type { Ground } from './ground.ts'

/** What a round of reports brought. */
export interface Hearings {
  /** Hosts of whom there is something new. */
  readonly news: readonly string[]
  /** These, and hosts whose report was refused as a replay or as another machine's. */
  readonly touched: readonly string[]
  /** Reports that were refused: each with the host it claims and why. */
  readonly refused: readonly { readonly host: string | null; readonly why: string }[]
}

/** Names that were never admitted are listed, but no more of them than this. */
const strangersMost = 1000

/**
 * Takes reports in. Rule: a report counts for a host only under its own name, signed with the key that was admitted
 * for that name. Stops: whoever may write to the folder or the bus from speaking for another host.
 */
export function takeIn(
  raw: readonly RawReport[],
  fleet: string,
  admitted: ReadonlyMap<string, Admitted>,
  heard: Map<string, Heard>,
  now: number,
): Hearings {
  const news: string[] = []
  const touched: string[] = []
  const refused: { host: string | null; why: string }[] = []
  for (const { name, bytes } of raw) {
    if (bytes === null) {
      refused.push({ host: name, why: `${name} is no regular file of a report's size` })
      continue
    }
    const read = readReport(bytes)
    if ('problem' in read) {
      // What does not even claim to be a report is none of ours.
      if (read.claims !== null || read.problem !== 'it is no signed report')
        refused.push({ host: read.claims, why: read.problem })
      continue
    }
    const { report, key } = read
    const why = misplaced(name, report.host, report.fleet, fleet)
    if (why !== null) {
      refused.push({ host: report.host, why })
      continue
    }
    const entry = admitted.get(report.host)
    if (entry !== undefined && entry.key !== key) {
      refused.push({
        host: report.host,
        why: `it is signed with another key than ${report.host} was admitted with`,
      })
      continue
    }
    const owner = entry === undefined ? ownerOf(key, admitted) : null
    if (owner !== null)
      refused.push({
        host: report.host,
        why: `it is signed with the key of ${owner}: a renamed or cloned machine`,
      })
    if (entry === undefined && !heard.has(report.host) && heard.size - admitted.size >= strangersMost)
      continue
    const before = heard.get(report.host) ?? null
    const { heard: after, hearing } = hear(before, read, now)
    heard.set(report.host, after)
    if (hearing !== 'known') touched.push(report.host)
    if (hearing === 'news') news.push(report.host)
    if (hearing === 'conflict')
      refused.push({
        host: report.host,
        why: `its number ${report.seq} is not above ${before?.report.seq ?? 0}: a replay, a restored or a cloned machine`,
      })
  }
  return { news, touched, refused }
}

/**
 * Begins anew the time of those who take a set: nobody could hear how it ended before this moment.
 * @returns the hosts whose time it is
 */
export function beginAnew(heard: Map<string, Heard>, upSince: number): string[] {
  const taking = [...heard].flatMap(([name, one]) =>
    one.takingSince !== null && one.takingSince < upSince ? [[name, one] as const] : [],
  )
  for (const [name, one] of taking) heard.set(name, { ...one, takingSince: upSince })
  return taking.map(([name]) => name)
}

function ownerOf(key: string, admitted: ReadonlyMap<string, Admitted>): string | null {
  for (const [name, entry] of admitted) if (entry.key === key) return name
  return null
}

function misplaced(place: string, host: string, fleet: string, own: string): string | null {
  if (fleet !== own) return `it is of the fleet ${fleet}`
  return place === host ? null : `it lies where the reports of ${place} belong`
}

/** Repeated refusals of reports are told together, at most so often. Milliseconds. */
const toldEvery = 10 * 60_000

/** Tells that reports were refused: the first at once, the next ones together. */
export class RefusalTeller {
  private readonly tell: Ground['tell']
  private told = 0
  private waiting = 0

  constructor(tell: Ground['tell']) {
    this.tell = tell
  }

  take(refused: Hearings['refused'], moment: number): void {
    this.waiting += refused.length
    if (this.waiting === 0 || moment - this.told < toldEvery) return
    const [one] = refused
    const reason = one ? `${one.host ?? 'somebody'}: ${one.why}` : 'more of the same'
    this.tell('report.forged', { reason, count: this.waiting, ...(one?.host ? { host: one.host } : {}) })
    this.told = moment
    this.waiting = 0
  }
}

/** Tells of hosts that have fallen silent, each once until it is heard again; many of them together. */
export class SilenceTeller {
  private readonly tell: Ground['tell']
  private readonly silent = new Set<string>()

  constructor(tell: Ground['tell']) {
    this.tell = tell
  }

  heard(names: readonly string[]): void {
    for (const name of names) this.silent.delete(name)
  }

  take({ hosts, now }: World): void {
    const moment = now.getTime()
    const newly = hosts.filter(
      ({ name, admitted, heard }) =>
        admitted !== null && heard !== null && !isAwake(heard, moment) && !this.silent.has(name),
    )
    for (const { name } of newly) this.silent.add(name)
    const [first] = newly
    if (first === undefined) return
    const ring = first.ring === null ? {} : { ring: first.ring }
    const reason = newly.length === 1 ? first.name : `${first.name} and ${newly.length - 1} more`
    this.tell('host.silent', { host: first.name, ...ring, reason, count: newly.length })
  }
}
