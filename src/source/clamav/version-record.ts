import { limits } from '../../limits.ts'

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
