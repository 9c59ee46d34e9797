import { openTufMetadata } from '../../trust/tuf.ts'
import type { Worth } from './wake.ts'

/** More is no announcement. Characters. */
const longest = 64 * 1024

/** So many announcements are judged in a second; a flood of them costs no more. */
const perSecond = 20

/** Metadata of a source as it was trusted last, by role. */
type Kept = ReadonlyMap<string, Uint8Array>

/**
 * Judges announcements. Rule: only a timestamp that the tree's own key has signed, and that is newer than what this host
 * knows, is news; it is a reason to ask at once and decides nothing else. Stops: whoever runs the bus from making hosts
 * ask more often than the tree changes.
 * @param kept what this host trusts of its sources
 */
export function newsJudge(
  kept: () => Promise<readonly Kept[]>,
  now: () => Date,
): (hint: string) => Promise<Worth> {
  const nothing = { news: false, soon: false }
  let proved = 0
  let second = 0
  let judged = 0

  return async (hint) => {
    const { timestamp, soon } = hint.length > longest ? {} : fieldsOf(hint)
    if (typeof timestamp !== 'string') return nothing
    const thisSecond = Math.floor(performance.now() / 1000)
    if (thisSecond !== second) [second, judged] = [thisSecond, 0]
    judged += 1
    if (judged > perSecond) return nothing
    const bytes = Buffer.from(timestamp)
    const version = versionOf(bytes)
    if (version <= proved) return nothing
    for (const one of await kept().catch(() => [])) {
      if (version <= versionOf(one.get('timestamp')) || !holds(bytes, one, now())) continue
      proved = version
      return { news: true, soon: soon === true }
    }
    return nothing
  }
}

function holds(bytes: Uint8Array, kept: Kept, now: Date): boolean {
  try {
    openTufMetadata(kept, now).addTimestamp(bytes)
    return true
  } catch {
    return false
  }
}

function versionOf(bytes: Uint8Array | undefined): number {
  const { signed } = fieldsOf(Buffer.from(bytes ?? []).toString('utf8'))
  const version = typeof signed === 'object' && signed !== null && 'version' in signed ? signed.version : 0
  return Number.isSafeInteger(version) ? Number(version) : 0
}

function fieldsOf(text: string): { readonly [name: string]: unknown } {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? { ...value } : {}
  } catch {
    return {}
  }
}
