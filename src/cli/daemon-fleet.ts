import type { Config } from '../config/config.ts'
import type { Context } from '../context.ts'
import type { Presence } from '../fleet/host/presence.ts'
import type { StoreDuties } from '../schedule/daemon-tasks.ts'
import { checkInFleet, inFleet, updateInFleet } from './fleet-reporter.ts'

/** What a daemon does as a host of a fleet; without a fleet all of it is nothing. */
export interface FleetSide extends Pick<StoreDuties, 'update' | 'checking'> {
  /** Turns to the fleet of a configuration. */
  readonly follow: (config: Config) => Promise<void>
  /** Says how the host stands, when it is time to. Never throws. */
  readonly tick: () => Promise<void>
  /** In how many milliseconds it is time to. */
  readonly due: () => number
  readonly close: () => Promise<void>
}

/**
 * Opens a daemon's side of its fleet: runs and checks report as the commands do, the bus stays open, and what it
 * announces has the source asked.
 * @param ask has the daemon ask its source once
 */
export function openFleetSide(context: Context, ask: () => void): FleetSide {
  let config: Config | null = null
  let presence: Presence | null = null
  let told = Number.NEGATIVE_INFINITY

  // Over the line that is open anyway, if it is; a report is worth a connection of its own.
  const telling = (under: Context) => ({ context: under, send: presence?.isUp() ? presence.send : undefined })

  function due(): number {
    const every = config?.fleet?.host?.every
    return every === undefined ? Number.POSITIVE_INFINITY : told + every / 4 - performance.now()
  }

  async function leave(): Promise<void> {
    const left = presence
    presence = null
    await left?.close()
  }

  return {
    update: (request, under, own) => updateInFleet('daemon', request, under, telling(own)),
    checking: (under, own, work) => checkInFleet(under, telling(own), work),
    async follow(changed) {
      const same = JSON.stringify(config?.fleet ?? null) === JSON.stringify(changed.fleet ?? null)
      config = changed
      if (same) return
      await leave()
      if (!changed.fleet?.host || changed.fleet.bus === null) return
      const { openPresence } = await import('../fleet/host/presence.ts')
      const { keptMetadata } = await import('../update/tuf-store.ts')
      presence = await openPresence(changed, context, { ask, kept: () => keptMetadata(changed) })
    },
    due,
    async tick() {
      if (config === null || due() > 0) return
      told = performance.now()
      await (await inFleet('daemon', config, telling(context))).conclude(null)
    },
    close: leave,
  }
}
