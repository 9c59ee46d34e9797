import type { Config } from '../config/config.ts'
import type { Context } from '../context.ts'
import { describeError, isDefsError } from '../error.ts'
import type { EventName } from '../event/catalogue.ts'
import type { EventFacts } from '../event/event.ts'
import { type noticeRecords, readNotice, writeNotice } from '../hawking/notices.ts'
import type { Store } from '../hawking/store.ts'

/** What a watch over something that lasts works with; a run of `update` is one. */
export interface Watch {
  readonly config: Config
  readonly context: Context
  readonly store: Store
  readonly report: (name: EventName, facts?: EventFacts) => void
}

/** Something that is wrong for as long as it lasts. */
export interface Trouble {
  /** A change of it is told at once, when `again` says so. */
  readonly about: string
  readonly again: 'at every change' | 'by time only'
  readonly event: EventName
  readonly facts: EventFacts
}

/**
 * Reports a trouble once, then again every `every` milliseconds until it is over (null). What cannot be kept in
 * the store is told as a note: a reminder must not fail the run that gives it. Call it under the lock.
 */
export async function remind(
  topic: keyof typeof noticeRecords,
  trouble: Trouble | null,
  every: number,
  { store, context, report }: Watch,
): Promise<void> {
  try {
    const before = await readNotice(store, topic)
    if (trouble === null) {
      if (before !== null) await writeNotice(store, topic, null)
      return
    }
    const now = context.now()
    const changed = trouble.again === 'at every change' && before?.about !== trouble.about
    const waited = before === null ? Number.NaN : now.getTime() - Date.parse(before.at)
    // A clock that was set back must not silence the reminder; nor must a time that cannot be read.
    if (!changed && waited >= 0 && waited < every) return
    report(trouble.event, trouble.facts)
    const at = now.toISOString()
    const since = changed ? at : (before?.since ?? at)
    await writeNotice(store, topic, { about: trouble.about, since, at })
  } catch (error) {
    if (!isDefsError(error)) throw error
    const text = `what was reported could not be kept: ${describeError(error)}`
    context.emit({ type: 'note', level: 'warning', text })
  }
}
