import type { Config } from '../config/config.ts'
import { type Delivery, openDelivery } from '../event/deliver.ts'
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
    if (report.type === 'event') delivery.take(report.event)
  })
  return delivery
}
