import { readForeignText } from '../disk/foreign-file.ts'
import { limits } from '../limits.ts'
import { type Channel, type Release, readCatalog } from './catalog.ts'
import type { PublishPaths } from './paths.ts'

/** What the internal server has on offer, and who did what there. */
export interface PublishOverview {
  readonly channels: readonly Channel[]
  /** The newest first. */
  readonly releases: readonly (Omit<Release, 'full' | 'steps' | 'databases'> & { readonly bytes: number })[]
  /** The newest lines of the audit trail, the newest first. */
  readonly audit: readonly object[]
}

// Of a trail that is never rewritten and grows for years.
const shownTrail = 200

/** Reads catalog and trail, for people. @throws STORE_* */
export async function publishOverview(paths: PublishPaths): Promise<PublishOverview> {
  const { channels, releases } = await readCatalog(paths)
  const trail = (await readForeignText(paths.audit, limits.publishText)) ?? ''
  return {
    channels: Object.values(channels),
    releases: releases
      .map(({ full, steps: _, databases: __, ...release }) => ({ ...release, bytes: full.bytes }))
      .reverse(),
    audit: trail
      .split('\n')
      .slice(-shownTrail - 1)
      .flatMap(readLine)
      .reverse(),
  }
}

function readLine(line: string): object[] {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null ? [value] : []
  } catch {
    // The last one may be torn.
    return []
  }
}
