import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type Layout, layouts } from '../../src/config/layout.ts'
import { openStore } from '../../src/hawking/store.ts'

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
    'Program Files(x86)/Common Files/Symantec Shared/definitions/AntiVirus/VirusDefs',
  ],
  [
    'windows-2008',
    'ProgramData/Symantec/Definitions/SymcData/virusdefs32',
    'Program Files(x86)/Common Files/Symantec Shared/definitions/AntiVirus',
  ],
  ['unix', 'virusdefs', null],
]

describe('a layout profile', () => {
  it.each(tables)('%s has its places', (layout, hawking, csapi) => {
    expect(openStore('/x', layout).virusDefs).toBe(join('/x', hawking))
    expect(openStore('/x', layout).definfo).toBe(join('/x', hawking, 'definfo.dat'))
    expect(layouts[layout].csapi && join(...layouts[layout].csapi)).toBe(csapi)
  })

  it('is there for every name', () => {
    expect(Object.keys(layouts).sort()).toEqual(tables.map(([layout]) => layout).sort())
  })
})
