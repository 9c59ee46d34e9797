import type { ScannerConfig } from '../config/config.ts'
import type { Store } from '../hawking/store.ts'
import { openClamd } from './clamd.ts'
import { openCommand } from './command.ts'
import { openCsapi } from './csapi.ts'
import type { Desk } from './desk.ts'
import { openDirect } from './direct.ts'
import type { Scanner } from './scanner.ts'

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
