import { DefsError } from '../../error.ts'
import { limits } from '../../limits.ts'
import type { DefsEvent } from '../event.ts'
import type { Sink } from '../sink/sink.ts'

/**
 * One delivery, ended by the signal or by `limits.sinkDelivery`, whatever the sink does about it.
 * @throws SINK_FAILED, SINK_REFUSED
 */
export async function deliverInTime(
  sink: Sink,
  events: readonly DefsEvent[],
  signal: AbortSignal,
): Promise<void> {
  const controller = new AbortController()
  const stop = () => controller.abort(new DefsError('SINK_FAILED', 'it did not take them in time'))
  // A timer that keeps the process: a sink that waits for nothing would let it end in the middle.
  const clock = setTimeout(stop, limits.sinkDelivery)
  signal.addEventListener('abort', stop, { once: true })
  try {
    if (signal.aborted) stop()
    const stopped = new Promise<never>((_, reject) => {
      controller.signal.addEventListener('abort', () => reject(controller.signal.reason), { once: true })
    })
    controller.signal.throwIfAborted()
    await Promise.race([sink.deliver(events, controller.signal), stopped])
  } finally {
    clearTimeout(clock)
    signal.removeEventListener('abort', stop)
  }
}
