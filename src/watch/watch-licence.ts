import type { EventName } from '../event/catalogue.ts'
import { explainLicence } from '../licence/explain.ts'
import { lookUpLicence } from '../licence/look-up.ts'
import type { LicenceStateName } from '../licence/state.ts'
import { remind, type Watch } from './remind.ts'

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
