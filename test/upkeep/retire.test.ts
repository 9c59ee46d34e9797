import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openPatient, type Patient } from '../support/patient.ts'
import { startDefs } from '../support/run-defs.ts'

let patient: Patient
beforeEach(async () => {
  patient = await openPatient('here')
})
afterEach(() => patient.close())

const [oldest, older, current] = ['20261118.001', '20261119.001', '20261120.003']
const usage = () => join(patient.virusDefs, 'usage.dat')
const sets = () => readdirSync(patient.virusDefs).filter((name) => /^\d{8}\.\d{3}$/.test(name))
const state = () => join(patient.vendor.store, 'state')

describe('retire', () => {
  it('takes ours and leaves what others use, and first only says so', async () => {
    await patient.live(oldest, older, current)
    writeFileSync(usage(), `[${current}]\r\nSMSMSE=1\r\nSAV=1\r\n`)
    // Somebody else's: we know nothing of it.
    mkdirSync(join(patient.virusDefs, '20261101.001'))
    writeFileSync(join(patient.virusDefs, '20261101.001', 'zdone.dat'), '')

    const before = patient.snapshot()
    const plan = await patient.defs('retire')
    expect(plan).toMatchObject({ exitCode: 0, product: 'SMSMSE', others: ['SAV'], dryRun: true })
    expect(plan.removed).toEqual(expect.arrayContaining([join(patient.virusDefs, oldest), state()]))
    expect(patient.snapshot()).toEqual(before)

    const done = await patient.defs('retire', '--yes')
    expect(done).toMatchObject({ exitCode: 0, dryRun: false, removed: plan.removed })
    // The one before the current one stays, too: others may go back to it.
    expect(sets()).toEqual(['20261101.001', older, current])
    expect(readFileSync(usage(), 'latin1')).toBe(`[${current}]\r\nSAV=1\r\n`)
    expect(readFileSync(join(patient.virusDefs, 'definfo.dat'), 'latin1')).toContain(`CurDefs=${current}`)
    expect(existsSync(state())).toBe(false)
    expect(existsSync(join(patient.vendor.store, 'status.json'))).toBe(false)
  })

  it('leaves nothing of ours where nobody else is', async () => {
    await patient.live(older, current)
    expect(await patient.defs('retire', '--yes')).toMatchObject({ exitCode: 0, others: [] })
    expect(readdirSync(patient.virusDefs)).toEqual([])
    expect(existsSync(state())).toBe(false)
    expect(await patient.defs('retire', '--yes')).toMatchObject({ exitCode: 0, removed: [] })
  })

  it('leaves the store to a product that was designated', async () => {
    patient.configure('product: { name: SAV }\nrole: designated\n')
    await patient.live(older, current)
    patient.configure('product: { name: SMSMSE }\n')
    writeFileSync(usage(), `[${current}]\r\nSMSMSE=1\r\nSAV=1\r\n`)
    expect(await patient.defs('retire', '--yes')).toMatchObject({ exitCode: 0 })
    expect(sets()).toEqual([older, current])
    expect(existsSync(join(state(), 'designated.json'))).toBe(true)
    expect(readFileSync(usage(), 'latin1')).not.toContain('SMSMSE')
  })

  it('refuses while a daemon runs', async () => {
    patient.configure('schedule: []\n')
    await patient.live(current)
    const config = join(patient.vendor.directory, 'defs.yaml')
    const { child, ended } = startDefs(['daemon', '--config', config])
    for (let tries = 0; tries < 600 && !existsSync(join(state(), 'daemon.json')); tries += 1) {
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    const refused = await patient.defs('retire', '--yes')
    child.kill('SIGKILL')
    await ended
    expect(refused).toMatchObject({ exitCode: 10, error: { code: 'STORE_BUSY' } })
    expect(sets()).toEqual([current])
  })
})
