import { existsSync, mkdtempSync, readdirSync, rmSync, unlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { activate } from '../../src/hawking/activate.ts'
import { prepareStore } from '../../src/hawking/prepare.ts'
import { choosePrune, planPrune, prune } from '../../src/hawking/prune.ts'
import { listSets } from '../../src/hawking/sets.ts'
import type { Store } from '../../src/hawking/store.ts'
import { laySet, product, reproved, set, storeAt } from './world.ts'

const sets = [6, 5, 4, 3, 2, 1].map((number) => set(`20261121.00${number}`))
const [six, five, four, three, two, one] = ['6', '5', '4', '3', '2', '1'].map((n) => set(`20261121.00${n}`))

describe('choosePrune', () => {
  it('keeps the newest when nothing is protected', () => {
    expect(choosePrune(sets, 2, new Map()).remove).toEqual([four, three, two, one])
  })

  it('counts protected sets, and keeps them all', () => {
    const current = set('20261121.001')
    expect(choosePrune(sets, 2, new Map([[current, 'current']]))).toEqual({
      remove: [five, four, three, two],
      kept: [
        { set: six, why: 'newest' },
        { set: one, why: 'current' },
      ],
    })
    const all = new Map(sets.map((each) => [each, 'x'] as const))
    expect(choosePrune(sets, 1, all).remove).toEqual([])
  })

  it('never removes a protected set, and no more than needed', () => {
    fc.assert(
      fc.property(
        fc.subarray(sets),
        fc.subarray(sets),
        fc.integer({ min: 1, max: 8 }),
        (there, safe, keep) => {
          const { remove, kept } = choosePrune(there, keep, new Map(safe.map((each) => [each, 'x'])))
          expect(remove.filter((each) => safe.includes(each))).toEqual([])
          expect([...remove, ...kept.map((each) => each.set)].sort()).toEqual([...there].sort())
          const protectedCount = there.filter((each) => safe.includes(each)).length
          expect(kept).toHaveLength(Math.max(protectedCount, Math.min(keep, there.length)))
        },
      ),
    )
  })
})

describe('prune', () => {
  let root: string
  let store: Store

  beforeEach(async () => {
    root = mkdtempSync(join(tmpdir(), 'defs-prune-'))
    store = storeAt(root)
    await prepareStore(store, null)
    for (const name of sets) laySet(store, name)
    for (const name of [two, four])
      await activate(reproved(store, name as (typeof sets)[0] & string), store, product)
  })
  afterEach(() => rmSync(root, { recursive: true, force: true }))

  it('keeps current, previous, what others use and what the caller names', async () => {
    writeFileSync(store.usage, `[${one}]\r\nNAVCORP_70=1\r\n[${four}]\r\nSMSMSE=1\r\n`)
    const { remove, kept } = await prune(store, {
      keep: 1,
      further: new Map(sets.slice(1, 2).map((each) => [each, 'held'])),
    })
    expect(remove).toEqual([six, three])
    expect(kept.map((each) => each.set)).toEqual([five, four, two, one])
    expect(await listSets(store)).toEqual([five, four, two, one])
  })

  it('removes the provenance with the set and leaves nothing half', async () => {
    const provenance = join(store.provenance, `${one}.json`)
    writeFileSync(provenance, '{}')
    await prune(store, { keep: 3 })
    expect(existsSync(provenance)).toBe(false)
    expect(readdirSync(store.virusDefs).filter((name) => name.endsWith('.tmp'))).toEqual([])
    expect(await listSets(store)).toEqual([six, four, two])
  })

  it('removes nothing while it cannot be told what is current', async () => {
    unlinkSync(store.definfo)
    expect((await prune(store, { keep: 1 })).remove).toEqual([])
    expect(await listSets(store)).toEqual(sets)
  })

  it('can only plan', async () => {
    expect((await planPrune(store, { keep: 3 })).remove).toEqual([five, three, one])
    expect(await listSets(store)).toEqual(sets)
  })
})
