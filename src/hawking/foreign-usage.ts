import type { Check, Flaw } from './flaw.ts'
import { readPointer } from './pointer.ts'
import { isComplete, setDirectory, setOfFolder } from './sets.ts'
import type { Store } from './store.ts'
import { consumersOf, listConsumer } from './usage-file.ts'

/**
 * Other products whose line in `usage.dat` stands under a set that is not on disk, or under several: their service
 * does not start any more (TECH84196). The vendor's cure is to move the line to the newest set. It is not our
 * line, so no run does that by itself.
 */
export const foreignUsage: Check = async (store, { name: own }) => {
  const sections = new Map<string, string[]>()
  for (const [section, consumers] of await consumersOf(store)) {
    for (const consumer of consumers) {
      if (consumer.toLowerCase() === own.toLowerCase()) continue
      sections.set(consumer, [...(sections.get(consumer) ?? []), section])
    }
  }
  const { current } = await readPointer(store)
  const target = current !== null && (await isComplete(setDirectory(store, current))) ? current : null
  const flaws: Flaw[] = []
  for (const [consumer, listed] of sections) {
    const missing = await missingOf(listed, store)
    if (missing.length === 0 && listed.length === 1) continue
    const what = missing.length === 0 ? '' : `, of which ${missing.join(', ')} is not on disk`
    flaws.push({
      code: 'usage-dangling',
      path: store.usage,
      message: `${consumer}, another product, is listed under ${listed.join(', ')} in usage.dat${what}`,
      cure: `its line was moved to ${target}: restart its service`,
      mend: target === null ? null : () => listConsumer(store, consumer, target),
    })
  }
  return flaws
}

async function missingOf(sections: readonly string[], store: Store): Promise<string[]> {
  const missing: string[] = []
  for (const section of sections) {
    const set = setOfFolder(section)
    if (!set || !(await isComplete(setDirectory(store, set)))) missing.push(section)
  }
  return missing
}
