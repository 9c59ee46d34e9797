import type { EventName } from '../event/catalogue.ts'
import type { EventFacts } from '../event/event.ts'
import { remind } from '../watch/remind.ts'
import type { Run } from './run.ts'

const hour = 60 * 60 * 1000

const topics = { 'definitions.missing': 'no-definitions', 'scanner.failed': 'scanner-failed' } as const

/**
 * Reports event 400 or 401; the same one for the same set and code stays out of the journal for an hour, as long
 * as nothing good came in between. The run counts it among its events all the same.
 */
export async function reportOnce(
  name: keyof typeof topics & EventName,
  facts: EventFacts,
  run: Run,
): Promise<void> {
  const about = `${facts.set ?? 'no set'} ${facts.errorCode}`
  const before = run.events.length
  await remind(topics[name], { about, again: 'at every change', event: name, facts }, hour, run)
  if (run.events.length === before) run.repeat(name, facts)
}

/** After that, the next event 400 or 401 is a new one. */
export async function allIsWell(run: Run): Promise<void> {
  for (const topic of Object.values(topics)) await remind(topic, null, hour, run)
}
