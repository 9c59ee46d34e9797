import { rmSync } from 'node:fs'
import { afterEach, describe, expect, it } from 'vitest'
import { openScanner } from '../../src/scanner/kinds.ts'
import { activeSet, freshStore, realContext } from './world.ts'

let root = ''
afterEach(() => rmSync(root, { recursive: true, force: true }))

describe('the scanner that reads the store', () => {
  it('uses what definfo.dat names', async () => {
    const world = await freshStore()
    root = world.root
    const scanner = openScanner({ kind: 'direct' }, world.store, world.desk)
    expect(await scanner.inUse()).toBeNull()
    const active = activeSet(world.store, '20261121.001')
    await expect(scanner.handOver(active, realContext())).rejects.toMatchObject({ code: 'SCANNER_REFUSED' })
    await world.desk.point(world.store, active.set, null)
    expect(await scanner.handOver(active, realContext())).toEqual({ set: '20261121.001', proof: 'pointer' })
    expect(await scanner.inUse()).toBe('20261121.001')
  })
})
