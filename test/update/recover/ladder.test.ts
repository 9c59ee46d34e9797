import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { makeAuthority } from '../../support/authority.ts'
import { eventsOf, lookAt } from '../../support/look.ts'
import { flip, openPatient, type Patient } from '../../support/patient.ts'

const older = '20261119.001'
const newer = '20261120.003'

let patient: Patient
beforeEach(async () => {
  patient = await openPatient('here')
})
afterEach(() => patient.close())

describe('the failure ladder', () => {
  const harms: [string, string, (set: string) => void][] = [
    ['a byte of a data file', 'TRUST_DIGEST', (set) => flip(patient.fileOf(set, 'VIRSCAN1.DAT'))],
    ['a byte of the guard', 'TRUST_SIGNATURE', (set) => flip(patient.fileOf(set, 'v.grd'))],
    ['a byte of the signature', 'TRUST_', (set) => flip(patient.fileOf(set, 'v.sig'))],
    ['a byte of the marker', 'TRUST_DIGEST', (set) => flip(patient.fileOf(set, 'zdone.dat'))],
    ['a file deleted', 'TRUST_FILE_MISSING', (set) => rmSync(patient.fileOf(set, 'NAVENG32.DLL'))],
    ['the guard deleted', 'TRUST_GUARD_MISSING', (set) => rmSync(patient.fileOf(set, 'v.grd'))],
    ['the marker deleted', 'TRUST_FILE_MISSING', (set) => rmSync(patient.fileOf(set, 'zdone.dat'))],
    ['a file added', 'TRUST_FILE_UNLISTED', (set) => writeFileSync(patient.fileOf(set, 'MORE.DAT'), 'more')],
    [
      'the whole set gone',
      'STORE_POINTER',
      (set) => rmSync(join(patient.virusDefs, set), { recursive: true }),
    ],
  ]

  it('finds each harm to the current set, puts the earlier one in its place and keeps the evidence', async () => {
    await patient.live(older)
    const foreign = `[${older}]\r\nNAVCORP=1\r\n`
    for (const [what, code, harm] of harms) {
      await patient.live(newer)
      const usage = join(patient.virusDefs, 'usage.dat')
      writeFileSync(usage, `${foreign}[${newer}]\r\nSMSMSE=1\r\n`)
      harm(newer)
      const seen = await patient.defs('verify')
      expect([what, seen.exitCode, seen.sets[0].ok]).toEqual([what, code === 'STORE_POINTER' ? 13 : 5, false])
      const before = patient.ids().length
      const run = await patient.defs('verify', '--repair')
      expect([what, run]).toMatchObject([
        what,
        { exitCode: 8, repaired: true, current: older, events: [399, 25] },
      ])
      expect(run.error).toBeUndefined()
      const [event] = eventsOf(patient.vendor.store).slice(before)
      expect(event).toMatchObject({ id: 399, level: 'warning', path: join(patient.virusDefs, older) })
      expect([what, event?.errorCode?.startsWith(code)]).toEqual([what, true])
      expect(lookAt(patient.vendor.store)).toEqual({
        current: older,
        previous: undefined,
        sets: [older],
        leftovers: [],
        damage: [],
      })
      expect(readFileSync(usage, 'latin1')).toBe(`[${older}]\r\nNAVCORP=1\r\nSMSMSE=1\r\n`)
      if (code !== 'STORE_POINTER') expect(patient.evidence().some(({ set }) => set === newer)).toBe(true)
    }
  }, 60_000)

  it('names the bad set as the previous one at no moment', async () => {
    await patient.live(older, newer)
    patient.damage(newer)
    const seen = new Set<string>()
    let looking = true
    const look = () => {
      const { current, previous } = lookAt(patient.vendor.store)
      seen.add(`${current} after ${previous}`)
      if (looking) setImmediate(look)
    }
    look()
    expect(await patient.defs('verify', '--repair')).toMatchObject({ exitCode: 8, current: older })
    looking = false
    expect([...seen]).toEqual([`${newer} after ${older}`, `${older} after undefined`])
  })

  it('passes bad older sets on the way, and comes to the newest good one', async () => {
    await patient.live('20261117.001', '20261118.001', older)
    patient.damage(older)
    patient.damage('20261118.001')
    const run = await patient.defs('verify', '--repair')
    expect(run).toMatchObject({ exitCode: 8, current: '20261117.001', events: [399, 25] })
    expect(lookAt(patient.vendor.store)).toMatchObject({ sets: ['20261117.001'], damage: [] })
    expect(
      patient
        .evidence()
        .map(({ set }) => set)
        .sort(),
    ).toEqual(['20261118.001', older])
    expect(patient.evidence()[0]?.problems.join()).toContain('VIRSCAN1.DAT')
  })

  it('a definfo.dat that tells nothing: the newest good set, 399 with STORE_POINTER', async () => {
    await patient.live(older, newer)
    writeFileSync(join(patient.virusDefs, 'definfo.dat'), 'nothing')
    expect(await patient.defs('verify')).toMatchObject({ exitCode: 13, error: { code: 'STORE_POINTER' } })
    const run = await patient.defs('verify', '--repair')
    expect(run).toMatchObject({ exitCode: 8, current: newer, events: [399, 25] })
    expect(eventsOf(patient.vendor.store).at(-2)).toMatchObject({
      id: 399,
      errorCode: 'STORE_POINTER',
      set: newer,
    })
  })

  it('nothing good, the vendor up: 400, 30, 25 and exit 0, with the same revision fetched afresh', async () => {
    await patient.live(newer)
    patient.damage(newer)
    const run = await patient.defs('verify', '--repair')
    expect(run).toMatchObject({
      exitCode: 0,
      ok: true,
      repaired: true,
      current: newer,
      events: [400, 30, 25],
    })
    expect(lookAt(patient.vendor.store)).toMatchObject({
      current: newer,
      sets: [newer],
      leftovers: [],
      damage: [],
    })
    expect(patient.evidence()).toMatchObject([{ set: newer, code: 'TRUST_DIGEST' }])
  })

  it('nothing good, the vendor down: 400, 401 and exit 13, told once; healed when it is back', async () => {
    await patient.live(newer)
    patient.damage(newer)
    patient.reachable(false)
    const run = await patient.defs('verify', '--repair')
    expect(run).toMatchObject({ exitCode: 13, events: [400, 401], error: { code: 'STORE_NO_DEFINITIONS' } })
    expect(eventsOf(patient.vendor.store).at(-1)).toMatchObject({ id: 401, errorCode: 'SOURCE_UNREACHABLE' })
    expect(await patient.defs('verify')).toMatchObject({ exitCode: 13 })
    // What is wrong is another thing from now on: the set is in quarantine.
    expect(await patient.defs('update')).toMatchObject({ exitCode: 13, events: [400, 401] })
    const told = patient.ids()
    expect(await patient.defs('update')).toMatchObject({ exitCode: 13, events: [400, 401] })
    expect(patient.ids()).toEqual(told)
    patient.reachable(true)
    expect(await patient.defs('update')).toMatchObject({ exitCode: 0, current: newer, events: [400, 30, 25] })
    expect(lookAt(patient.vendor.store)).toMatchObject({ current: newer, damage: [] })
  })

  it('nothing good in the store, but a whole set in the folder of a CSAPI scanner: copied back, 399 and exit 8', async () => {
    const csapi = join(patient.vendor.directory, 'csapi')
    patient.configure(`product: { version: 6.5.6 }\nscanner: { kind: csapi, path: '${csapi}' }\n`)
    await patient.live(newer)
    patient.damage(newer)
    patient.reachable(false)
    const run = await patient.defs('verify', '--repair')
    expect(run).toMatchObject({ exitCode: 8, repaired: true, current: newer, events: [399, 25] })
    expect(lookAt(patient.vendor.store)).toMatchObject({
      current: newer,
      sets: [newer],
      leftovers: [],
      damage: [],
    })
    expect((await patient.defs('show', newer)).provenance.source).toBe('liveupdate')
    expect(await patient.defs('verify')).toMatchObject({ exitCode: 0 })
    // Bad in both places: that is what event 401 says.
    patient.damage(newer)
    flip(join(csapi, newer, 'VIRSCAN1.DAT'))
    const gone = await patient.defs('verify', '--repair')
    expect(gone).toMatchObject({ exitCode: 13, current: null, events: [400, 401] })
  })

  it('without a licence not one request is made: 400, 401 and exit 13', async () => {
    await patient.live(newer)
    patient.damage(newer)
    const file = join(patient.vendor.directory, 'none.slf')
    patient.configure(`licence: { file: '${file}', required: true }\n`)
    patient.vendor.http.requests.length = 0
    const run = await patient.defs('verify', '--repair')
    expect(run.exitCode).toBe(13)
    expect(run.events.filter((id: number) => id < 1000)).toEqual([400, 401])
    expect(run.error.message).toContain('install a valid content licence')
    expect(eventsOf(patient.vendor.store).at(-1)).toMatchObject({ id: 401, errorCode: 'LICENCE_MISSING' })
    expect(patient.vendor.http.requests).toEqual([])
  })

  it('has the numbers of 6.0.x, and is off before 6.0.12', async () => {
    await patient.live(older, newer)
    patient.damage(newer)
    const repairAs = (version: string) => {
      patient.configure(`product: { version: ${version} }\n`)
      return patient.defs('verify', '--repair')
    }
    expect(await repairAs('6.0.11')).toMatchObject({ exitCode: 5, current: newer, events: [] })
    const off = await repairAs('6.5.0')
    expect(off).toMatchObject({ exitCode: 5, current: newer, events: [] })
    expect(off.error.message).toContain("replaces no bad set by itself: run 'defs update' or 'defs rollback'")
    expect(await repairAs('6.0.12')).toMatchObject({ exitCode: 8, current: older, events: [393, 25] })
  })

  it('an anchor that is wrong clears no store', async () => {
    await patient.live(older, newer)
    const root = patient.vendor.authority.rootPath
    const right = readFileSync(root)
    const other = makeAuthority(join(patient.vendor.directory, 'other'))
    writeFileSync(root, other.rootPem)
    expect(await patient.defs('verify', '--repair')).toMatchObject({ exitCode: 13 })
    expect(lookAt(patient.vendor.store)).toMatchObject({ current: newer, sets: [older, newer] })
    writeFileSync(root, right)
    expect(await patient.defs('verify', '--repair')).toMatchObject({
      exitCode: 0,
      repaired: false,
      events: [],
    })
  })
})

