import { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { limits } from '../../../src/limits.ts'
import { openBench } from '../../cli/world.ts'
import { lookAt } from '../../support/look.ts'
import { flip } from '../../support/patient.ts'
import { startVendor, type Vendor } from '../../support/vendor.ts'
import { openPatience, type Patience } from '../patience.ts'

const [older, newer, newest] = ['20261119.001', '20261120.003', '20261121.001'] as const
const minute = 60_000

let vendor: Vendor
let patience: Patience
let config: string
/** The scanner is well as long as this file is there. */
let well: string
let log: string

beforeEach(async () => {
  vendor = await startVendor()
  well = join(vendor.directory, 'well')
  log = join(vendor.directory, 'scanner.log')
  writeFileSync(well, '')
  config = configure()
  patience = openPatience(() => config)
})
afterEach(() => vendor.close())

function configure(more = '', window = '1m', argv = '[/bin/true]'): string {
  const scanner = `kind: command, argv: ${argv}, confirm: ${window}, watch: [/usr/bin/test, -e, '${well}']`
  return vendor.configure(`scanner: { ${scanner}${more} }\n`)
}

async function live(...sets: string[]): Promise<void> {
  for (const set of sets) {
    vendor.certify({ set })
    expect(await patience.update({ confirm: false })).toMatchObject({ changed: true, current: set })
  }
  rmSync(record(), { force: true })
  patience.events()
}

const record = () => join(vendor.store, 'state', 'confirming.json')
const pending = () => (existsSync(record()) ? JSON.parse(readFileSync(record(), 'utf8')) : null)
const bars = () => {
  const file = join(vendor.store, 'state', 'bars.json')
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : []
}
const names = () => patience.events().map(({ id }) => id)

describe.skipIf(process.platform === 'win32')('the confirm window', () => {
  it('confirms a set when the scanner was well until its end', async () => {
    await live(older)
    vendor.certify({ set: newer })
    const before = patience.slept()
    expect(await patience.update()).toMatchObject({ changed: true, current: newer, events: [30, 25, 1018] })
    expect(patience.slept() - before).toBeGreaterThan(minute / 2)
    expect(patience.slept() - before).toBeLessThanOrEqual(minute)
    expect(pending()).toBeNull()
    const slept = patience.slept()
    expect((await patience.update()).changed).toBe(false)
    expect(patience.slept()).toBe(slept)
  })

  it('takes a set back that the scanner fails with: 399, a bar, and no update brings it again', async () => {
    await live(older)
    vendor.certify({ set: newer })
    let last = 0
    patience.onPause = (pauses) => {
      last = pauses
      if (pauses === 5) rmSync(well)
    }
    const run = await patience.update()
    // So many looks in a row found it ill, the first one after that pause.
    expect(last).toBe(5 + limits.confirmMisses - 1)
    expect(run).toMatchObject({
      previous: newer,
      current: older,
      rolledBack: { from: newer, code: 'SCANNER_UNWELL', failure: null },
      events: [30, 25, 399, 25],
    })
    const told = patience.events().find(({ id }) => id === 399)
    expect(told).toMatchObject({ set: older, previous: newer, errorCode: 'SCANNER_UNWELL', reason: /./ })
    expect(lookAt(vendor.store)).toMatchObject({ current: older, damage: [], leftovers: [] })
    expect(bars()).toMatchObject([{ set: newer, user: 'scanner', reason: /SCANNER_UNWELL/ }])
    expect(pending()).toBeNull()
    writeFileSync(well, '')
    expect(await patience.update()).toMatchObject({ changed: false, current: older, reason: /^barred/ })
    vendor.certify({ set: newest })
    expect(await patience.update()).toMatchObject({ changed: true, current: newest })
  })

  it('bears a scanner that is restarted, but none that is down at its end', async () => {
    await live(older)
    vendor.certify({ set: newer })
    patience.onPause = (pauses) => {
      if (pauses === 5) rmSync(well)
      if (pauses === 5 + limits.confirmMisses - 1) writeFileSync(well, '')
    }
    expect(await patience.update()).toMatchObject({ current: newer, events: [30, 25, 1018] })
    const all = Math.round(minute / limits.confirmEvery)
    vendor.certify({ set: newest })
    let first = 0
    patience.onPause = (pauses) => {
      first ||= pauses
      if (pauses - first === all - 2) rmSync(well)
    }
    expect(await patience.update()).toMatchObject({ current: newer, rolledBack: { from: newest } })
  })

  it('takes a set back that brings a burst of detections, in a log that was there or comes later', async () => {
    await live(older)
    config = configure(`, detections: { log: '${log}', most: 20 }`)
    const line = '/mail: Test.Name FOUND\n'
    writeFileSync(log, line.repeat(500))
    patience.onPause = (pauses) => pauses === 3 && appendFileSync(log, line.repeat(20))
    vendor.certify({ set: newer })
    expect(await patience.update()).toMatchObject({ current: newer })
    const done = patience.slept()
    let first = 0
    patience.onPause = (pauses) => {
      first ||= pauses
      if (pauses - first === 2) writeFileSync(`${log}`, line.repeat(21))
    }
    vendor.certify({ set: newest })
    expect(await patience.update()).toMatchObject({ current: newer, rolledBack: { from: newest } })
    expect(patience.slept() - done).toBeLessThan(minute / 2)
  })

  it('is left unconfirmed by an interruption, and finished by the next check: confirmed or taken back', async () => {
    await live(older)
    vendor.certify({ set: newer })
    patience.onPause = (pauses) => pauses === 5 && patience.interrupt()
    await expect(patience.update()).rejects.toMatchObject({ code: 'INTERRUPTED' })
    patience.onPause = () => undefined
    expect(pending()).toMatchObject({ set: newer })
    expect(lookAt(vendor.store)).toMatchObject({ current: newer, previous: older })
    const bench = openBench()
    const shown = await bench.run(['status', '--json', '--config', config])
    bench.remove()
    expect(shown.json.confirming).toEqual({ set: newer, since: pending().since, until: pending().until })

    patience.events()
    const slept = patience.slept()
    expect(await patience.checkUp()).toMatchObject({ step: 'sound' })
    expect([patience.slept(), pending()?.set, names()]).toEqual([slept, newer, []])
    patience.pass(minute)
    expect(await patience.checkUp()).toMatchObject({ step: 'sound' })
    expect([pending(), names()]).toEqual([null, [1018]])
  })

  it('is finished by the next update, which waits for the rest of it', async () => {
    await live(older)
    vendor.certify({ set: newer })
    await patience.update({ confirm: false })
    expect(pending()).toMatchObject({ set: newer })
    vendor.certify({ set: newest })
    patience.events()
    // Waiting takes longer than asking and fetching may take.
    let first = 0
    patience.onPause = (pauses) => {
      first ||= pauses
      if (pauses - first < 10) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 400)
    }
    const run = await patience.update({ timeout: 4000 })
    expect(run).toMatchObject({ current: newest, events: [1018, 30, 25, 1018] })
    expect(pending()).toBeNull()
  })

  it('is finished by taking the set back when the scanner is not well any more', async () => {
    await live(older)
    for (const finish of ['check', 'update'] as const) {
      const set = finish === 'check' ? newer : newest
      writeFileSync(well, '')
      vendor.certify({ set })
      await patience.update({ confirm: false })
      rmSync(well)
      patience.pass(12 * minute)
      patience.events()
      if (finish === 'check')
        expect(await patience.checkUp()).toMatchObject({ step: 'went-back', before: set })
      else expect(await patience.update()).toMatchObject({ current: older, rolledBack: { from: set } })
      expect(names().slice(0, 2)).toEqual([399, 25])
      expect(lookAt(vendor.store)).toMatchObject({ current: older })
      expect(pending()).toBeNull()
    }
    expect(bars().map(({ set }: { set: string }) => set)).toEqual([newer, newest])
  })

  it("is nobody else's business: where the scanner has not started yet, nothing is looked at", async () => {
    await live(older)
    vendor.certify({ set: newer })
    await patience.update({ confirm: false })
    rmSync(well)
    const slept = patience.slept()
    expect(await patience.update({ confirm: false })).toMatchObject({ changed: false, current: newer })
    expect([patience.slept(), pending()?.set]).toEqual([slept, newer])
  })

  it('counts detections by time when it is finished late', async () => {
    await live(older)
    config = configure(`, detections: { log: '${log}', most: 20 }`)
    vendor.certify({ set: newer })
    await patience.update({ confirm: false })
    patience.pass(12 * minute)
    writeFileSync(log, '/mail: Test.Name FOUND\n'.repeat(200))
    expect(await patience.checkUp()).toMatchObject({ step: 'sound' })
    vendor.certify({ set: newest })
    await patience.update({ confirm: false })
    patience.pass(12 * minute)
    appendFileSync(log, '/mail: Test.Name FOUND\n'.repeat(300))
    expect(await patience.checkUp()).toMatchObject({ step: 'went-back' })
  })

  it('is off without a set to go back to, without configuration, and over when another set is live', async () => {
    vendor.certify({ set: older })
    rmSync(well)
    expect(await patience.update()).toMatchObject({ current: older, events: [30, 25] })
    expect(pending()).toBeNull()
    config = configure('', '0s')
    vendor.certify({ set: newer })
    expect(await patience.update()).toMatchObject({ current: newer, events: [30, 25] })
    expect(pending()).toBeNull()
    config = configure()
    writeFileSync(well, '')
    vendor.certify({ set: newest })
    await patience.update({ confirm: false })
    rmSync(well)
    const bench = openBench()
    const back = await bench.run(['rollback', '--reason', 'false alarms', '--json', '--config', config])
    bench.remove()
    expect(back.json).toMatchObject({ exitCode: 0, to: newer })
    expect(await patience.checkUp()).toMatchObject({ step: 'sound' })
    expect([pending(), lookAt(vendor.store).current]).toEqual([null, newer])
  })

  it('waits no longer than it is long, whatever becomes of the clock', async () => {
    await live(older)
    vendor.certify({ set: newer })
    let turned = false
    patience.onPause = () => {
      if (!turned) patience.pass(-48 * 60 * minute)
      turned = true
    }
    const before = patience.slept()
    expect(await patience.update()).toMatchObject({ current: newer })
    expect(patience.slept() - before).toBeLessThanOrEqual(minute)
    // A set that is dated ahead would not be taken.
    patience.pass(48 * 60 * minute)
    vendor.certify({ set: newest })
    await patience.update({ confirm: false })
    patience.pass(-48 * 60 * minute)
    const again = patience.slept()
    await patience.update()
    expect(patience.slept() - again).toBeLessThanOrEqual(minute)
    expect(pending()).toBeNull()
  })
})

