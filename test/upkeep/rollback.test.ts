import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { eventsOf, lookAt } from '../support/look.ts'
import { openPatient, type Patient } from '../support/patient.ts'

const older = '20261119.001'
const newer = '20261120.003'

let patient: Patient
beforeEach(async () => {
  patient = await openPatient('here')
})
afterEach(() => patient.close())

describe('rollback', () => {
  it('goes back to the previous set, bars the one left until --allow or a newer one', async () => {
    await patient.live(older, newer)
    const run = await patient.defs('rollback', '--reason', 'false alarms')
    expect(run).toMatchObject({
      exitCode: 0,
      from: newer,
      to: older,
      reason: 'false alarms',
      events: [1020, 25],
    })
    expect(lookAt(patient.vendor.store)).toMatchObject({ current: older, sets: [older, newer], damage: [] })
    expect(eventsOf(patient.vendor.store).at(-2)).toMatchObject({
      id: 1020,
      reason: 'false alarms',
      previous: newer,
    })
    expect((await patient.defs('status')).barred).toMatchObject([{ set: newer, reason: 'false alarms' }])
    const again = await patient.defs('update')
    expect(again).toMatchObject({ exitCode: 0, changed: false, current: older })
    expect(again.reason).toMatch(/^barred/)
    expect(await patient.defs('update', '--allow', newer)).toMatchObject({ changed: true, current: newer })
    expect((await patient.defs('status')).barred).toEqual([])
    await patient.defs('rollback', '--reason', 'again')
    await patient.live('20261121.001')
  })

  it('a bad target: 5 and nothing changed; unknown, none earlier, no reason: 2; nothing at all: 13', async () => {
    expect(await patient.defs('rollback', '--reason', 'x')).toMatchObject({ exitCode: 13 })
    await patient.live(older)
    expect(await patient.defs('rollback', '--reason', 'x')).toMatchObject({ exitCode: 2 })
    await patient.live(newer)
    patient.damage(older)
    const before = [patient.snapshot(), patient.ids()]
    expect(await patient.defs('rollback', '--reason', 'x')).toMatchObject({
      exitCode: 5,
      error: { code: 'TRUST_DIGEST' },
    })
    expect(await patient.defs('rollback', '20260101.001', '--reason', 'x')).toMatchObject({ exitCode: 2 })
    expect(await patient.defs('rollback', older)).toMatchObject({
      exitCode: 2,
      error: { code: 'USAGE_ARGUMENT' },
    })
    expect([patient.snapshot(), patient.ids()]).toEqual(before)
  })

  it('the ladder takes a barred set only when nothing else is good', async () => {
    await patient.live('20261118.001', older, newer)
    await patient.defs('rollback', '--reason', 'x')
    patient.damage(older)
    expect(await patient.defs('verify', '--repair')).toMatchObject({ exitCode: 8, current: '20261118.001' })
    patient.damage('20261118.001')
    expect(await patient.defs('verify', '--repair')).toMatchObject({ exitCode: 8, current: newer })
  })
})
