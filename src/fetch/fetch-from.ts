import type { Context } from '../context.ts'
import { isDefsError } from '../error.ts'
import { limits } from '../limits.ts'
import type { Job, Trace, Whole } from './job.ts'
import { transfer } from './transfer.ts'

/**
 * Fetches from one place. What may pass is tried again after a pause, going on where the last try stopped; a
 * file whose digest is wrong is fetched anew as often as its source wants it.
 * @throws what the last try threw
 */
export async function fetchFrom(job: Job, trace: Trace): Promise<Whole> {
  const { want, place, context, signal } = job
  let tries = 1
  let digestTries = 1
  for (;;) {
    try {
      return await transfer(job, trace)
    } catch (error) {
      if (isDefsError(error, 'TRUST_DIGEST')) {
        // A file that was put together from two transfers may be a mixture: it is no verdict on the source yet.
        if (!trace.resumed && ++digestTries > want.digestTries) throw error
        trace.resumed = false
        continue
      }
      if (!isDefsError(error) || error.facts.transient !== true || ++tries > place.tries) throw error
      await context.sleep(pause(tries - 1, context), signal)
    }
  }
}

/** Doubles from try to try; the jitter keeps a thousand clients from coming back in step. Milliseconds. */
function pause(failed: number, context: Context): number {
  const longest = Math.min(limits.backoff * 2 ** (failed - 1), limits.backoffMost)
  return longest / 2 + (context.random() * longest) / 2
}
