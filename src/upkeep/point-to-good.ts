import { describeError } from '../error.ts'
import { activate } from '../hawking/activate.ts'
import { readBars } from '../hawking/holds-and-bars.ts'
import type { Finding } from '../hawking/recover.ts'
import { listSets } from '../hawking/sets.ts'
import type { SetName } from '../set-id.ts'
import type { Authentic } from '../trust/authentic.ts'
import { catchUp } from '../update/hand-over.ts'
import { inspectSet } from '../update/inspect.ts'
import type { Run } from '../update/run.ts'

/**
 * Makes the newest set that verifies current when `definfo.dat` names none that is there: the store was restored
 * from a snapshot, or somebody removed a set. A barred set is taken only when there is no other: better than none.
 * @returns the findings, those that this mended marked so
 */
export async function pointToGood(findings: readonly Finding[], run: Run): Promise<readonly Finding[]> {
  const dangling = findings.filter(({ code }) => code === 'pointer-dangling' || code === 'pointer-damaged')
  if (dangling.length === 0) return findings
  const good = await newestGood(run)
  if (good === null) return findings
  await activate(good, run.store, run.config.product)
  await tellScanner(good, run)
  return findings.map((finding) =>
    dangling.includes(finding)
      ? {
          ...finding,
          message: `${finding.message}; ${good.set}, which verifies, is current now`,
          repaired: true,
        }
      : finding,
  )
}

async function newestGood(run: Run): Promise<Authentic | null> {
  const barred = new Set((await readBars(run.store)).map(({ set }) => set))
  const sets = await listSets(run.store)
  const inOrder: SetName[] = [
    ...sets.filter((set) => !barred.has(set)),
    ...sets.filter((set) => barred.has(set)),
  ]
  for (const set of inOrder) {
    const { proved } = await inspectSet(set, run)
    if (proved) return proved
  }
  return null
}

// The store is mended whether the scanner takes the set or not; that it did not is an event of its own.
async function tellScanner(good: Authentic, run: Run): Promise<void> {
  await catchUp(good, run).catch((error: unknown) => {
    run.context.emit({
      type: 'note',
      level: 'warning',
      text: `the scanner was not told: ${describeError(error)}`,
    })
  })
}
