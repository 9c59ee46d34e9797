import { formatDuration } from '../config/measure.ts'
import { readPointer } from '../hawking/pointer.ts'
import { ageOf } from '../set-id.ts'
import { remind, type Watch } from './remind.ts'

/**
 * Event 404 while the current set is older than `maxAge`: once, then every `events.outdatedEvery` until a fresh
 * one is there (contract section 5). A store without a current set is the failure ladder's business. To be
 * called by every run and, by the daemon, every ten minutes, under the lock.
 */
export async function watchFreshness(watch: Watch): Promise<void> {
  const { config, context, store } = watch
  const { current } = await readPointer(store)
  if (current === null) return
  const age = ageOf(current, context.now())
  if (age <= config.maxAge) return remind('freshness', null, config.events.outdatedEvery, watch)
  const ageSeconds = Math.floor(age / 1000)
  const days = (age / 86_400_000).toFixed(1)
  const reason = `${current} is ${days} days old, ${formatDuration(config.maxAge)} are allowed`
  const facts = {
    set: current,
    ageSeconds,
    reason,
    message: `Virus definitions are older than allowed: ${reason}`,
  }
  const trouble = { about: current, again: 'by time only', event: 'definitions.outdated', facts } as const
  await remind('freshness', trouble, config.events.outdatedEvery, watch)
}
