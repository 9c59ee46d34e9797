import type { Context } from '../context.ts'
import type { Active } from '../hawking/stage.ts'
import type { SetName } from '../set-name.ts'

/** What the scanner has to say after it was told of a set. */
export interface InUse {
  readonly set: SetName
  /**
   * How it is known that the scanner uses the set; with `reload` it was told, it works, and more cannot be known.
   */
  readonly proof: 'pointer' | 'copy' | 'command' | 'version' | 'canary' | 'sample' | 'rules' | 'reload'
  /** With `reload`: why there is no better proof. */
  readonly lack?: string | null
}

/** A scanner that cannot be told anything now, which says nothing of the set. It loads what is current at its start. */
export interface Absent {
  /** Why, for people. */
  readonly absent: string
  /** True when it runs and reads something else than the store, which nothing we tell it changes. */
  readonly elsewhere?: boolean
}

/** What a scanner shows of the current set at this moment. */
export interface ScannerSight {
  /**
   * - `in-use`: it shows that it uses the current set.
   * - `unasked`: this kind cannot be asked; as far as we know it has the set.
   * - `told`: it was told of the set and works, and cannot show which set it uses.
   * - `other`: it uses another set.
   * - `elsewhere`: it reads another folder, as its configuration says.
   * - `lost`: it runs without an engine.
   * - `silent`: somebody listens and does not answer.
   * - `dead`: nobody listens.
   */
  readonly state: 'in-use' | 'unasked' | 'told' | 'other' | 'elsewhere' | 'lost' | 'silent' | 'dead'
  /** The set it uses as far as is known. */
  readonly set: SetName | null
  /** For people. */
  readonly said: string
  /** Whether it detected a canary just now. */
  readonly canary?: boolean
}

/** The engine that works with the definitions, or what stands for it. */
export interface Scanner {
  /**
   * Tells the scanner of the active set and resolves once it uses it.
   * @throws SCANNER_REFUSED when it does not take the set; STORE_* when its own copy cannot be written; INTERRUPTED
   */
  handOver(active: Active, context: Context): Promise<InUse | Absent>
  /**
   * Starts a scanner anew that a set has ended, and resolves once it uses the active one. Null for those that we
   * cannot start.
   * @throws SCANNER_REFUSED, INTERRUPTED
   */
  readonly revive: ((active: Active, context: Context) => Promise<InUse | Absent>) | null
  /** The set the scanner uses, null when it cannot tell or has none. Never throws for a missing engine. */
  inUse(): Promise<SetName | null>
  /** What the scanner shows at this moment, compared with the current set. Never throws for a missing engine. */
  sight(current: SetName | null): Promise<ScannerSight>
  /** What is wrong with the scanner while it should be using a set; null when it is well, or cannot tell. Never throws. */
  ailment(active: Active): Promise<string | null>
}

/** Where a Hawking structure keeps its pointers: the store itself, or a scanner's own folder. */
export interface PointerPlace {
  readonly definfo: string
  /** The link for engines that want one path. */
  readonly current: string
}

/** What a scanner has done for it, since only hawking/ writes pointers and state; hawking/scanner-store.ts is one. */
export interface ScannerStore {
  /** What `definfo.dat` names; null for what it does not tell. Never throws. */
  readPointer(
    place: Pick<PointerPlace, 'definfo'>,
  ): Promise<{ current: SetName | null; previous: SetName | null }>
  /** Replaces `definfo.dat`, then the link. @throws STORE_* */
  point(place: PointerPlace, current: SetName, previous: SetName | null): Promise<void>
  /** The set that was handed over last, for scanners that cannot tell. */
  recall(): Promise<SetName | null>
  /** Keeps the set that was handed over. @throws STORE_* */
  remember(set: SetName): Promise<void>
  /** Drops that this set was handed over, if that is the last one that was. @throws STORE_* */
  forget(set: SetName): Promise<void>
  /** What was learnt of the scanner before. */
  memory(): Promise<ScannerMemory>
  /** Keeps it. @throws STORE_* */
  keep(memory: ScannerMemory): Promise<void>
}

/** What is remembered of a scanner. */
export interface ScannerMemory {
  /** When it showed a set, or took what it was told, last; RFC 3339, UTC. */
  readonly seen: string | null
  /** Whether it was seen to detect a canary, and so loads them. */
  readonly canary: boolean
}
