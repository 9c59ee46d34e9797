import {
  appendFileSync,
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { activate } from '../../src/hawking/activate.ts'
import { prepareStore } from '../../src/hawking/prepare.ts'
import { inspect, recover } from '../../src/hawking/recover.ts'
import type { Store } from '../../src/hawking/store.ts'
import { limits } from '../../src/limits.ts'
import { contentsOf, laySet, product, reproved, storeAt } from './world.ts'

const older = '20261121.001'
const newer = '20261121.002'
let root: string
let store: Store

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'defs-inspect-'))
  store = storeAt(root)
  await prepareStore(store, null)
  for (const name of [older, newer]) await activate(reproved(store, laySet(store, name)), store, product)
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

/** Codes found without a repair, which must change nothing, then with one, then what is left. */
async function threeLooks(): Promise<{ found: string[]; mended: string[]; left: string[] }> {
  const before = contentsOf(root)
  const found = (await inspect(store, product)).map(({ code }) => code)
  expect(contentsOf(root)).toEqual(before)
  const mended = (await inspect(store, product, true))
    .filter(({ repaired }) => repaired)
    .map(({ code }) => code)
  const left = (await inspect(store, product)).map(({ code }) => code)
  return { found, mended, left }
}

const all = (...codes: string[]) => ({ found: codes, mended: codes, left: [] })

describe('inspect', () => {
  it('finds nothing in a store in order', async () => {
    expect(await threeLooks()).toEqual(all())
  })

  it("moves another product's line only in a repair, and leaves a healthy one where it is", async () => {
    appendFileSync(store.usage, `[20201231.001]\r\nNAVCORP_70=1\r\n[${older}]\r\nDEFWATCH_10=1\r\n`)
    await recover(store, product)
    expect(readFileSync(store.usage, 'latin1')).toContain('[20201231.001]\r\nNAVCORP_70=1')
    expect(await threeLooks()).toEqual(all('usage-dangling'))
    const usage = readFileSync(store.usage, 'latin1')
    expect(usage).toContain(`[${newer}]\r\nSMSMSE=1\r\nNAVCORP_70=1\r\n`)
    expect(usage).toContain(`[${older}]\r\nDEFWATCH_10=1\r\n`)
  })

  it('finds a product that is listed under two sets', async () => {
    appendFileSync(store.usage, `NAVCORP_70=1\r\n[${older}]\r\nNAVCORP_70=1\r\n`)
    expect(await threeLooks()).toEqual(all('usage-dangling'))
    expect(readFileSync(store.usage, 'latin1').match(/NAVCORP_70/g)).toHaveLength(1)
  })

  it('finds a previous set that is not whole, and leaves what to do about it to others', async () => {
    unlinkSync(join(store.virusDefs, older, 'v.grd'))
    expect(await threeLooks()).toEqual({ found: ['set-incomplete'], mended: [], left: ['set-incomplete'] })
    expect(existsSync(join(store.virusDefs, older))).toBe(true)
  })

  it.skipIf(process.platform === 'win32')('takes rights away that others should not have', async () => {
    const file = join(store.virusDefs, newer, 'VIRSCAN1.DAT')
    chmodSync(file, 0o664)
    chmodSync(store.virusDefs, 0o777)
    chmodSync(store.state, 0o755)
    expect((await threeLooks()).mended.sort()).toEqual(Array(3).fill('permission-wide'))
    expect(lstatSync(file).mode & 0o777).toBe(0o644)
    expect(lstatSync(store.virusDefs).mode & 0o777).toBe(0o775)
    expect(lstatSync(store.state).mode & 0o777).toBe(0o750)
  })

  it.each(['attempt', 'sources', 'holds', 'bars', 'in-use', 'freshness', 'licence', `provenance/${newer}`])(
    'moves a damaged record %s into quarantine',
    async (name) => {
      writeFileSync(join(store.state, `${name}.json`), '{{')
      expect(await threeLooks()).toEqual(all('record-damaged'))
      expect(readdirSync(store.quarantine)).toHaveLength(1)
    },
  )

  it('removes the record of a set that is gone', async () => {
    writeFileSync(join(store.provenance, '20201231.001.json'), '{}')
    const looks = await threeLooks()
    expect(looks.found).toContain('record-orphaned')
    expect(looks.left).toEqual([])
  })

  it('empties a quarantine that is too full, the oldest first', async () => {
    for (let each = 0; each < limits.quarantineEntries + 2; each++)
      mkdirSync(join(store.quarantine, `e${each}`))
    expect(await threeLooks()).toEqual(all('quarantine-full'))
    expect(readdirSync(store.quarantine)).toHaveLength(limits.quarantineEntries)
  })
})