describe('an update that finds the current set bad', () => {
  it('goes back first, then fetches the same revision again: 399, 25, 30, 25 and exit 0', async () => {
    await patient.live(older, newer)
    patient.damage(newer)
    const run = await patient.defs('update')
    expect(run).toMatchObject({ exitCode: 0, changed: true, current: newer, events: [399, 25, 30, 25] })
    expect(lookAt(patient.vendor.store)).toMatchObject({ current: newer, previous: older, damage: [] })
  })

  it('ends with 8 on the older set when no source answers', async () => {
    await patient.live(older, newer)
    patient.damage(newer)
    patient.reachable(false)
    const run = await patient.defs('update')
    expect(run).toMatchObject({
      exitCode: 8,
      previous: newer,
      current: older,
      rolledBack: { from: newer, code: 'TRUST_DIGEST' },
      error: { code: 'SOURCE_UNREACHABLE' },
    })
    expect(run.events.slice(0, 2)).toEqual([399, 25])
    // From now on that is the live set, and a failure is a failure.
    expect(await patient.defs('update')).toMatchObject({ exitCode: 3 })
  })

  it.each([
    [
      'that had sets, all of which have gone with definfo.dat',
      [400, 401],
      () => {
        for (const name of [newer, 'definfo.dat', 'usage.dat', 'current'])
          rmSync(join(patient.virusDefs, name), { recursive: true })
      },
    ],
    [
      'whose definfo.dat tells nothing, with no set at all',
      [400, 401],
      () => {
        rmSync(join(patient.vendor.store), { recursive: true })
        mkdirSync(patient.virusDefs, { recursive: true })
        writeFileSync(join(patient.virusDefs, 'definfo.dat'), 'nothing')
      },
    ],
  ])('a store %s, and no source: 13 with 400 and 401', async (_, events, lose) => {
    await patient.live(newer)
    lose()
    patient.reachable(false)
    expect(await patient.defs('update')).toMatchObject({ exitCode: 13, events })
  })

  it('sets that were copied in without definfo.dat and records: the newest good one, 399', async () => {
    await patient.live(older, newer)
    for (const path of ['definfo.dat', 'usage.dat', 'current', '../state'])
      rmSync(join(patient.virusDefs, path), { recursive: true })
    patient.reachable(false)
    expect(await patient.defs('update')).toMatchObject({
      exitCode: 8,
      current: newer,
      rolledBack: { from: null, code: 'STORE_POINTER' },
    })
  })

  it('an empty store and no source: 3, without 400', async () => {
    patient.reachable(false)
    expect(await patient.defs('update')).toMatchObject({ exitCode: 3 })
    expect(patient.ids()).not.toContain(400)
  })
})
