import type { Config } from '../config/config.ts'
import { openStore } from '../hawking/store.ts'
import { readStoreView } from '../hawking/view.ts'
import { ageOf } from '../set-id.ts'

/** Whether a scanner that relies on the store is well served: `ok`, or why not. Never throws. */
export async function healthOfStore(config: Config, now: Date): Promise<'ok' | 'stale' | 'no definitions'> {
  const view = await readStoreView(openStore(config.store.root, config.store.layout), config.product)
  const current = view.sets.find((set) => set.current)
  if (!current) return 'no definitions'
  return ageOf(current.set, now) > config.maxAge ? 'stale' : 'ok'
}
