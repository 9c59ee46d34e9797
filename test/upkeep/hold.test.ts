import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openPatient, type Patient } from '../support/patient.ts'

const older = '20261119.001'
const newer = '20261120.003'

let patient: Patient
beforeEach(async () => {
  patient = await openPatient('here')
})
afterEach(() => patient.close())

describe('hold', () => {
  it('keeps the current set until released', async () => {
    await patient.live(older)
    const held = await patient.defs('hold', '--until', '7d', '--reason', 'freeze')
    expect(held).toMatchObject({ exitCode: 0, set: older, reason: 'freeze', events: [1030] })
    patient.vendor.certify({ set: newer })
    const run = await patient.defs('update')
    expect(run).toMatchObject({ exitCode: 0, changed: false, current: older })
    expect(run.reason).toMatch(/^held/)
    expect((await patient.defs('status')).holds).toMatchObject([{ set: older, reason: 'freeze' }])
    expect(await patient.defs('unhold')).toMatchObject({
      exitCode: 0,
      set: older,
      released: true,
      events: [1031],
    })
    expect(await patient.defs('unhold')).toMatchObject({ exitCode: 0, released: false, events: [] })
    expect(await patient.defs('update')).toMatchObject({ changed: true, current: newer })
  })

  it('refuses an unknown set, a past or senseless end: 2', async () => {
    await patient.live(older)
    for (const args of [
      ['20260101.001'],
      ['--until', '2020-01-01'],
      ['--until', 'soon'],
      ['--until', '2099-02-30'],
    ])
      expect(await patient.defs('hold', ...args)).toMatchObject({ exitCode: 2 })
  })

  it('an old held set is an alarm, once a day', async () => {
    patient.configure('maxAge: 1h\n')
    patient.vendor.certify({ set: '20200101.001' })
    await patient.defs('update')
    await patient.defs('hold')
    await patient.defs('update')
    await patient.defs('update')
    expect(patient.ids().filter((id) => id === 1032)).toHaveLength(1)
  })
})
