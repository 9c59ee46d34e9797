import { createHash } from 'node:crypto'
import type { ScheduleConfig } from '../config/config.ts'

/**
 * By how many milliseconds each run of an entry is late on this host, from 0 up to `jitter`. It depends on the
 * host, the job and the times alone, so that a fleet spreads out while each host stays predictable.
 */
export function jitterOf(entry: ScheduleConfig, host: string): number {
  const { source, publish, days, first, every, cron } = entry
  const mirrored = publish === null ? [] : [publish]
  const named = JSON.stringify([host, source, days, first, every, cron, ...mirrored])
  const digest = createHash('sha256').update(named).digest()
  return Math.floor((digest.readUIntBE(0, 6) / 2 ** 48) * entry.jitter)
}
