import type { Config } from '../config/config.ts'
import { type Delivery, openDelivery } from '../event/deliver.ts'
import type { Report } from '../event/report.ts'
import { openStore } from '../hawking/store.ts'
import type { Session } from './session.ts'

/**
 * Takes every event into the journal of the store and to the configured sinks. `flush` at the end of the run
 * delivers what waits, within its bound.
 */
export function keepJournal(session: Session, config: Config): Pick<Delivery, 'flush'> {
  const { journal, state } = openStore(config.store.root, config.store.layout)
  const { context, environment } = session
  const delivery = openDelivery({ config, journal, state, context, env: environment.env })
  session.listen((report) => {
    if (report.type !== 'event') return
    const { event } = report
    const byHere = event.user !== undefined && event.from === undefined
    delivery.take(byHere ? { ...event, from: whence(environment.env) } : event)
  })
  return delivery
}

/** Journal and sinks that follow a configuration which changes while we run. */
export interface Outlets {
  /** Turns to the journal and the sinks of another configuration. */
  readonly follow: (config: Config) => void
  /** Delivers what waits, if something does or a minute is over. Never throws. */
  readonly deliver: () => Promise<void>
  /** In how many milliseconds there is something to deliver, or to try again. */
  readonly due: () => number
  /** Delivers what waits at the end. */
  readonly flush: () => Promise<void>
}

const minute = 60_000

/** Opens the outlets of a configuration. */
export function openOutlets(session: Session, config: Config): Outlets {
  let listener: (report: Report) => void = () => undefined
  let waiting = true
  let delivered = performance.now()
  // What a sink that was down did not take is tried again now and then, with no event to remind us.
  const due = () => {
    const rest = delivered + minute - performance.now()
    // No reason to wake for that alone: it falls in with what is looked at anyway.
    return waiting || rest <= 0 ? 0 : rest + minute
  }
  const open = (under: Config) =>
    keepJournal(
      {
        ...session,
        listen(heard) {
          listener = heard
        },
      },
      under,
    )
  let journal = open(config)
  session.listen((report) => {
    if (report.type === 'event') waiting = true
    listener(report)
  })
  return {
    follow(changed) {
      journal = open(changed)
    },
    due,
    async deliver() {
      if (due() > 0) return
      waiting = false
      delivered = performance.now()
      await journal.flush()
    },
    async flush() {
      await journal.flush()
    },
  }
}

/** From where somebody uses this machine: the address of their remote shell, else `local`. */
function whence({ SSH_CONNECTION: remote }: Readonly<Record<string, string | undefined>>): string {
  return remote?.split(' ')[0] || 'local'
}
