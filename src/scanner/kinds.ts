import type { ScannerConfig } from '../config/config.ts'
import { DefsError } from '../error.ts'
import type { Store } from '../hawking/store.ts'
import type { SetName } from '../set-name.ts'
import { openClamd } from './clamd.ts'
import { openCsapi } from './csapi.ts'
import { runTold, type Told } from './run-hook.ts'
import type { Desk, Place, Scanner } from './scanner.ts'

/** The kinds of scanner, as `scanner.kind` names them. */
export type ScannerKind = ScannerConfig['kind']

type Open<K extends ScannerKind> = (
  config: Extract<ScannerConfig, { kind: K }>,
  store: Store,
  desk: Desk,
) => Scanner

/** Every kind of scanner; a new one is an import and a line. */
export const scannerKinds = {
  direct: (_, store, desk) => openDirect(store, desk),
  csapi: ({ path }, _, desk) => openCsapi(path, desk),
  clamd: (config, store, desk) => openClamd(config, store.root, store.virusDefs, desk),
  command: (config, store, desk) => openCommand(config, store.root, desk),
} satisfies { [K in ScannerKind]: Open<K> }

/** The configured scanner. Touches nothing yet. */
export function openScanner(config: ScannerConfig, store: Store, desk: Desk): Scanner {
  switch (config.kind) {
    case 'direct':
      return scannerKinds.direct(config, store, desk)
    case 'csapi':
      return scannerKinds.csapi(config, store, desk)
    case 'clamd':
      return scannerKinds.clamd(config, store, desk)
    case 'command':
      return scannerKinds.command(config, store, desk)
  }
}

/** A scanner that reads the Hawking structure itself (product version 6.5.7 and later): what is current is in use. */
function openDirect(store: Place, desk: Desk): Scanner {
  return {
    async handOver({ set }) {
      const { current } = await desk.readPointer(store)
      if (current === set) return { set, proof: 'pointer' }
      throw new DefsError(
        'SCANNER_REFUSED',
        `${store.definfo} names ${current ?? 'no set'}, not ${set}: run again`,
        {
          path: store.definfo,
        },
      )
    },
    revive: null,
    ailment: async () => null,
    async inUse() {
      return (await desk.readPointer(store)).current
    },
  }
}

/** A scanner that is told by running a program; exit status 0 says that it uses the set. */
function openCommand(told: Told, root: string, desk: Desk): Scanner {
  return {
    async handOver(active, context) {
      await runTold(active, told, root, context)
      await desk.remember(active.set)
      return { set: active.set, proof: 'command' }
    },
    revive: null,
    inUse: (): Promise<SetName | null> => desk.recall(),
    ailment: async () => null,
  }
}
