import { join } from 'node:path'
import type { Layout } from '../config/config.ts'

/** Where everything of one store lies (contract section 4). Paths only: opening one touches no disk. */
export interface Store {
  readonly root: string
  /** The Hawking structure. */
  readonly virusDefs: string
  readonly definfo: string
  readonly usage: string
  /** The link for engines that want one path. */
  readonly current: string
  readonly incoming: string
  readonly state: string
  readonly journal: string
  readonly partial: string
  readonly quarantine: string
  readonly provenance: string
}

// Below `store.root`, which stands for the drive on Windows layouts and for BaseDir on Unix (domain.md 1.5).
const hawkingPaths: Readonly<Record<Layout, readonly string[]>> = {
  hawking: ['VirusDefs'],
  'windows-2003-x86': ['Program Files', 'Common Files', 'Symantec Shared', 'VirusDefs'],
  'windows-2003-x64': ['Program Files(x86)', 'Common Files', 'Symantec Shared', 'SymcData', 'virusdefs32'],
  'windows-2008': ['ProgramData', 'Symantec', 'Definitions', 'SymcData', 'virusdefs32'],
  unix: ['virusdefs'],
}

/** The paths of the store below `root` under a layout profile. */
export function openStore(root: string, layout: Layout): Store {
  const virusDefs = join(root, ...hawkingPaths[layout])
  const state = join(root, 'state')
  return {
    root,
    virusDefs,
    definfo: join(virusDefs, 'definfo.dat'),
    usage: join(virusDefs, 'usage.dat'),
    current: join(virusDefs, 'current'),
    incoming: join(virusDefs, 'incoming'),
    state,
    journal: join(state, 'events.jsonl'),
    partial: join(state, 'partial'),
    quarantine: join(state, 'quarantine'),
    provenance: join(state, 'provenance'),
  }
}
