import { constants, type Dir, lstatSync, opendirSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { describeError, storeError } from '../../error.ts'
import { reportLimit } from '../report.ts'
import type { FeedState, RawReport, ReportFeed } from './feed.ts'

/** Reports taken in at once, 8 KiB each: more wait for the next look. */
const mostAtOnce = 2000

/** Reports in a folder; ten thousand hosts have one each. More is somebody who fills it. */
const mostReports = 100_000

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
  let last = ''
  let state: FeedState = { kind: 'none', state: 'up', since: now().toISOString(), reason: null }

  function turn(to: 'up' | 'away', reason: string | null): void {
    if (state.state !== to) state = { kind: 'none', state: to, since: now().toISOString(), reason }
  }

  /** Names whose file is another one than last time. */
  function changed(): string[] {
    const names = reportsIn(folder)
    const there = new Set(names)
    for (const name of seen.keys()) if (!there.has(name)) seen.delete(name)
    const fresh: string[] = []
    // In turn, so that nobody who rewrites files without end keeps others from being heard.
    const inTurn = [...names.filter((name) => name > last), ...names.filter((name) => name <= last)]
    for (const name of inTurn) {
      const mark = markOf(join(folder, name))
      if (mark === null || seen.get(name) === mark) continue
      seen.set(name, mark)
      fresh.push(name)
      last = name
      if (fresh.length === mostAtOnce) break
    }
    return fresh
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
    return reportsIn(folder).some((name) => {
      const mark = markOf(join(folder, name))
      return mark !== null && seen.get(name) !== mark
    })
  } catch {
    return true
  }
}

function openFolder(folder: string): Dir {
  try {
    return opendirSync(folder)
  } catch (error) {
    throw storeError(error, `listing ${folder}`)
  }
}

function reportsIn(folder: string): string[] {
  const names: string[] = []
  const entries = openFolder(folder)
  try {
    for (let entry = entries.readSync(); entry !== null; entry = entries.readSync()) {
      if (entry.name.endsWith('.json')) names.push(entry.name)
      if (names.length > mostReports)
        throw new Error(`${folder} holds more than ${mostReports} reports: look who writes there`)
    }
  } finally {
    entries.closeSync()
  }
  return names.sort()
}

/** Changes when the file does; null when there is none. */
function markOf(path: string): string | null {
  const stat = lstatSync(path, { bigint: true, throwIfNoEntry: false })
  return stat ? `${stat.ino}-${stat.size}-${stat.mtimeNs}-${stat.ctimeNs}` : null
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
