/** Path tables by product and platform, as `store.layout` names them. */
export type Layout = 'hawking' | 'windows-2003-x86' | 'windows-2003-x64' | 'windows-2008' | 'unix'

/** Where one platform keeps its structures, below `store.root`. */
export interface LayoutProfile {
  /** The structure that updates write: the product's own one where it has one, as on 64-bit systems. */
  readonly hawking: readonly string[]
  /** Where scanners up to product version 6.5.6 load their copy from; null where the seeds name no such place. */
  readonly csapi: readonly string[] | null
}

const shared32 = ['Program Files', 'Common Files', 'Symantec Shared'] as const
const shared64 = ['Program Files(x86)', 'Common Files', 'Symantec Shared'] as const

/**
 * The profiles (docs/domain.md section 1.5). `store.root` stands for the drive on Windows, for `BaseDir` of
 * `/etc/Symantec.conf` on Unix. Whether the scanner needs a copy at all is the product version's business: from
 * 6.5.7 on it reads the Hawking structure directly.
 */
export const layouts = {
  hawking: { hawking: ['VirusDefs'], csapi: null },
  'windows-2003-x86': {
    hawking: [...shared32, 'VirusDefs'],
    csapi: [...shared32, 'definitions', 'AntiVirus', 'VirusDefs'],
  },
  'windows-2003-x64': {
    hawking: [...shared64, 'SymcData', 'virusdefs32'],
    csapi: [...shared64, 'definitions', 'AntiVirus', 'VirusDefs'],
  },
  'windows-2008': {
    hawking: ['ProgramData', 'Symantec', 'Definitions', 'SymcData', 'virusdefs32'],
    csapi: [...shared64, 'definitions', 'AntiVirus'],
  },
  unix: { hawking: ['virusdefs'], csapi: null },
} as const satisfies Record<Layout, LayoutProfile>
