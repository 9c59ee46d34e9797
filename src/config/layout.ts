import { existsSync } from 'node:fs'
import { join, resolve, win32 } from 'node:path'
import { compareVersions } from '../event/version.ts'

/**
 * Path tables by product and platform, as `store.layout` names them. The two that end in `-shared` stand for their
 * namesakes where an endpoint product is there, see {@link layoutInForce}.
 */
export type Layout =
  | 'hawking'
  | 'windows-2003-x86'
  | 'windows-2003-x64'
  | 'windows-2003-x64-shared'
  | 'windows-2008'
  | 'windows-2008-shared'
  | 'unix'

/** Where one platform keeps its structures, below `store.root`. */
export interface LayoutProfile {
  /** The structure that updates write. */
  readonly hawking: readonly string[]
  /** Where scanners up to product version 6.5.6 load their copy from; null where the seeds name no such place. */
  readonly csapi: readonly string[] | null
  /** The layout that writes the structure shared with an endpoint product instead; null where there is one only. */
  readonly shared: Layout | null
}

const shared32 = ['Program Files', 'Common Files', 'Symantec Shared'] as const
const shared64 = ['Program Files(x86)', 'Common Files', 'Symantec Shared'] as const
const csapi64 = [...shared64, 'definitions', 'AntiVirus'] as const

/**
 * The profiles (docs/domain.md section 1.5). `store.root` stands for the drive on Windows, for `BaseDir` of
 * `/etc/Symantec.conf` on Unix. Whether the scanner needs a copy at all is the product version's business: from
 * 6.5.7 on it reads the Hawking structure directly.
 */
export const layouts: Readonly<Record<Layout, LayoutProfile>> = {
  hawking: { hawking: ['VirusDefs'], csapi: null, shared: null },
  'windows-2003-x86': {
    hawking: [...shared32, 'VirusDefs'],
    csapi: [...shared32, 'definitions', 'AntiVirus', 'VirusDefs'],
    shared: null,
  },
  'windows-2003-x64': {
    hawking: [...shared64, 'SymcData', 'virusdefs32'],
    csapi: [...csapi64, 'VirusDefs'],
    shared: 'windows-2003-x64-shared',
  },
  'windows-2003-x64-shared': {
    hawking: [...shared64, 'VirusDefs'],
    csapi: [...csapi64, 'VirusDefs'],
    shared: null,
  },
  'windows-2008': {
    hawking: ['ProgramData', 'Symantec', 'Definitions', 'SymcData', 'virusdefs32'],
    csapi: csapi64,
    shared: 'windows-2008-shared',
  },
  'windows-2008-shared': {
    hawking: ['ProgramData', 'Symantec', 'Definitions', 'VirusDefs'],
    csapi: csapi64,
    shared: null,
  },
  unix: { hawking: ['virusdefs'], csapi: null, shared: null },
}

/** From here on the shared structure of 64-bit systems is there only with an endpoint product. */
const ownStructureSince = '6.0.9'

/**
 * The layout that is written: the shared structure where an endpoint product is there, which its folder tells from
 * 6.0.9 on; before that the shared one is always there (docs/domain.md section 1.5).
 * @param version of the product
 * @param there whether a path exists
 */
export function layoutInForce(
  layout: Layout,
  root: string,
  version: string,
  there: (path: string) => boolean = existsSync,
): Layout {
  const { shared } = layouts[layout]
  if (shared === null) return layout
  const always = compareVersions(version, ownStructureSince) < 0
  return always || there(locate(root, layouts[shared].hawking, there)) ? shared : layout
}

/** Names of folders as they are written, and as they are found: with a blank on every Windows, and misspelt. */
const spellings: Readonly<Record<string, readonly string[]>> = {
  'Program Files(x86)': ['Program Files(x86)', 'Program Files (x86)'],
  Definitions: ['Definitions', 'Defintions'],
  definitions: ['definitions', 'defintions'],
}

/** Every spelling of a path below a root, that of the table first. */
function spelledPaths(root: string, parts: readonly string[]): readonly string[] {
  const all = parts.reduce<readonly (readonly string[])[]>(
    (paths, part) => paths.flatMap((path) => (spellings[part] ?? [part]).map((name) => [...path, name])),
    [[]],
  )
  return all.map((path) => joinBelow(root, ...path))
}

/** Where a path of a layout is: what is really there, however spelt; else as the table writes it. */
export function locate(
  root: string,
  parts: readonly string[],
  there: (path: string) => boolean = existsSync,
): string {
  const [written = root, ...others] = spelledPaths(root, parts)
  if (others.length === 0 || there(written)) return written
  return others.find((path) => there(path)) ?? written
}

/** Where endpoint products keep definitions on a drive of Windows, in every spelling. */
export function endpointPlaces(root: string): readonly string[] {
  const shared: readonly Layout[] = ['windows-2003-x86', 'windows-2003-x64-shared', 'windows-2008-shared']
  return shared.flatMap((layout) => spelledPaths(root, layouts[layout].hawking))
}

/** The folder of what is ours alone: the root of the store, but never the root of a drive of Windows. */
export function ownFolder(root: string): string {
  return isDrive(root) ? joinBelow(root, 'ProgramData', 'defs') : root
}

const isDrive = (root: string) => /^[A-Za-z]:[\\/]?$/.test(root)

// The drive of another system's paths, too, so that tables can be looked at anywhere.
function joinBelow(root: string, ...parts: readonly string[]): string {
  return isDrive(root) ? win32.join(`${root.slice(0, 2)}\\`, ...parts) : join(root, ...parts)
}

/** The tree of the internal server. @param configured `publish.root` */
export function publishedTree(root: string, configured: string | null): string {
  return resolve(configured ?? join(ownFolder(root), 'publish', 'tree'))
}
