import type { Config } from '../config/config.ts'
import type { Context } from '../context.ts'
import { describeError } from '../error.ts'
import { writeFileAtomic } from '../hawking/atomic-file.ts'
import { freeSpace } from '../hawking/free-space.ts'
import { openStore } from '../hawking/store.ts'
import { readStoreView } from '../hawking/view.ts'
import { describeMetrics } from './metrics.ts'

/** The metrics of a store at this moment. Changes nothing, never throws: what cannot be read is left out. */
export async function readMetrics(config: Config): Promise<string> {
  const store = openStore(config.store.root, config.store.layout)
  const [view, space] = await Promise.all([
    readStoreView(store, config.product),
    freeSpace(store.root).catch(() => null),
  ])
  const current = view.sets.find((set) => set.current)
  return describeMetrics({
    current: current
      ? {
          set: current.set,
          grade: current.provenance?.grade ?? null,
          source: current.provenance?.source ?? null,
        }
      : null,
    sets: view.sets.length,
    attempt: view.attempt,
    sources: view.sources,
    freeBytes: space?.free ?? null,
  })
}

/**
 * Replaces the file of `metrics.textfile`, if one is configured, in one piece: a collector reads the old metrics or
 * the new ones. Never throws: metrics that cannot be written grow old, which is what monitors look for.
 */
export async function publishMetrics(config: Config, context: Pick<Context, 'emit'>): Promise<void> {
  const { textfile } = config.metrics
  if (textfile === null) return
  try {
    // Collectors run as somebody else.
    await writeFileAtomic(textfile, await readMetrics(config), 0o644)
  } catch (error) {
    const text = `the metrics cannot be written: ${describeError(error)}`
    context.emit({ type: 'note', level: 'warning', text })
  }
}
