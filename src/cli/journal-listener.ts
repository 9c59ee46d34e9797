import { existsSync } from 'node:fs'
import type { Config } from '../config/config.ts'
import { describeError } from '../error.ts'
import type { DefsEvent } from '../event/event.ts'
import { appendEvent } from '../event/journal.ts'
import { openStore } from '../hawking/store.ts'
import type { Session } from './session.ts'

/** The journal as a listener to reports. */
export interface JournalListener {
  /** Writes what is still waiting. */
  readonly flush: () => void
}

/**
 * Writes every event into the journal of the store. Events that come before the store is there wait for it; a
 * journal that cannot be written is told of once and fails nothing.
 */
export function keepJournal(session: Session, config: Config): JournalListener {
  const { journal, state } = openStore(config.store.root, config.store.layout)
  const waiting: DefsEvent[] = []
  let broken = false

  function flush(): void {
    if (broken || !existsSync(state)) return
    try {
      for (const event of waiting.splice(0)) appendEvent(journal, event)
    } catch (error) {
      broken = true
      const text = `the journal cannot be written: ${describeError(error)}`
      session.context.emit({ type: 'note', level: 'warning', text })
    }
  }

  session.listen((report) => {
    if (report.type !== 'event') return
    waiting.push(report.event)
    flush()
  })
  return { flush }
}