describe.skipIf(process.platform === 'win32')('a scanner command that refuses a set', () => {
  const tool = () => `[/bin/sh, -c, '. ${join(vendor.directory, 'tool')}', sh, '{set}']`
  const says = (script: string) => writeFileSync(join(vendor.directory, 'tool'), `${script}\n`)

  it('gets the set before back, in its argument and its variables; nothing else speaks against the set, which is not barred', async () => {
    says('exit 0')
    config = configure('', '0s', tool())
    await live(older)
    const seen = join(vendor.directory, 'seen')
    says(`echo "$1|$DEFS_SET|$DEFS_SET_DIR|$DEFS_PREVIOUS" >> ${seen}; test "$DEFS_SET" = ${older}`)
    vendor.certify({ set: newer })
    await expect(patience.update()).rejects.toMatchObject({
      code: 'SCANNER_REFUSED',
      facts: { events: [30, 1007, 25, 1000] },
    })
    const at = (set: string) => join(vendor.store, 'VirusDefs', set)
    expect(readFileSync(seen, 'utf8').trim().split('\n')).toEqual([
      [at(newer), newer, at(newer), older].join('|'),
      [at(older), older, at(older), ''].join('|'),
    ])
    expect(bars()).toEqual([])
    expect(lookAt(vendor.store)).toMatchObject({ current: older, damage: [] })
    says('exit 0')
    expect(await patience.update()).toMatchObject({ changed: true, current: newer })
  })

  it('that names a file of it as malformed is barred and told by 399', async () => {
    says('exit 0')
    config = configure('', '0s', tool())
    await live(older)
    says(`test "$DEFS_SET" = ${older} || { echo "$1/$(ls "$1" | head -1): malformed"; exit 1; }`)
    vendor.certify({ set: newer })
    await expect(patience.update()).rejects.toMatchObject({
      code: 'SCANNER_REFUSED',
      facts: { events: [30, 1007, 399, 25, 1000] },
    })
    expect(bars()).toMatchObject([{ set: newer, user: 'scanner', reason: /SCANNER_REFUSED/ }])
    expect(await patience.update()).toMatchObject({ changed: false, current: older, reason: /^barred/ })
    says('exit 0')
    expect(await patience.update({ allow: newer as never })).toMatchObject({ changed: true, current: newer })
    expect(bars()).toEqual([])
  })

  it('and the one before is at fault itself: no set is taken from it, none is barred', async () => {
    says('exit 0')
    config = configure('', '0s', tool())
    await live(older, newer)
    says('exit 1')
    vendor.certify({ set: newest })
    await expect(patience.update()).rejects.toMatchObject({ code: 'SCANNER_NOT_IN_USE' })
    expect(lookAt(vendor.store)).toMatchObject({ current: newest, previous: newer })
    // What it was handed last is what it is believed to use.
    rmSync(join(vendor.store, 'state', 'in-use.json'))
    for (let round = 0; round < 3; round += 1) {
      await expect(patience.checkUp()).rejects.toMatchObject({ code: 'SCANNER_NOT_IN_USE' })
      expect(lookAt(vendor.store).current).toBe(newest)
    }
    expect(bars()).toEqual([])
    says('exit 0')
    patience.events()
    await patience.checkUp()
    expect(names()).toEqual([25])
  })

  it('that is fetched where nothing was good leaves good definitions all the same: no 401', async () => {
    says('exit 0')
    config = configure('', '0s', tool())
    await live(older)
    flip(join(vendor.store, 'VirusDefs', older, 'VIRSCAN1.DAT'))
    says('exit 1')
    await expect(patience.update()).rejects.toMatchObject({
      code: 'SCANNER_NOT_IN_USE',
      facts: { events: [400, 30, 1016] },
    })
    expect(lookAt(vendor.store)).toMatchObject({ current: older, damage: [] })
  })

  it('is told of a set once, and once more where it is not known to use it', async () => {
    const seen = join(vendor.directory, 'seen')
    says(`echo "$DEFS_SET" >> ${seen}`)
    config = configure('', '0s', tool())
    await live(older)
    const calls = () => readFileSync(seen, 'utf8').trim().split('\n')
    for (let round = 0; round < 2; round += 1) {
      expect((await patience.update()).events).not.toContain(25)
      expect(await patience.checkUp()).toMatchObject({ step: 'sound' })
    }
    expect(calls()).toEqual([older])
    rmSync(join(vendor.store, 'state', 'in-use.json'))
    expect((await patience.update()).events).toContain(25)
    rmSync(join(vendor.store, 'state', 'in-use.json'))
    await patience.checkUp()
    await patience.checkUp()
    expect(calls()).toEqual([older, older, older])
  })

  it.each([
    ['somebody rolled back', newest, 'somebody'],
    ['it was about to be taken back from when the run was killed', newer, 'scanner'],
  ])('is given the set before although one is barred that %s', async (_, barred, user) => {
    says('exit 0')
    config = configure('', '0s', tool())
    await live(older, newer)
    const bar = { set: barred, at: new Date().toISOString(), reason: null, user }
    writeFileSync(join(vendor.store, 'state', 'bars.json'), JSON.stringify([bar]))
    says(`test "$DEFS_SET" = ${older}`)
    rmSync(join(vendor.store, 'state', 'in-use.json'))
    await expect(patience.checkUp()).rejects.toMatchObject({ code: 'SCANNER_REFUSED' })
    expect(lookAt(vendor.store).current).toBe(older)
    // Nothing but the scanner speaks against the set, so no bar is added.
    expect(bars().map(({ set }: { set: string }) => set)).toEqual([barred])
  })

  it.each([
    ['somebody barred a newer one', newest, 'somebody', older],
    ['the run that went back from it was killed', newer, 'scanner', older],
    ['it was given after one that it named before', newest, 'scanner', newer],
  ])(
    'and names a file of it as malformed, where %s, leaves %s barred by %s and %s current',
    async (_, barred, user, left) => {
      says('exit 0')
      config = configure('', '0s', tool())
      await live(older, newer)
      const bar = { set: barred, at: new Date().toISOString(), reason: null, user }
      writeFileSync(join(vendor.store, 'state', 'bars.json'), JSON.stringify([bar]))
      says(`test "$DEFS_SET" = ${older} || { echo "$1/$(ls "$1" | head -1): malformed"; exit 1; }`)
      rmSync(join(vendor.store, 'state', 'in-use.json'))
      await expect(patience.checkUp()).rejects.toMatchObject({ code: 'SCANNER_REFUSED' })
      expect(lookAt(vendor.store).current).toBe(left)
      // It goes back once; the set that it went back from is barred.
      const all = left === older ? [...new Set([barred, newer])] : [barred]
      expect(
        bars()
          .map(({ set }: { set: string }) => set)
          .sort(),
      ).toEqual(all.sort())
    },
  )
})
