import type { SetName } from '../set-id.ts'

/** Where a Hawking structure keeps its pointers: the store itself, or a scanner's own folder. */
export interface Place {
  readonly definfo: string
  /** The link for engines that want one path. */
  readonly current: string
}

/** What a scanner has done for it, since only hawking/ writes pointers and state; hawking/scanner-desk.ts is one. */
export interface Desk {
  /** What `definfo.dat` names; null for what it does not tell. Never throws. */
  readPointer(place: Pick<Place, 'definfo'>): Promise<{ current: SetName | null; previous: SetName | null }>
  /** Replaces `definfo.dat`, then the link. @throws STORE_* */
  point(place: Place, current: SetName, previous: SetName | null): Promise<void>
  /** The set that was handed over last, for scanners that cannot tell. */
  recall(): Promise<SetName | null>
  /** Keeps the set that was handed over. @throws STORE_* */
  remember(set: SetName): Promise<void>
}
