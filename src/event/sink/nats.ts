import { join } from 'node:path'
import { readNamed } from '../../disk/foreign-file.ts'
import { machineName } from '../../disk/machine-name.ts'
import { DefsError, isDefsError } from '../../error.ts'
import { limits } from '../../limits.ts'
import { type Sink, type SinkWorld, sinkFailed } from './sink.ts'
import type { NatsConfig } from './sink-config.ts'

/** What one delivery takes at most: each event waits for the answer of the stream. */
const most = 200

/**
 * The stream of events of a fleet (docs/fleet.md): each event as JSON at `defs.FLEET.event.HOST`, stored before it
 * counts as delivered. The host proves itself by the key that `defs fleet join` made.
 */
export function openNats(config: NatsConfig, { state }: SinkWorld): Sink {
  const { servers, credentials, ca, fleet } = config
  const name = config.host === 'auto' ? machineName() : config.host
  return {
    take: (waiting) => Math.min(waiting, most),
    async deliver(events, signal) {
      const seed = await readNamed(join(state, 'fleet', 'host.key'), limits.trustFile).catch(
        (cause: unknown) => {
          const message = "this host has no key of its fleet: run 'defs fleet join'"
          throw new DefsError('SINK_FAILED', message, { cause, transient: false })
        },
      )
      // Every command opens the sinks, and few tell a bus.
      const [{ busNames, connectBus }, { storeOn }] = await Promise.all([
        import('../../bus/connect.ts'),
        import('../../bus/host-line.ts'),
      ])
      const identity = { name, seed: seed.toString().trim() }
      const connection = await connectBus({ servers, credentials, ca }, identity, {
        patience: limits.sinkFlush,
        stay: false,
      }).catch((error: unknown) => {
        throw sinkFailed(`reaching the bus ${servers.join(', ')}`, error)
      })
      const close = () => void connection.close().catch(() => undefined)
      signal.addEventListener('abort', close, { once: true })
      try {
        const subject = busNames(fleet).event(name)
        for (const event of events)
          await storeOn(connection, subject, JSON.stringify(event), limits.sinkFlush)
      } catch (error) {
        const refused = isDefsError(error, 'SOURCE_REFUSED')
        throw refused
          ? new DefsError('SINK_FAILED', error.message, { cause: error })
          : sinkFailed('telling the bus', error)
      } finally {
        signal.removeEventListener('abort', close)
        await connection.close().catch(() => undefined)
      }
    },
  }
}
