import { DefsError, describeError, isDefsError } from '../error.ts'
import { activate } from '../hawking/activate.ts'
import { readPointer } from '../hawking/pointer.ts'
import type { Active } from '../hawking/staged.ts'
import type { Authentic } from '../trust/authentic.ts'
import { inspectSet } from './inspect.ts'
import type { Run } from './run.ts'

/**
 * Tells the scanner of the active set; event 25 once it uses it. A scanner that refuses the set gets the
 * previous one back (contract section 2, code 7: the old set is live).
 * @throws SCANNER_REFUSED
 */
export async function handOver(active: Active, run: Run): Promise<void> {
  try {
    await tellScanner(active, run)
  } catch (error) {
    if (isDefsError(error, 'SCANNER_REFUSED')) await goBack(active, run)
    throw error
  }
}

/** The same with no way back: where the set before is bad. @throws SCANNER_REFUSED */
export async function tellScanner(active: Active, run: Run): Promise<void> {
  try {
    const inUse = await run.scanner.handOver(active, run.context)
    run.report('scanner.updated', { set: inUse.set, path: active.directory })
  } catch (error) {
    const code = error instanceof DefsError ? error.code : 'BUG'
    run.report('scanner.refused', {
      set: active.set,
      path: active.directory,
      errorCode: code,
      reason: describeError(error),
    })
    throw error
  }
}

/** Hands the current set over once more when the scanner does not use it: a run ended between the two steps. */
export async function catchUp(current: Authentic | null, run: Run): Promise<void> {
  if (!current || (await run.scanner.inUse()) === current.set) return
  const { previous } = await readPointer(run.store)
  await handOver({ set: current.set, directory: current.directory, previous }, run)
}

async function goBack(refused: Active, run: Run): Promise<void> {
  if (refused.previous === null) return
  const { proved, set } = await inspectSet(refused.previous, run)
  if (!proved) return
  const active = await activate(proved, run.store, run.config.product)
  const told = await run.scanner.handOver(active, run.context).catch(() => null)
  run.context.emit({
    type: 'note',
    level: 'warning',
    text: `${set} is current again${told ? '' : ', but the scanner did not take that either'}`,
  })
}
