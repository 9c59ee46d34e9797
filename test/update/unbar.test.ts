import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { prepareStore } from '../../src/hawking/prepare.ts'
import type { Bar } from '../../src/hawking/records.ts'
import { readBars, writeBars } from '../../src/hawking/state.ts'
import type { Store } from '../../src/hawking/store.ts'
import { parseSetName, type SetName } from '../../src/set-name.ts'
import { unbar } from '../../src/update/decide.ts'
import type { Run } from '../../src/update/run.ts'
import type { VerifiedState } from '../../src/update/state.ts'
import { storeAt } from '../hawking/world.ts'

let root: string
let store: Store
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'defs-unbar-'))
  store = storeAt(root)
  await prepareStore(store, null)
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

const [older, taken, newer] = ['20261119.001', '20261120.001', '20261121.001'].map(parseSetName) as [
  SetName,
  SetName,
  SetName,
]
const byHand = (set: SetName): Bar => ({
  set,
  at: '2026-11-21T12:00:00Z',
  reason: null,
  user: 'somebody',
  contents: null,
  checks: null,
  origin: null,
})
const byGate = (set: SetName): Bar => ({ ...byHand(set), checks: ['size'] })

/** The bars that stay once the middle set was taken. */
async function left(bars: readonly Bar[], how: Partial<VerifiedState> = {}): Promise<readonly Bar[]> {
  await writeBars(store, bars)
  await unbar(taken, { bars, force: false, allow: null, ...how } as VerifiedState, { store } as Run)
  return readBars(store)
}

describe('taking a set', () => {
  it('lifts the bars that the gate put up to it, and no later one', async () => {
    expect(await left([byGate(older), byGate(taken), byGate(newer)])).toEqual([byGate(newer)])
  })

  it('leaves what somebody barred, unless just that was asked for', async () => {
    const bars = [byHand(older), byHand(taken), byHand(newer)]
    expect(await left(bars)).toEqual(bars)
    expect(await left(bars, { allow: newer })).toEqual(bars)
    expect(await left(bars, { allow: taken })).toEqual([byHand(older), byHand(newer)])
    expect(await left(bars, { force: true })).toEqual([byHand(older), byHand(newer)])
  })
})
