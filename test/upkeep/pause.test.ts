import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { entry } from '../schedule/entry.ts'
import { asked, minute, simulate } from '../schedule/simulation.ts'
import { openPatient, type Patient } from '../support/patient.ts'

let patient: Patient
beforeEach(async () => {
  patient = await openPatient('here')
})
afterEach(() => patient.close())

const lines = 'schedule: [{ source: liveupdate, every: 4h }, { source: rapid, every: 1h, enabled: false }]\n'

describe('a pause of the schedule', () => {
  it('stops what is due and keeps the schedule, until it is resumed', async () => {
    patient.configure(lines)
    const before = await patient.defs('schedule')
    expect(before).toMatchObject({ paused: null, disabled: [{ source: 'rapid' }] })
    expect(before.nextRuns.map(({ source }: { source: string }) => source)).not.toContain('rapid')

    const paused = await patient.defs('schedule', 'pause', '--reason', 'freeze')
    expect(paused).toMatchObject({ exitCode: 0, paused: { until: null, reason: 'freeze' } })
    expect(await patient.defs('schedule')).toMatchObject({ nextRuns: [], paused: { reason: 'freeze' } })
    const { verdict } = await patient.defs('status')
    const codes = verdict.reasons.map(({ code }: { code: string }) => code)
    expect(codes).toEqual(expect.arrayContaining(['schedule-off', 'schedule-paused']))

    patient.vendor.certify({ set: '20261120.003' })
    const scheduled = await patient.defs('update', '--scheduled')
    expect(scheduled).toMatchObject({ exitCode: 0, changed: false })
    expect(scheduled.reason).toMatch(/^paused: /)
    expect(patient.vendor.http.requests).toEqual([])
    expect(await patient.defs('update')).toMatchObject({ changed: true })

    expect(await patient.defs('schedule', 'resume')).toMatchObject({ resumed: true })
    expect(await patient.defs('schedule', 'resume')).toMatchObject({ resumed: false })
    expect((await patient.defs('update', '--scheduled')).reason).not.toMatch(/^paused/)
    expect(patient.ids().filter((id) => id === 1034 || id === 1035)).toEqual([1034, 1035])
  })

  it('ends by itself, and is refused with a senseless end', async () => {
    patient.configure(lines)
    for (const until of ['soon', '2020-01-01']) {
      expect(await patient.defs('schedule', 'pause', '--until', until)).toMatchObject({ exitCode: 2 })
    }
    const { paused } = await patient.defs('schedule', 'pause', '--until', '2h')
    const { nextRuns } = await patient.defs('schedule')
    expect(nextRuns.length).toBeGreaterThan(0)
    expect(nextRuns.every(({ at }: { at: string }) => at > paused.until)).toBe(true)
  })
})

describe('the daemon while the schedule is paused', () => {
  it('catches up once when it goes on', async () => {
    const end = Date.parse('2026-11-02T12:30:00Z')
    let told = false
    const days = await simulate({
      start: '2026-11-01T00:00:00Z',
      schedule: [entry({ cron: '0 */4 * * *' })],
      remembered: { main: asked('2026-10-31T23:00:00Z') },
      async paused(now) {
        if (now.getTime() < Date.parse('2026-11-01T10:00:00Z') || told) return 'no'
        if (now.getTime() < end) return 'paused'
        told = true
        return 'ended'
      },
    })
    await days.until('2026-11-02T17:00:00Z', minute)
    const runs = days.runs.map((run) => run.slice(8, 16))
    expect(runs).toEqual(['01T00:00', '01T04:00', '01T08:00', '02T12:30', '02T16:00'])
    expect(days.events.map(({ name }) => name)).toEqual(['schedule.resumed'])
  })
})
