import { Resolver } from 'node:dns/promises'
import { describeError } from '../../error.ts'
import { limits } from '../../limits.ts'
import type { Inquiry } from '../source.ts'
import { ownRecord, readOwnRecord, readVersionRecord } from './version-record.ts'

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
  { context, signal }: Pick<Inquiry, 'context' | 'signal'>,
): Promise<ReadonlyMap<string, number>> {
  const dns = new Resolver({ timeout: limits.dnsAnswer / 2, tries: 2 })
  if (resolver !== null) dns.setServers([resolver])
  const cancel = () => dns.cancel()
  signal.addEventListener('abort', cancel, { once: true })
  const versions = new Map<string, number>()
  const note = (text: string) => context.emit({ type: 'note', level: 'warning', text })
  try {
    const known = readVersionRecord(await textOf(dns, record), context.now())
    if (!known)
      note(`the record ${record} is older than ${limits.dnsRecord / 3_600_000} h: the mirror is asked`)
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
  const text = await textOf(dns, record).catch(() => '')
  return readOwnRecord(text, now)
}

async function textOf(dns: Resolver, record: string): Promise<string> {
  const [first] = await dns.resolveTxt(record)
  return (first ?? []).join('')
}
