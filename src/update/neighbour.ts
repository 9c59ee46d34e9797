import type { SharedSepConfig } from '../config/config.ts'
import { DefsError, describeError, isDefsError } from '../error.ts'
import { limits } from '../limits.ts'
import { currentSet } from '../source/shared/current-set.ts'
import { neighbourState } from '../source/shared/neighbour-state.ts'
import type { Outcome } from './outcome.ts'
import { registerWithNeighbour } from './register-with-neighbour.ts'
import type { Run } from './run.ts'
import type { Situated } from './situation.ts'

// What a folder that changes while it is copied looks like: cut, mixed or gone.
const fromChange = /^(?:TRUST_|ARCHIVE_|STORE_IO$|SOURCE_(?:PROTOCOL|NOT_FOUND)$)/

/**
 * Takes the set of another product, which may replace it at any moment. A copy that the guard proves is whole,
 * whatever happened meanwhile; when it does not, and the folder has changed, that was no tampering: it is copied
 * again from the start, `network.tries` times at the most.
 * @param take asks, copies, proves and installs
 * @throws SOURCE_INTERRUPTED when it never held still; else what `take` throws
 */
export async function updateFromNeighbour(
  config: SharedSepConfig,
  situation: Situated,
  run: Run,
  take: () => Promise<Outcome>,
): Promise<Outcome> {
  for (let tries = 1; ; tries += 1) {
    const before = await neighbourState(config.path)
    try {
      const outcome = await take()
      if (config.register) await registerUse(config, outcome, situation, run)
      return outcome
    } catch (error) {
      if (run.signal.aborted || !isDefsError(error) || !fromChange.test(error.code)) throw error
      if ((await neighbourState(config.path)) === before) throw error
      const text = `${config.path} was changed while it was copied`
      if (tries >= run.config.network.tries) {
        throw new DefsError('SOURCE_INTERRUPTED', `${text}, ${tries} times in a row: try later`, {
          cause: error,
          path: config.path,
          transient: true,
        })
      }
      run.context.emit({ type: 'note', level: 'information', text: `${text}; it is copied again` })
      await run.context.sleep(limits.backoff * 2 ** (tries - 1), run.signal)
    }
  }
}

// Only for a set that is really in use here, and never at the price of the update.
async function registerUse(
  { path }: SharedSepConfig,
  outcome: Outcome,
  { current }: Situated,
  { config, context }: Run,
): Promise<void> {
  try {
    const { set } = await currentSet(path)
    if ((outcome.taken ?? current)?.set === set) await registerWithNeighbour(path, config.product.name, set)
  } catch (error) {
    const text = `${path}: we could not be listed in its usage.dat: ${describeError(error)}`
    context.emit({ type: 'note', level: 'warning', text })
  }
}
