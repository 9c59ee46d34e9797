import { formatDuration } from '../config/measure.ts'
import type { EventName } from '../event/catalogue.ts'
import { readPointer } from '../hawking/pointer.ts'
import { allowedAge } from '../hawking/state.ts'
import { lookUpLicence } from '../licence/look-up.ts'
import { explainLicence, type LicenceStateName } from '../licence/state.ts'
import { ageOf } from '../set-name.ts'
import { remind, type Watch } from './remind.ts'

/**
 * Event 404 while the current set is older than `maxAge`: once, then every `events.outdatedEvery` until a fresh
 * one is there (docs/contract.md section 5). A store without a current set is the failure ladder's business. To
 * be called by every run and, by the daemon, every ten minutes, under the lock.
 */
export async function watchFreshness(watch: Watch): Promise<void> {
  const { config, context, store } = watch
  const { current } = await readPointer(store)
  if (current === null) return
  const age = ageOf(current, context.now())
  const allowed = await allowedAge(config, store)
  if (age <= allowed) return remind('freshness', null, config.events.outdatedEvery, watch)
  const ageSeconds = Math.floor(age / 1000)
  const days = (age / 86_400_000).toFixed(1)
  const reason = `${current} is ${days} days old, ${formatDuration(allowed)} are allowed`
  const facts = {
    set: current,
    ageSeconds,
    reason,
    message: `Virus definitions are older than allowed: ${reason}`,
  }
  const trouble = { about: current, again: 'by time only', event: 'definitions.outdated', facts } as const
  await remind('freshness', trouble, config.events.outdatedEvery, watch)
}

const dayLength = 86_400_000

const events: Readonly<Partial<Record<LicenceStateName, EventName>>> = {
  warning: 'licence.warning',
  expired: 'licence.expired',
  'not licensed': 'licence.missing',
  'not yet valid': 'licence.not-yet',
}

/**
 * Reports a content licence that ends, has ended, is missing or starts later: at once when the state changes,
 * then once a day. Nothing is reported where none is required.
 */
export async function watchLicence(watch: Watch): Promise<void> {
  const { config, context } = watch
  const now = context.now()
  const state = await lookUpLicence(config.licence, now)
  const event = state.required ? events[state.state] : undefined
  if (event === undefined) return remind('licence', null, dayLength, watch)
  const reason = state.reason ?? explainLicence(state, now)[0] ?? state.state
  const facts = { path: config.licence.file, reason }
  await remind('licence', { about: state.state, again: 'at every change', event, facts }, dayLength, watch)
}
