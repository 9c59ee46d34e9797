import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Layout } from '../../src/config/layout.ts'
import { csapiFlaws } from '../../src/upkeep/surroundings.ts'

let drive: string
beforeEach(() => {
  drive = mkdtempSync(join(tmpdir(), 'defs-csapi-'))
})
afterEach(() => rmSync(drive, { recursive: true, force: true }))

async function codes(layout: Layout, version: string) {
  const store = { root: drive, shared: drive, layout, keep: 3, group: null, reserve: 0 }
  return (await csapiFlaws({ store, product: { name: 'SMSMSE', version } })).map(({ code, path }) => [
    code,
    path,
  ])
}

it('is missed from 6.5.7 on, and not before', async () => {
  const place = join(drive, 'Program Files(x86)/Common Files/Symantec Shared/definitions/AntiVirus/VirusDefs')
  expect(await codes('windows-2003-x64', '6.5.7')).toEqual([['csapi-missing', place]])
  expect(await codes('windows-2003-x64', '6.5.6')).toEqual([])
  mkdirSync(place, { recursive: true })
  expect(await codes('windows-2003-x64', '6.5.8')).toEqual([['csapi-missing', place]])
  writeFileSync(join(place, 'definfo.dat'), '')
  expect(await codes('windows-2003-x64', '6.5.8')).toEqual([])
})

it('is found however its folder is spelt, and unknown where there is none', async () => {
  const spelt = join(drive, 'Program Files (x86)/Common Files/Symantec Shared/defintions/AntiVirus/x')
  mkdirSync(spelt, { recursive: true })
  expect(await codes('windows-2008', '6.5.8')).toEqual([])
  expect(await codes('hawking', '6.5.8')).toEqual([])
})
