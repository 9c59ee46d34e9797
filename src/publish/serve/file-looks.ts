import type { Stats } from 'node:fs'
import { lstat } from 'node:fs/promises'

/** How long what was seen of a file counts. A client is told "unchanged" that much too long at most. Milliseconds. */
const fileBelieved = 200
/** Files filesRemembered at a time. */
const filesRemembered = 256

/**
 * Looks at files, each at most once in a moment however many ask: an index that everybody asks for would keep the
 * few threads of the file system busy with the same question. Null where there is nothing.
 */
export function openLooks(): (path: string) => Promise<Stats | null> {
  const looks = new Map<string, { readonly until: number; readonly stats: Promise<Stats | null> }>()
  return (path) => {
    const now = performance.now()
    const last = looks.get(path)
    if (last && now < last.until) return last.stats
    if (looks.size >= filesRemembered) looks.clear()
    const stats = lstat(path).catch(() => null)
    looks.set(path, { until: now + fileBelieved, stats })
    return stats
  }
}
