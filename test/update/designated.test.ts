import { afterEach, beforeEach, expect, it } from 'vitest'
import { openPatient, type Patient } from '../support/patient.ts'

let patient: Patient
beforeEach(async () => {
  patient = await openPatient('here')
})
afterEach(() => patient.close())

const as = (name: string, more = '') => patient.configure(`product: { name: ${name} }\n${more}`)
const set = '20261120.003'

it('lets one update and has the others say so, once, and quietly afterwards', async () => {
  as('SMSMSE', 'role: designated\n')
  patient.vendor.certify({ set: '20261119.001' })
  expect(await patient.defs('update')).toMatchObject({ exitCode: 0, changed: true })

  as('SAVSMTP')
  patient.vendor.certify({ set })
  const other = await patient.defs('update')
  expect(other).toMatchObject({ exitCode: 0, changed: false, current: '20261119.001' })
  expect(other.reason).toMatch(/^designated: 'SMSMSE'/)
  await patient.defs('update')
  expect(patient.ids().filter((id) => id === 1012)).toHaveLength(1)
  expect(patient.ids().filter((id) => id === 1000)).toEqual([])

  as('SMSMSE', 'role: designated\n')
  expect(await patient.defs('update')).toMatchObject({ changed: true, current: set })
})

it('is given up by the one that says so no longer, and taken over by force', async () => {
  as('SMSMSE', 'role: designated\n')
  await patient.live('20261119.001')
  as('SAVSMTP', 'role: designated\n')
  patient.vendor.certify({ set })
  expect((await patient.defs('update')).reason).toContain('already')
  expect(await patient.defs('update', '--any-role')).toMatchObject({ changed: true })
  expect(await patient.defs('update', '--force')).toMatchObject({ exitCode: 0 })
  as('SMSMSE')
  expect((await patient.defs('update')).reason).toMatch(/^designated: 'SAVSMTP'/)
  as('SAVSMTP')
  await patient.defs('update')
  as('SMSMSE')
  expect((await patient.defs('update')).reason).not.toMatch(/^designated/)
})
