import type { Config } from '../config/config.ts'
import { DefsError } from '../error.ts'
import { type Pointer, readPointer } from '../hawking/pointer.ts'
import { isHeld } from '../hawking/records.ts'
import { openScannerStore } from '../hawking/scanner-store.ts'
import { allowedAge } from '../hawking/state.ts'
import { openStore } from '../hawking/store.ts'
import { readStoreView, type SetView, type StoreView } from '../hawking/view.ts'
import { scannerInForce } from '../scanner/in-force.ts'
import { openScanner } from '../scanner/kinds.ts'
import { isAlias, type SetAlias, type SetName } from '../set-name.ts'
import { assertMayLook } from './may-look.ts'
import type { Session } from './session.ts'

/** What the commands that only look know of the store. */
export interface StoreReading {
  readonly config: Config
  readonly view: StoreView
  /** The set the scanner uses; null when it cannot tell or has none. */
  readonly inUse: SetName | null
  readonly now: Date
}

/** Reads configuration and store, without the lock and without changing anything. @throws CONFIG_*, STORE_PERMISSION */
export async function readStore(
  session: Session,
  flags: Readonly<Record<string, string>> = {},
): Promise<StoreReading> {
  const { config, store, view } = await readSets(session, flags)
  const inUse = await openScanner(scannerInForce(config), store, openScannerStore(store)).inUse()
  return { config, view, inUse, now: session.context.now() }
}

/** The same without the scanner, which may take its time. @throws CONFIG_*, STORE_PERMISSION */
export async function readSets(session: Session, flags: Readonly<Record<string, string>> = {}) {
  const { config: given } = await session.load({ flags, local: true })
  const store = openStore(given.store.root, given.store.layout)
  assertMayLook(store)
  // What was typed beats what the channel says.
  const maxAge = 'maxAge' in flags ? given.maxAge : await allowedAge(given, store)
  const config = { ...given, maxAge }
  return { config, store, view: await readStoreView(store, config.product) }
}

/** What `definfo.dat` names, and nothing more. */
export function currentOf({ store: { root, layout } }: Pick<Config, 'store'>): Promise<Pointer> {
  return readPointer(openStore(root, layout))
}

/**
 * A set by its name, or by its place in the store.
 * @throws STORE_UNKNOWN_SET when no set has that place
 */
export async function namedSet(named: SetName | SetAlias, session: Session): Promise<SetName> {
  if (!isAlias(named)) return named
  const { sets } = (await readStore(session)).view
  // Newest first.
  const found = named === 'latest' ? sets[0] : sets.find((set) => set[named])
  if (found) return found.set
  throw new DefsError('STORE_UNKNOWN_SET', `no set is the ${named} one: see defs list`)
}

/** One element of `list` (contract of the JSON output). */
export function describeSet(set: SetView, { inUse, now }: Pick<StoreReading, 'inUse' | 'now'>) {
  const { provenance } = set
  return {
    set: set.set,
    current: set.current,
    previous: set.previous,
    inUse: set.set === inUse,
    grade: provenance?.grade ?? null,
    sequence: provenance?.sequence?.number ?? null,
    bytes: set.bytes,
    files: set.files,
    stagedAt: set.stagedAt,
    source: provenance?.source ?? null,
    held: set.held !== null && isHeld(set.held, now),
    barred: set.barred !== null,
  }
}
