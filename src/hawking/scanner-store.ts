import type { SetName } from '../set-name.ts'
import { pointCurrentLink } from './current-link.ts'
import { type SeenRecord, seenRecord } from './observations.ts'
import { readPointer, writePointer } from './pointer.ts'
import { peekRecord, writeRecord } from './record-file.ts'
import { inUseRecord } from './records.ts'
import type { Store } from './store.ts'

/**
 * What hawking/ does on behalf of a scanner, since scanners write no store: it reads and replaces pointers, in
 * the store and in a scanner's own folder alike, and remembers which set was handed over last.
 */
export function openScannerStore(store: Store) {
  return {
    readPointer,
    async point(
      place: { readonly definfo: string; readonly current: string },
      current: SetName,
      previous: SetName | null,
    ): Promise<void> {
      await writePointer(place, current, previous)
      await pointCurrentLink(place, current)
    },
    async recall(): Promise<SetName | null> {
      return (await peekRecord(store, inUseRecord))?.set ?? null
    },
    async remember(set: SetName): Promise<void> {
      await writeRecord(store, inUseRecord, { set })
    },
    async forget(set: SetName): Promise<void> {
      if ((await peekRecord(store, inUseRecord))?.set === set) await writeRecord(store, inUseRecord, null)
    },
    memory(): Promise<SeenRecord> {
      return peekRecord(store, seenRecord)
    },
    async keep(memory: SeenRecord): Promise<void> {
      await writeRecord(store, seenRecord, memory)
    },
  }
}
