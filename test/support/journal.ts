import type { DefsEvent } from '../../src/event/event.ts'
import { newestFirst } from '../../src/event/journal.ts'

/** The events of a journal, oldest first, or only the newest so many of them. */
export async function readJournal(file: string, limit = Number.POSITIVE_INFINITY): Promise<DefsEvent[]> {
  const events: DefsEvent[] = []
  for await (const event of newestFirst(file)) {
    if (events.length >= limit) break
    events.push(event)
  }
  return events.reverse()
}
