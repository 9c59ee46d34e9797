import { opendirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Config } from '../config/config.ts'
import { storeError } from '../error.ts'
import { isHeld, type SourceRecord } from '../hawking/records.ts'
import { openScannerStore } from '../hawking/scanner-store.ts'
import { allowedAge } from '../hawking/state.ts'
import { openStore } from '../hawking/store.ts'
import { readStoreView, type SetView, type StoreView } from '../hawking/view.ts'
import { scannerInForce } from '../scanner/in-force.ts'
import { openScanner } from '../scanner/kinds.ts'
import type { SetName } from '../set-name.ts'
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
  const { config: given } = await session.load({ flags })
  const store = openStore(given.store.root, given.store.layout)
  mayLook(store.virusDefs)
  // What was typed beats what the channel says.
  const maxAge = 'maxAge' in flags ? given.maxAge : await allowedAge(given, store)
  const config = { ...given, maxAge }
  return { config, store, view: await readStoreView(store, config.product) }
}

// To somebody who may not look, a store would seem to be empty.
function mayLook(folder: string): void {
  try {
    // Done, not asked: access(2) answers for whoever started us, not for the one as whom we run.
    opendirSync(folder).closeSync()
    statSync(join(folder, 'definfo.dat'), { throwIfNoEntry: false })
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EACCES') {
      throw storeError(error, `looking into ${folder}`)
    }
  }
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

/** How a source did when it was last asked. */
export type SourceHealth = 'good' | 'failing' | 'frozen' | 'cooling-down' | 'unknown'

/** Health of a source, and until when it wants to be left alone. */
export function healthOf(
  record: SourceRecord | undefined,
  now: Date,
): { readonly health: SourceHealth; readonly coolingUntil: string | null } {
  const untils = Object.values(record?.coolingUntil ?? {}).filter((until) => new Date(until) > now)
  const coolingUntil = untils.toSorted().at(-1) ?? null
  if (record?.outcome === 'cooling-down' && coolingUntil !== null)
    return { health: 'cooling-down', coolingUntil }
  if (!record?.outcome) return { health: 'unknown', coolingUntil }
  // An internal server whose statements are past their end: reachable, and of no use.
  if (record.error?.code === 'TRUST_FROZEN') return { health: 'frozen', coolingUntil }
  return { health: record.outcome === 'succeeded' ? 'good' : 'failing', coolingUntil }
}
