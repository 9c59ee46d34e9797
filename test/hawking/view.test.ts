import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { activate } from '../../src/hawking/activate.ts'
import { prepareStore } from '../../src/hawking/prepare.ts'
import { writeBars, writeHolds, writeProvenance } from '../../src/hawking/state.ts'
import type { Store } from '../../src/hawking/store.ts'
import { readStoreView } from '../../src/hawking/view.ts'
import { laySet, product, reproved, set, setContents, storeAt } from './world.ts'

let root: string
let store: Store
const at = '2026-11-21T10:00:00.000Z'

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'defs-view-'))
  store = storeAt(root)
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

describe('readStoreView', () => {
  it('sees an empty store where there is none', async () => {
    const view = await readStoreView(storeAt(join(root, 'nowhere')), product)
    expect(view).toMatchObject({
      pointer: { state: 'absent', current: null },
      sets: [],
      registered: null,
      holds: [],
    })
  })

  it('sees sets newest first, with what is known of each', async () => {
    await prepareStore(store, null)
    for (const name of ['20261121.001', '20261121.002'])
      await activate(reproved(store, laySet(store, name)), store, product)
    laySet(store, '20261121.010')
    mkdirSync(join(store.virusDefs, 'temp'))
    const signer = {
      name: 'a',
      fingerprint: 'b',
      anchor: 'c',
      anchorFingerprint: 'd',
      method: 'e',
      expired: false,
    }
    const known = {
      grade: 'certified',
      sequence: null,
      source: 's',
      url: 'u',
      packageSha256: null,
      signer,
    } as const
    await writeProvenance(store, {
      set: set('20261121.002'),
      ...known,
      verifiedAt: at,
      stagedAt: at,
      bytes: 7,
      files: 3,
    })
    await writeHolds(store, [{ set: set('20261121.001'), at, until: null, reason: null, user: 'u' }])
    await writeBars(store, [{ set: set('20261121.010'), at, reason: null, user: 'u' }])
    const { sets, registered } = await readStoreView(store, product)
    expect(registered).toBe('20261121.002')
    expect(sets).toMatchObject([
      {
        set: '20261121.010',
        current: false,
        barred: { at },
        held: null,
        consumers: [],
        provenance: null,
        files: 6,
      },
      { set: '20261121.002', current: true, bytes: 7, files: 3, stagedAt: at, consumers: ['SMSMSE'] },
      { set: '20261121.001', previous: true, held: { at }, barred: null },
    ])
    const laid = [...setContents('20261121.010').values()].reduce((sum, file) => sum + file.length, 14)
    expect(sets[0]?.bytes).toBe(laid)
  })

  it('never throws for odd content, and moves nothing', async () => {
    await prepareStore(store, null)
    const set = laySet(store, '20261121.001')
    mkdirSync(store.definfo)
    mkdirSync(store.usage)
    writeFileSync(join(store.state, 'holds.json'), 'x')
    writeFileSync(join(store.provenance, `${set}.json`), '{')
    const view = await readStoreView(store, product)
    expect(view).toMatchObject({
      pointer: { state: 'damaged' },
      sets: [{ set, provenance: null }],
      holds: [],
    })
  })
})
