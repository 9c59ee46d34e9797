import { join } from 'node:path'
import { type Layout, layouts, locate, ownFolder } from '../config/layout.ts'

/** Where everything of one store lies (docs/contract.md section 4). Paths only: opening one changes nothing. */
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

/** The paths of the store below `root` under a layout profile. */
export function openStore(root: string, layout: Layout): Store {
  const virusDefs = locate(root, layouts[layout].hawking)
  const state = join(ownFolder(root), 'state')
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
