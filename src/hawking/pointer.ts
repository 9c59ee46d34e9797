import type { SetName } from '../set-id.ts'
import { readFileOrNull, writeFileAtomic } from './atomic-file.ts'
import { type Definfo, readDefinfo, writeDefinfo } from './definfo.ts'
import type { Store } from './store.ts'

/** What the truth of the store says, and whether it could be told. */
export interface Pointer extends Definfo {
  /** `damaged`: `definfo.dat` is there but cannot be read or names no current set. */
  readonly state: 'ok' | 'absent' | 'damaged'
}

/** Reads `definfo.dat`. Never throws: whatever cannot be read is damaged. */
export async function readPointer(store: Pick<Store, 'definfo'>): Promise<Pointer> {
  const text = await readFileOrNull(store.definfo).catch(() => '')
  if (text === null) return { state: 'absent', current: null, previous: null }
  const definfo = readDefinfo(text.toString('latin1'))
  return { state: definfo.current === null ? 'damaged' : 'ok', ...definfo }
}

/** Replaces `definfo.dat`; everybody may read it, as monitors do. @throws STORE_* */
export async function writePointer(
  store: Pick<Store, 'definfo'>,
  current: SetName,
  previous: SetName | null,
): Promise<void> {
  await writeFileAtomic(store.definfo, writeDefinfo(current, previous), 0o644)
}
