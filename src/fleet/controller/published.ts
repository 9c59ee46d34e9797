import { readForeignText } from '../../disk/foreign-file.ts'
import { object, text } from '../../disk/json-shape.ts'
import { limits } from '../../limits.ts'
import { readCatalog } from '../../publish/catalog.ts'
import { publishPaths } from '../../publish/paths.ts'
import type { SetName } from '../../set-name.ts'
import type { FleetStatus } from '../status.ts'
import type { PublishedFacts } from '../view.ts'
import type { Site } from './site.ts'

/** What catalogue and audit trail know of a set; null when it is not published. @throws STORE_IO */
export async function publishedFacts({ config }: Site, set: SetName): Promise<PublishedFacts | null> {
  const paths = publishPaths(config, null)
  const release = (await readCatalog(paths)).releases.find((one) => one.set === set)
  if (!release) return null
  const trail = (await readForeignText(paths.audit, limits.publishText)) ?? ''
  const line = trail
    .split('\n')
    .find((one) => one.includes('"action":"published"') && one.includes(`"set":"${set}"`))
  return { grade: release.grade, publishedAt: release.publishedAt, publishedBy: userIn(line) }
}

/** Who an audit line is of; null for a line that a crash tore. */
function userIn(line: string | undefined): string | null {
  try {
    return object({ user: text })(JSON.parse(line ?? ''))?.user ?? null
  } catch {
    return null
  }
}

/** How long the next set takes to reach each ring, if all goes well. Durations are milliseconds. */
export interface Forecast {
  readonly bytes: number
  readonly rings: readonly {
    readonly ring: string
    readonly hosts: number
    readonly opensAfterMs: number
    readonly passesAfterMs: number
    /** Over the server's line. */
    readonly bytes: number
  }[]
}

/** The longer of spread and transfer decides when the last host has it, then the soak time follows. */
export async function forecast(
  { config, policy }: Site,
  status: FleetStatus,
  mbit: number,
): Promise<Forecast> {
  const { releases } = await readCatalog(publishPaths(config, null))
  const newest = releases.at(-1)
  const bytes = newest ? Math.min(newest.full.bytes, ...newest.steps.map((step) => step.bytes)) : 0
  let at = 0
  const rings = policy.rings.map((ring) => {
    const hosts = status.rings.find(({ name }) => name === ring.name)?.awake ?? 0
    const transfer = (hosts * bytes * 8) / (mbit * 1000)
    const opensAfterMs = at
    at += Math.ceil(Math.max(policy.spread, transfer)) + ring.soak
    return { ring: ring.name, hosts, opensAfterMs, passesAfterMs: at, bytes: hosts * bytes }
  })
  return { bytes, rings }
}
