import type { SetName } from '../set-id.ts'
import { readFileOrNull, writeFileAtomic } from './atomic-file.ts'
import type { Store } from './store.ts'
import { moveConsumer, readUsage } from './usage.ts'

/** The consumers by section of `usage.dat`; empty when it is absent. @throws STORE_* */
export async function consumersOf(
  store: Pick<Store, 'usage'>,
): Promise<ReadonlyMap<string, readonly string[]>> {
  return readUsage(await load(store))
}

/** Lists our product under one set in `usage.dat`, other products' lines untouched. @throws STORE_* */
export async function listConsumer(
  store: Pick<Store, 'usage'>,
  product: string,
  set: SetName,
): Promise<void> {
  await writeFileAtomic(
    store.usage,
    Buffer.from(moveConsumer(await load(store), product, set), 'latin1'),
    0o644,
  )
}

// Latin-1 keeps every byte of other products' lines as it is, whatever their encoding.
async function load(store: Pick<Store, 'usage'>): Promise<string> {
  return (await readFileOrNull(store.usage))?.toString('latin1') ?? ''
}
