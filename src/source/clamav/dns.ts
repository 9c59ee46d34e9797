import { Resolver } from 'node:dns/promises'
import { describeError } from '../../error.ts'
import { limits } from '../../limits.ts'
import type { SourceQuery } from '../source.ts'

/** Which record is asked for, and whom. */
export interface DnsQuestion {
  readonly record: string
  /** `address` or `address:port`; null for the name servers of the system. */
  readonly resolver: string | null
}

/**
 * Asks DNS for the versions of databases. Nothing is proved by it: it only spares the mirrors a request. What it
 * does not tell, or tells too old, is missing in the answer; the reason is a note.
 */
export async function askDns(
  { record, resolver }: DnsQuestion,
  databases: readonly string[],
  { context, signal }: Pick<SourceQuery, 'context' | 'signal'>,
): Promise<ReadonlyMap<string, number>> {
  const dns = new Resolver({ timeout: limits.dnsAnswer / 2, tries: 2 })
  if (resolver !== null) dns.setServers([resolver])
  const cancel = () => dns.cancel()
  signal.addEventListener('abort', cancel, { once: true })
  const versions = new Map<string, number>()
  const note = (text: string) => context.emit({ type: 'note', level: 'warning', text })
  try {
    const text = await textOf(dns, record, isVersionRecord)
    const known = readVersionRecord(text, context.now())
    if (!known) {
      const old = `is older than ${limits.dnsRecord / 3_600_000} h`
      const what = isVersionRecord(text) ? old : 'tells no versions of databases'
      note(`the record ${record} ${what}: the mirror is asked`)
    }
    for (const name of known ? databases : []) {
      const version = known?.get(name) ?? (await askOwn(dns, ownRecord(record, name), context.now()))
      if (version !== null) versions.set(name, version)
    }
  } catch (error) {
    note(`DNS did not tell what ${record} says (${describeError(error)}): the mirror is asked`)
  } finally {
    signal.removeEventListener('abort', cancel)
  }
  return versions
}

// Most databases have no record of their own; that they have none is no news.
async function askOwn(dns: Resolver, record: string, now: Date): Promise<number | null> {
  const text = await textOf(dns, record, (one) => /^\d+:\d+$/.test(one)).catch(() => '')
  return readOwnRecord(text, now)
}

// A name may have further records, of mail or to prove whose it is.
async function textOf(dns: Resolver, record: string, isMeant: (text: string) => boolean): Promise<string> {
  const texts = (await dns.resolveTxt(record)).map((parts) => parts.join(''))
  return texts.find(isMeant) ?? texts[0] ?? ''
}

function isVersionRecord(text: string): boolean {
  const parts = text.split(':')
  return parts.length > madeAt && /^\d{1,12}$/.test(parts[madeAt] ?? '')
}

/** Where the version of each usual database stands in the record, and the time it was made (seconds since 1970). */
const fields: Readonly<Record<string, number>> = { main: 1, daily: 2, safebrowsing: 6, bytecode: 7 }
const madeAt = 3

/** Names the record of one database that the common record does not know: `daily` becomes `test` in the name. */
export function ownRecord(record: string, database: string): string {
  return [database, ...record.split('.').slice(1)].join('.')
}

/**
 * The versions that a TXT record tells: `<program>:<main>:<daily>:<time>:<warning>:<level>:<safebrowsing>:<bytecode>`.
 * What is no number is left out; null when the record is too old to tell anything.
 */
export function readVersionRecord(text: string, now: Date): ReadonlyMap<string, number> | null {
  const parts = text.split(':')
  if (!isFresh(parts[madeAt], now)) return null
  const versions = Object.entries(fields).flatMap(([name, field]): [string, number][] => {
    const version = versionOf(parts[field])
    return version === null ? [] : [[name, version]]
  })
  return new Map(versions)
}

/** The version in the record of a single database: `<version>:<time>`; null when it tells none, or is too old. */
export function readOwnRecord(text: string, now: Date): number | null {
  const [version, time] = text.split(':')
  return isFresh(time, now) ? versionOf(version) : null
}

function isFresh(seconds: string | undefined, now: Date): boolean {
  if (seconds === undefined || !/^\d{1,12}$/.test(seconds)) return false
  return now.getTime() - Number(seconds) * 1000 <= limits.dnsRecord
}

function versionOf(text: string | undefined): number | null {
  return text !== undefined && /^[1-9]\d{0,9}$/.test(text) ? Number(text) : null
}
