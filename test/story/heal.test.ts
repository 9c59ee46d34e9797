import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { eventsOf, lookAt } from '../support/look.ts'
import { openPatient, type Patient } from '../support/patient.ts'

const older = '20261119.001'
const newer = '20261120.003'

let patient: Patient
beforeEach(async () => {
  patient = await openPatient('built')
})
afterEach(() => patient.close())

describe('the life of a store that is damaged', () => {
  it('is healed by an older set, by the source, or says that nothing is left', async () => {
    await patient.live(older, newer)
    patient.damage(newer)
    expect(await patient.defs('verify')).toMatchObject({ exitCode: 5, current: newer })
    expect(await patient.defs('verify', '--repair')).toMatchObject({ exitCode: 8, events: [399, 25] })
    expect(lookAt(patient.vendor.store)).toMatchObject({ current: older, sets: [older], damage: [] })
    patient.damage(older)
    expect(await patient.defs('verify', '--repair')).toMatchObject({ exitCode: 0, events: [400, 30, 25] })
    expect(lookAt(patient.vendor.store)).toMatchObject({ current: newer, sets: [newer], damage: [] })
    patient.damage(newer)
    patient.reachable(false)
    expect(await patient.defs('verify', '--repair')).toMatchObject({ exitCode: 13, events: [400, 401] })
    expect(await patient.defs('status')).toMatchObject({ exitCode: 13 })
  }, 90_000)
})

describe('an admin who does not like a set', () => {
  it('rolls it back, holds the older one, and takes a newer one later', async () => {
    await patient.live(older, newer)
    const run = await patient.defs('rollback', '--reason', 'false alarms')
    expect(run).toMatchObject({ exitCode: 0, from: newer, to: older, events: [1020, 25] })
    expect(await patient.defs('update')).toMatchObject({ exitCode: 0, changed: false, current: older })
    expect(await patient.defs('hold', '--until', '7d')).toMatchObject({ exitCode: 0, set: older })
    patient.vendor.certify({ set: '20261121.001' })
    expect(await patient.defs('update')).toMatchObject({ exitCode: 0, changed: false, current: older })
    expect(await patient.defs('unhold')).toMatchObject({ exitCode: 0, released: true })
    await patient.live('20261121.001')
    expect(
      eventsOf(patient.vendor.store)
        .map(({ id }) => id)
        .filter((id) => id >= 1020 && id < 1040),
    ).toEqual([1020, 1030, 1031])
  }, 90_000)
})
