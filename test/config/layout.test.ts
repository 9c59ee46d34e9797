import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  endpointPlaces,
  type Layout,
  layoutInForce,
  layouts,
  locate,
  ownFolder,
} from '../../src/config/layout.ts'
import { openStore } from '../../src/hawking/store.ts'

const csapi64 = 'Program Files(x86)/Common Files/Symantec Shared/definitions/AntiVirus'

// As docs/domain.md section 1.5 writes them, below the drive.
const tables: readonly [Layout, string, string | null][] = [
  ['hawking', 'VirusDefs', null],
  [
    'windows-2003-x86',
    'Program Files/Common Files/Symantec Shared/VirusDefs',
    'Program Files/Common Files/Symantec Shared/definitions/AntiVirus/VirusDefs',
  ],
  [
    'windows-2003-x64',
    'Program Files(x86)/Common Files/Symantec Shared/SymcData/virusdefs32',
    `${csapi64}/VirusDefs`,
  ],
  [
    'windows-2003-x64-shared',
    'Program Files(x86)/Common Files/Symantec Shared/VirusDefs',
    `${csapi64}/VirusDefs`,
  ],
  ['windows-2008', 'ProgramData/Symantec/Definitions/SymcData/virusdefs32', csapi64],
  ['windows-2008-shared', 'ProgramData/Symantec/Definitions/VirusDefs', csapi64],
  ['unix', 'virusdefs', null],
]

describe('a layout profile', () => {
  it.each(tables)('%s has its places', (layout, hawking, csapi) => {
    const { csapi: own } = layouts[layout]
    expect(openStore('/x', layout).virusDefs).toBe(join('/x', hawking))
    expect(openStore('/x', layout).definfo).toBe(join('/x', hawking, 'definfo.dat'))
    expect(own && join(...own)).toBe(csapi)
  })

  it('is there for every name', () => {
    expect(Object.keys(layouts).sort()).toEqual(tables.map(([layout]) => layout).sort())
  })
})

describe('which structure is written', () => {
  const nothing = () => false
  const shared: Readonly<Record<string, string>> = {
    'windows-2003-x64': '/d/Program Files(x86)/Common Files/Symantec Shared/VirusDefs',
    'windows-2008': '/d/ProgramData/Symantec/Definitions/VirusDefs',
  }

  it.each(['windows-2003-x64', 'windows-2008'] as const)(
    '%s: the shared one where an endpoint product is there, else its own from 6.0.9 on',
    (layout) => {
      const there = (path: string) => path === shared[layout]
      expect(layoutInForce(layout, '/d', '6.5.8', there)).toBe(`${layout}-shared`)
      expect(layoutInForce(layout, '/d', '6.0.9', there)).toBe(`${layout}-shared`)
      expect(layoutInForce(layout, '/d', '6.5.8', nothing)).toBe(layout)
      expect(layoutInForce(layout, '/d', '6.0.9', nothing)).toBe(layout)
      expect(layoutInForce(layout, '/d', '6.0.8', nothing)).toBe(`${layout}-shared`)
    },
  )

  it.each(['hawking', 'windows-2003-x86', 'unix'] as const)('%s has one only', (layout) => {
    expect(layoutInForce(layout, '/d', '6.0.8', () => true)).toBe(layout)
  })
})

describe('what is really there', () => {
  let drive: string
  beforeEach(() => {
    drive = mkdtempSync(join(tmpdir(), 'defs-layout-'))
  })
  afterEach(() => rmSync(drive, { recursive: true, force: true }))
  const made = (path: string) => mkdirSync(join(drive, path), { recursive: true })

  it.each([
    ['Program Files (x86)/Common Files/Symantec Shared/SymcData/virusdefs32', 'windows-2003-x64'],
    ['Program Files (x86)/Common Files/Symantec Shared/VirusDefs', 'windows-2003-x64'],
    ['ProgramData/Symantec/Defintions/VirusDefs', 'windows-2008'],
    ['ProgramData/Symantec/Defintions/SymcData/virusdefs32', 'windows-2008'],
  ] as const)('%s is found by %s', (path, layout) => {
    made(path)
    expect(openStore(drive, layoutInForce(layout, drive, '6.5.8')).virusDefs).toBe(join(drive, path))
  })

  it.each([
    'Program Files(x86)/Common Files/Symantec Shared/defintions/AntiVirus',
    'Program Files (x86)/Common Files/Symantec Shared/definitions/AntiVirus',
    'Program Files (x86)/Common Files/Symantec Shared/defintions/AntiVirus',
  ])('CSAPI is found in %s', (path) => {
    made(path)
    expect(locate(drive, layouts['windows-2008'].csapi ?? [])).toBe(join(drive, path))
  })

  it('is the spelling of the table when both are there, and for writing when neither is', () => {
    const literal = join(drive, 'Program Files(x86)/Common Files/Symantec Shared/SymcData/virusdefs32')
    // What every 64-bit Windows has; only the whole path counts.
    made('Program Files (x86)/Common Files')
    expect(openStore(drive, 'windows-2003-x64').virusDefs).toBe(literal)
    made('Program Files (x86)/Common Files/Symantec Shared/SymcData/virusdefs32')
    mkdirSync(literal, { recursive: true })
    expect(openStore(drive, 'windows-2003-x64').virusDefs).toBe(literal)
  })

  it('is looked for in every place an endpoint product may have', () => {
    const places = endpointPlaces('C:\\')
    expect(places).toContain('C:\\Program Files\\Common Files\\Symantec Shared\\VirusDefs')
    expect(places).toContain('C:\\Program Files (x86)\\Common Files\\Symantec Shared\\VirusDefs')
    expect(places).toContain('C:\\Program Files(x86)\\Common Files\\Symantec Shared\\VirusDefs')
    expect(places).toContain('C:\\ProgramData\\Symantec\\Definitions\\VirusDefs')
    expect(places).toContain('C:\\ProgramData\\Symantec\\Defintions\\VirusDefs')
  })
})

describe('what is ours alone', () => {
  it.each(['C:\\', 'C:', 'C:/'])('is not at the root of the drive %s', (root) => {
    expect(ownFolder(root)).toBe('C:\\ProgramData\\defs')
    expect(openStore(root, 'windows-2008').virusDefs).toBe(
      'C:\\ProgramData\\Symantec\\Definitions\\SymcData\\virusdefs32',
    )
  })

  it('is in the root of a store anywhere else', () => {
    expect(ownFolder('/var/lib/defs')).toBe('/var/lib/defs')
    expect(ownFolder('D:\\defs')).toBe('D:\\defs')
    expect(openStore('/var/lib/defs', 'hawking').state).toBe('/var/lib/defs/state')
  })
})
