import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { flip, openPatient, type Patient } from '../../support/patient.ts'

const older = '20261119.001'
const newer = '20261120.003'

let patient: Patient
beforeEach(async () => {
  patient = await openPatient('here')
})
afterEach(() => patient.close())

describe('verify', () => {
  it('a store in order: 0, signed by whom, nothing written', async () => {
    await patient.live(older, newer)
    const before = [patient.snapshot(), patient.ids()]
    const run = await patient.defs('verify', '--all')
    expect(run).toMatchObject({
      command: 'verify',
      ok: true,
      exitCode: 0,
      repaired: false,
      current: newer,
      events: [],
      sets: [
        { set: newer, ok: true, problems: [], signedBy: 'authority-signer' },
        { set: older, ok: true, problems: [], signedBy: 'authority-signer' },
      ],
    })
    expect([patient.snapshot(), patient.ids()]).toEqual(before)
    expect(await patient.defs('verify', older)).toMatchObject({ exitCode: 0, sets: [{ set: older }] })
    expect(await patient.defs('verify', '20260101.001')).toMatchObject({
      exitCode: 2,
      error: { code: 'STORE_UNKNOWN_SET' },
    })
  })

  it('no set at all: 13, and no store is made', async () => {
    const run = await patient.defs('verify')
    expect(run).toMatchObject({ exitCode: 13, sets: [], error: { code: 'STORE_NO_DEFINITIONS' } })
    expect(existsSync(patient.vendor.store)).toBe(false)
  })

  it('lists every problem with file and code, beside the sets too, and writes nothing', async () => {
    await patient.live(older, newer)
    patient.damage(newer)
    rmSync(patient.fileOf(newer, 'CATALOG.DAT'))
    writeFileSync(patient.fileOf(newer, 'EXTRA.DAT'), 'more')
    flip(patient.fileOf(older, 'TSCAN1.DAT'))
    writeFileSync(join(patient.virusDefs, 'usage.dat'), `[${older}]\r\nSMSMSE=1\r\n`)
    rmSync(join(patient.virusDefs, 'current'))
    const before = [patient.snapshot(), patient.ids()]
    const run = await patient.defs('verify', '--all')
    expect(run).toMatchObject({ exitCode: 5, ok: false, error: { code: 'TRUST_FILE_UNLISTED' } })
    const [first, second] = run.sets
    const found = (set: typeof first) =>
      set.problems.map(({ file, code }: { file: string; code: string }) => [file.toLowerCase(), code]).sort()
    expect(found(first)).toEqual([
      ['catalog.dat', 'TRUST_FILE_MISSING'],
      ['current', 'STORE_RECORD'],
      ['extra.dat', 'TRUST_FILE_UNLISTED'],
      ['usage.dat', 'STORE_RECORD'],
      ['virscan1.dat', 'TRUST_DIGEST'],
    ])
    expect(found(second)).toEqual([['tscan1.dat', 'TRUST_DIGEST']])
    expect([patient.snapshot(), patient.ids()]).toEqual(before)
  })

  it('--repair moves a bad set beside the current one away, whether it was named or found by --all', async () => {
    const oldest = '20261118.001'
    await patient.live(oldest, older, newer)
    flip(patient.fileOf(older, 'TSCAN1.DAT'))
    const named = await patient.defs('verify', older, '--repair')
    expect(named).toMatchObject({ exitCode: 0, repaired: true, current: newer, events: [] })
    expect(existsSync(join(patient.virusDefs, older))).toBe(false)
    flip(patient.fileOf(oldest, 'TSCAN1.DAT'))
    const all = await patient.defs('verify', '--all', '--repair')
    expect(all).toMatchObject({ exitCode: 0, repaired: true, current: newer, events: [] })
    expect(all.sets).toMatchObject([
      { set: newer, ok: true },
      { set: oldest, ok: false },
    ])
    expect(existsSync(join(patient.virusDefs, oldest))).toBe(false)
    expect(await patient.defs('verify', '--all')).toMatchObject({ exitCode: 0, sets: [{ set: newer }] })
  })

  it('pointers alone: 6 for usage.dat, mended by --repair with no ladder event', async () => {
    await patient.live(older, newer)
    writeFileSync(join(patient.virusDefs, 'usage.dat'), `[${older}]\r\nSMSMSE=1\r\nOTHER=1\r\n`)
    expect(await patient.defs('verify')).toMatchObject({ exitCode: 6, error: { code: 'STORE_RECORD' } })
    const repair = await patient.defs('verify', '--repair')
    expect(repair).toMatchObject({ exitCode: 0, repaired: true, current: newer })
    expect(readFileSync(join(patient.virusDefs, 'usage.dat'), 'latin1')).toBe(
      `[${older}]\r\nOTHER=1\r\n[${newer}]\r\nSMSMSE=1\r\n`,
    )
    expect(await patient.defs('verify', '--repair')).toMatchObject({
      exitCode: 0,
      repaired: false,
      events: [],
    })
    expect(patient.ids()).not.toContain(399)
  })
})

describe('the CSAPI copy', () => {
  const copied = (name: string) => join(patient.vendor.directory, 'csapi', newer, name)

  it('is verified and mended up to 6.5.6, and left alone from 6.5.7', async () => {
    const scanner = `scanner: { kind: csapi, path: '${join(patient.vendor.directory, 'csapi')}' }\n`
    patient.configure(`${scanner}product: { version: 6.5.6 }\n`)
    await patient.live(newer)
    expect(await patient.defs('verify')).toMatchObject({ exitCode: 0 })
    flip(copied('TSCAN1.DAT'))
    mkdirSync(copied('more'))
    writeFileSync(copied('more/EXTRA.DAT'), 'more')
    const run = await patient.defs('verify')
    expect(run).toMatchObject({ exitCode: 5, error: { code: 'TRUST_DIGEST' } })
    expect(run.sets[0].problems.map(({ file }: { file: string }) => file)).toEqual([
      copied('TSCAN1.DAT'),
      copied('more/EXTRA.DAT'),
    ])
    expect(await patient.defs('verify', '--repair')).toMatchObject({
      exitCode: 0,
      repaired: true,
      events: [25],
    })
    expect(await patient.defs('verify')).toMatchObject({ exitCode: 0 })
    writeFileSync(copied('EXTRA.DAT'), 'more')
    expect(await patient.defs('verify', '--repair')).toMatchObject({
      exitCode: 0,
      repaired: true,
      events: [25],
    })
    expect(await patient.defs('verify')).toMatchObject({ exitCode: 0 })
    flip(copied('TSCAN1.DAT'))
    patient.configure(`${scanner}product: { version: 6.5.7 }\n`)
    expect(await patient.defs('verify')).toMatchObject({ exitCode: 0 })
    patient.vendor.certify({ set: '20261121.001' })
    expect(await patient.defs('update')).toMatchObject({ exitCode: 0, events: [30, 25] })
    expect(readdirSync(join(patient.vendor.directory, 'csapi'))).toContain(newer)
    expect(readdirSync(join(patient.vendor.directory, 'csapi'))).not.toContain('20261121.001')
  })
})
