import type { ScannerConfig, ScannerKind } from '../config/config.ts'
import { DefsError } from '../error.ts'
import type { Store } from '../hawking/store.ts'
import type { SetName } from '../set-name.ts'
import { openCsapi } from './csapi.ts'
import { runHook, type Told } from './run-hook.ts'
import type { Absent, InUse, PointerPlace, Scanner, ScannerSight, ScannerStore } from './scanner.ts'

type Open<K extends ScannerKind> = (
  config: Extract<ScannerConfig, { kind: K }>,
  store: Store,
  memory: ScannerStore,
  reserve: number,
) => Scanner

/** Every kind of scanner; a new one is an import and a line. */
export const scannerKinds = {
  direct: (_, store, memory) => openDirect(store, memory),
  csapi: ({ path }, _, memory, reserve) => openCsapi(path, memory, reserve),
  clamd: (config, store, memory) =>
    later(
      async () => (await import('./clamd.ts')).openClamd(config, store, memory),
      config.restart.length > 0,
    ),
  suricata: (config, store, memory) =>
    later(async () => (await import('./suricata.ts')).openSuricata(config, store, memory), false),
  command: (config, store, memory) => openCommand(config, store.root, memory),
} satisfies { [K in ScannerKind]: Open<K> }

/**
 * The configured scanner. Touches nothing yet.
 * @param reserve bytes that stay free on the disk it copies a set to (`store.reserve`); 0 for one that is only asked
 */
export function openScanner(config: ScannerConfig, store: Store, memory: ScannerStore, reserve = 0): Scanner {
  switch (config.kind) {
    case 'direct':
      return scannerKinds.direct(config, store, memory)
    case 'csapi':
      return scannerKinds.csapi(config, store, memory, reserve)
    case 'clamd':
      return scannerKinds.clamd(config, store, memory)
    case 'suricata':
      return scannerKinds.suricata(config, store, memory)
    case 'command':
      return scannerKinds.command(config, store, memory)
  }
}

/**
 * A scanner that is loaded once something is asked of it: what talks to an engine is large, and most stores have another.
 * @param revives whether it can be started anew
 */
function later(open: () => Promise<Scanner>, revives: boolean): Scanner {
  let opened: Promise<Scanner> | undefined
  const scanner = () => {
    opened ??= open()
    return opened
  }
  return {
    handOver: async (active, context) => (await scanner()).handOver(active, context),
    revive: revives
      ? async (active, context) => {
          const own = await scanner()
          return own.revive ? own.revive(active, context) : own.handOver(active, context)
        }
      : null,
    inUse: async () => (await scanner()).inUse(),
    sight: async (current) => (await scanner()).sight(current),
    ailment: async (active) => (await scanner()).ailment(active),
  }
}

/** A scanner that reads the Hawking structure itself (product version 6.5.7 and later): what is current is in use. */
function openDirect(store: PointerPlace, memory: ScannerStore): Scanner {
  return {
    async handOver({ set }) {
      const { current } = await memory.readPointer(store)
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
      return (await memory.readPointer(store)).current
    },
    async sight() {
      const { current } = await memory.readPointer(store)
      return {
        state: 'unasked',
        set: current,
        said: 'the scanner reads what is current by itself (scanner.kind: direct)',
      }
    },
  }
}

/** A scanner that is told by running a program; exit status 0 says that it uses the set. */
function openCommand(told: Told, root: string, memory: ScannerStore): Scanner {
  return {
    async handOver(active, context): Promise<InUse | Absent> {
      // A set that was fetched anew under its name is another one: what was said of it before says nothing now.
      await memory.forget(active.set)
      const undecided = await runHook(active, told, root, context)
      if (undecided !== null) return { absent: undecided }
      await memory.remember(active.set)
      return { set: active.set, proof: 'command' }
    },
    revive: null,
    inUse: (): Promise<SetName | null> => memory.recall(),
    async sight(current): Promise<ScannerSight> {
      const set = await memory.recall()
      const [program = ''] = told.argv
      if (set === null) return { state: 'other', set, said: `'${program}' was told of no set that it took` }
      if (set !== current) return { state: 'other', set, said: `'${program}' took ${set} last` }
      return { state: 'unasked', set, said: `'${program}' said that it took it, and cannot be asked again` }
    },
    ailment: async () => null,
  }
}
