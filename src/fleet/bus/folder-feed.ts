import { constants, lstatSync, readdirSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { describeError } from '../../error.ts'
import { reportLimit } from '../report.ts'
import type { FeedState, RawReport, ReportFeed } from './feed.ts'

/** How often a waiting controller looks at the folder. Milliseconds. */
const pollEvery = 500

/**
 * Reports as files in a folder: for small sites, and for tests. Each host replaces its own file by one rename. What
 * is no regular file is never opened: a link or a pipe would make the controller read, or wait for, something else.
 */
export function folderFeed(
  folder: string,
  now: () => Date,
  sleep: (milliseconds: number, signal?: AbortSignal) => Promise<void>,
): ReportFeed {
  const seen = new Map<string, string>()
  let state: FeedState = { kind: 'none', state: 'up', since: now().toISOString(), reason: null }

  function turn(to: 'up' | 'away', reason: string | null): void {
    if (state.state !== to) state = { kind: 'none', state: to, since: now().toISOString(), reason }
  }

  /** Names whose file is another one than last time. */
  function changed(): string[] {
    const names = readdirSync(folder).filter((name) => name.endsWith('.json'))
    const there = new Set(names)
    for (const name of seen.keys()) if (!there.has(name)) seen.delete(name)
    return names.filter((name) => {
      const stat = lstatSync(join(folder, name), { bigint: true, throwIfNoEntry: false })
      if (!stat) return false
      const mark = `${stat.ino}-${stat.size}-${stat.mtimeNs}-${stat.ctimeNs}`
      if (seen.get(name) === mark) return false
      seen.set(name, mark)
      return true
    })
  }

  return {
    async take() {
      try {
        const reports: RawReport[] = []
        for (const name of changed()) {
          reports.push({ name: name.slice(0, -'.json'.length), bytes: await readRegular(join(folder, name)) })
        }
        turn('up', null)
        return reports
      } catch (error) {
        turn('away', describeError(error))
        return []
      }
    },
    state: () => state,
    async wait(milliseconds, signal) {
      for (let waited = 0; waited < milliseconds; waited += pollEvery) {
        await sleep(Math.min(pollEvery, milliseconds - waited), signal)
        if (looksDifferent(folder, seen)) return
      }
    },
    announce: async () => undefined,
    close: async () => undefined,
  }
}

function looksDifferent(folder: string, seen: ReadonlyMap<string, string>): boolean {
  try {
    return readdirSync(folder).some((name) => {
      if (!name.endsWith('.json')) return false
      const stat = lstatSync(join(folder, name), { bigint: true, throwIfNoEntry: false })
      return (
        stat !== undefined && seen.get(name) !== `${stat.ino}-${stat.size}-${stat.mtimeNs}-${stat.ctimeNs}`
      )
    })
  } catch {
    return true
  }
}

/** The bytes of a regular file of a report's size; null for anything else, which is not opened or not read. */
async function readRegular(path: string): Promise<Buffer | null> {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
  const file = await open(path, flags).catch(() => null)
  if (file === null) return null
  try {
    const stat = await file.stat()
    if (!stat.isFile() || stat.size > reportLimit) return null
    const buffer = Buffer.alloc(reportLimit + 1)
    const { bytesRead } = await file.read(buffer, 0, buffer.length, 0)
    return bytesRead > reportLimit ? null : buffer.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}
