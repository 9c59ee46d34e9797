import { DefsError } from '../error.ts'
import { compareSetNames, compareStanding, type SetName } from '../set-id.ts'
import type { Catalog, Channel, Mark, Release } from './catalog.ts'

/** The channel in which sets are tested; the only one that takes sets which must be. */
export const testing = 'testing'

/** The catalog with a release added, or put in the place of one of the same set. */
export function withRelease(catalog: Catalog, release: Release): Catalog {
  const others = catalog.releases.filter(({ set }) => set !== release.set)
  const releases = [...others, release].sort((a, b) => compareSetNames(a.set, b.set))
  return { ...catalog, releases }
}

/** The catalog with a channel that offers `release` from now on. */
export function withCurrent(catalog: Catalog, name: string, release: Release, now: Date): Catalog {
  const before = catalog.channels[name]
  const back = before !== undefined && isOlder(release, before, catalog)
  const earlier = before ? [before.current, ...before.earlier].filter((set) => set !== release.set) : []
  // Whoever is demoted to goes on being one; the sets above it are withdrawn.
  const withdrawn = [...(before?.withdrawn ?? []), ...(back && before ? [before.current] : [])]
  const channel: Channel = {
    name,
    current: release.set,
    statement: Math.max((before?.statement ?? 0) + 1, Math.floor(now.getTime() / 1000)),
    demoted: back,
    since: now.toISOString(),
    earlier: [...new Set(earlier)],
    withdrawn: [...new Set(withdrawn)].filter((set) => set !== release.set),
  }
  return { ...catalog, channels: { ...catalog.channels, [name]: channel } }
}

/** Whether a set is older than what a channel offers. */
export function isOlder(release: Release, channel: Channel, { releases }: Catalog): boolean {
  const current = releases.find(({ set }) => set === channel.current)
  return current !== undefined && compareStanding(release, current) < 0
}

/**
 * Refuses a set that has yet to pass its test anywhere but in `testing`.
 * @throws PUBLISH_REFUSED
 */
export function assertTested(
  { set, mark, passedBy }: { readonly set: SetName; readonly mark: Mark; readonly passedBy: string | null },
  channel: string,
): void {
  if (mark !== 'must-test' || passedBy !== null || channel === testing) return
  const message = `${set} must be tested first: when it has passed, say so with --passed`
  throw new DefsError('PUBLISH_REFUSED', message, { path: set })
}
