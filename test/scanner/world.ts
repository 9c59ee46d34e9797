import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Context } from '../../src/context.ts'
import { prepareStore } from '../../src/hawking/prepare.ts'
import { openScannerStore } from '../../src/hawking/scanner-store.ts'
import type { Active } from '../../src/hawking/stage.ts'
import { openStore, type Store } from '../../src/hawking/store.ts'
import { laySet } from '../hawking/world.ts'

/** Real time, no reports. */
export function realContext(signal: AbortSignal = new AbortController().signal): Context {
  return {
    now: () => new Date(),
    sleep: (milliseconds, own) => pause(milliseconds, undefined, own ? { signal: own } : {}),
    random: Math.random,
    signal,
    emit: () => undefined,
  }
}

/** A store in a fresh folder, with the desk that scanners work through. */
export async function freshStore(): Promise<{
  root: string
  store: Store
  desk: ReturnType<typeof openScannerStore>
}> {
  const root = mkdtempSync(join(tmpdir(), 'defs-scanner-'))
  const store = openStore(root, 'hawking')
  await prepareStore(store, null)
  return { root, store, desk: openScannerStore(store) }
}

/** A complete set that stands for the active one. */
export function activeSet(store: Store, name: string, previous: Active['previous'] = null): Active {
  return { set: laySet(store, name), directory: join(store.virusDefs, name), previous }
}
