import { readFileSync, readlinkSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { eventsOf, lookAt } from '../support/look.ts'
import { runDefs, startDefs } from '../support/run-defs.ts'
import { indexName, startVendor, type Vendor } from '../support/vendor.ts'

let vendor: Vendor
let config: string
beforeEach(async () => {
  vendor = await startVendor()
  config = vendor.configure()
})
afterEach(() => vendor.close())

const update = (...args: string[]) => runDefs(['update', '--json', '--config', config, ...args])
const ids = () => eventsOf(vendor.store).map((event) => event.id)

/** Puts a first good set in place. */
async function live(set = '20261120.003', sequence = 100): Promise<void> {
  vendor.certify({ set, sequence })
  expect((await update()).code).toBe(0)
}

function expectStillLive(set: string): void {
  expect(lookAt(vendor.store)).toMatchObject({ current: set, leftovers: [], damage: [] })
}

describe('a first update', () => {
  it('fetches, proves, stages, activates and reports', async () => {
    vendor.certify({ set: '20261120.003', sequence: 100 })
    const run = await update()
    expect(run.json).toMatchObject({
      schema: 1,
      command: 'update',
      ok: true,
      exitCode: 0,
      source: 'liveupdate',
      previous: null,
      current: '20261120.003',
      changed: true,
      grade: 'certified',
      sequence: 100,
      filesReused: 0,
      incremental: false,
      signedBy: 'authority-signer',
      events: [30, 25],
    })
    expect(run.json.bytesDownloaded).toBeGreaterThan(0)
    expect(run.code).toBe(0)
    const virusDefs = join(vendor.store, 'VirusDefs')
    expect(lookAt(vendor.store)).toEqual({
      current: '20261120.003',
      previous: undefined,
      sets: ['20261120.003'],
      leftovers: [],
      damage: [],
    })
    expect(readFileSync(join(virusDefs, 'definfo.dat'), 'latin1')).toBe(
      '[DefDates]\r\nCurDefs=20261120.003\r\n',
    )
    expect(readFileSync(join(virusDefs, 'usage.dat'), 'latin1')).toBe('[20261120.003]\r\nSMSMSE=1\r\n')
    expect(readlinkSync(join(virusDefs, 'current'))).toBe('20261120.003')
    expect(statSync(join(virusDefs, '20261120.003', 'VIRSCAN1.DAT')).mode & 0o777).toBe(0o440)
    expect(ids()).toEqual([30, 25])
  })

  it('does the same over FTP', async () => {
    vendor.certify({ set: '20261120.003' })
    const run = await update('--source', 'over-ftp')
    expect(run.json).toMatchObject({ ok: true, changed: true, current: '20261120.003', source: 'over-ftp' })
  })

  it('goes on to the next host and says which one it left', async () => {
    vendor.certify({ set: '20261120.003' })
    const run = await update('--source', 'two-hosts')
    expect(run.json).toMatchObject({ exitCode: 0, changed: true })
    expect(run.stderr).toContain('127.0.0.1:9')
  })
})

describe('a later update', () => {
  it('with nothing new ends with 0, without a second event 30 and without fetching the package', async () => {
    await live()
    vendor.http.requests.length = 0
    const run = await update()
    expect(run.json).toMatchObject({
      exitCode: 0,
      changed: false,
      current: '20261120.003',
      bytesDownloaded: 0,
    })
    expect(run.json.reason).toMatch(/^same/)
    expect(ids().filter((id) => id === 30)).toHaveLength(1)
    expect(vendor.http.requests.filter(({ url }) => url.includes('jtun'))).toEqual([])
  })

  it('takes a newer set and keeps the former one as previous', async () => {
    await live()
    vendor.certify({ set: '20261121.001', sequence: 101 })
    expect((await update()).json).toMatchObject({
      changed: true,
      previous: '20261120.003',
      current: '20261121.001',
    })
    expect(lookAt(vendor.store)).toMatchObject({
      current: '20261121.001',
      previous: '20261120.003',
      damage: [],
    })
  })

  it('takes a Rapid Release with a higher sequence, then a certified set with a still higher one', async () => {
    await live()
    vendor.release({ set: '20261120.019', sequence: 105 })
    const rapid = await update('--source', 'rapid')
    expect(rapid.json).toMatchObject({
      changed: true,
      grade: 'rapid',
      sequence: 105,
      current: '20261120.019',
    })
    expect((await update()).json).toMatchObject({ changed: false, exitCode: 0 })
    vendor.certify({ set: '20261120.004', sequence: 107 })
    expect((await update()).json).toMatchObject({
      changed: true,
      grade: 'certified',
      current: '20261120.004',
    })
    expect((await update('--source', 'rapid')).json).toMatchObject({ changed: false, exitCode: 0 })
  })

  it('is not moved back by an older offer, unless forced', async () => {
    await live('20261120.003', 100)
    vendor.certify({ set: '20261119.001', sequence: 90 })
    const run = await update()
    expect(run.json).toMatchObject({ exitCode: 0, changed: false, current: '20261120.003' })
    expect(run.json.reason).toMatch(/^older/)
    expect(ids()).toContain(1002)
    expect((await update('--force')).json).toMatchObject({ changed: true, current: '20261119.001' })
  })

  it('keeps no more sets than configured', async () => {
    for (const day of ['16', '17', '18', '19']) await live(`202611${day}.001`, Number(day))
    expect(lookAt(vendor.store).sets).toEqual(['20261117.001', '20261118.001', '20261119.001'])
  })
})

describe('a hostile or broken offer', () => {
  it('a file changed after signing: 5, the old set live', async () => {
    await live()
    vendor.certify({
      set: '20261121.001',
      spoilSet: (set) => set.set('VIRSCAN1.DAT', Buffer.from('changed')),
    })
    const run = await update()
    expect(run.json).toMatchObject({
      ok: false,
      exitCode: 5,
      source: 'liveupdate',
      changed: false,
      current: '20261120.003',
      events: [1005, 1000],
      error: { code: 'TRUST_DIGEST' },
    })
    expectStillLive('20261120.003')
  })

  it('a file the guard does not name: 5', async () => {
    await live()
    vendor.certify({ set: '20261121.001', spoilSet: (set) => set.set('EXTRA.DAT', Buffer.from('more')) })
    expect((await update()).json).toMatchObject({ exitCode: 5, error: { code: 'TRUST_FILE_UNLISTED' } })
    expectStillLive('20261120.003')
  })

  it('a package that is not what the index says: 5 or 4, and never opened', async () => {
    await live()
    const name = vendor.certify({ set: '20261121.001' })
    const bytes = Buffer.from(vendor.tree.get(name) ?? [])
    bytes[100] = (bytes[100] ?? 0) ^ 1
    vendor.tree.set(name, bytes)
    expect((await update()).json).toMatchObject({ exitCode: 5, error: { code: 'TRUST_DIGEST' } })
    vendor.tree.set(name, bytes.subarray(0, bytes.length - 10))
    expect((await update()).json).toMatchObject({ exitCode: 4, error: { code: 'FETCH_SIZE' } })
    expectStillLive('20261120.003')
  })

  it('an index changed after signing: 5, and nothing it names is asked for', async () => {
    await live()
    vendor.certify({ set: '20261121.001', item: { Size: '1' } })
    const honest = vendor.tree.get(indexName)
    vendor.certify({ set: '20261121.001' })
    // The signature of one index over the contents of another.
    const { spoilt } = await import('../support/spoil.ts')
    vendor.tree.set(indexName, spoilt(Buffer.from(honest ?? []), 'liveupdt.tri'))
    vendor.http.requests.length = 0
    expect((await update()).json).toMatchObject({ exitCode: 5, error: { code: 'TRUST_DIGEST' } })
    expect(vendor.http.requests.filter(({ url }) => url.includes('jtun'))).toEqual([])
    expectStillLive('20261120.003')
  })

  it('a Size that lies: 4', async () => {
    await live()
    vendor.certify({ set: '20261121.001', item: { Size: '12345' } })
    expect((await update()).json).toMatchObject({ exitCode: 4, error: { code: 'FETCH_SIZE' } })
    expectStillLive('20261120.003')
  })

  it('an HTML page instead of the index: 4', async () => {
    await live()
    const page = Buffer.from('<!DOCTYPE html><html><body>Please log in</body></html>')
    vendor.tree.set(indexName, page)
    vendor.tree.set('minitri.flg', page)
    vendor.tree.set('livetri.zip', page)
    expect((await update()).json).toMatchObject({ exitCode: 4, error: { code: 'INDEX_HTML' } })
    expectStillLive('20261120.003')
  })

  it('a set dated in the future: 5, unless forced', async () => {
    await live()
    vendor.certify({ set: '20991231.001' })
    expect((await update()).json).toMatchObject({ exitCode: 5, error: { code: 'TRUST_FUTURE' } })
    expectStillLive('20261120.003')
    expect((await update('--force')).json).toMatchObject({ exitCode: 0, current: '20991231.001' })
  })

  it('a set of another authority: 5', async () => {
    await live()
    const other = await startVendor()
    try {
      other.certify({ set: '20261121.001' })
      for (const [name, bytes] of other.tree) vendor.tree.set(name, bytes)
      expect((await update()).json).toMatchObject({ exitCode: 5, error: { code: 'TRUST_CHAIN' } })
      expectStillLive('20261120.003')
    } finally {
      await other.close()
    }
  })
})

describe('a damaged current set', () => {
  it('counts as absent, so the same revision is fetched again', async () => {
    await live()
    const file = join(vendor.store, 'VirusDefs', '20261120.003', 'VIRSCAN1.DAT')
    writeFileSync(`${file}.new`, 'damaged')
    const { renameSync } = await import('node:fs')
    renameSync(`${file}.new`, file)
    expect(lookAt(vendor.store).damage).toEqual(['VIRSCAN1.DAT'])
    expect((await update()).json).toMatchObject({ exitCode: 0, changed: true, current: '20261120.003' })
    expectStillLive('20261120.003')
  })
})

describe.skipIf(process.platform === 'win32')('an update that fails once the set is current', () => {
  it('says that it changed, and from what: the scanner took neither set', async () => {
    const refuses = join(vendor.directory, 'refuses')
    const argv = `[/bin/sh, -c, 'test ! -e "${refuses}"', sh, '{set}']`
    config = vendor.configure(`scanner: { kind: command, argv: ${argv} }\n`)
    await live()
    writeFileSync(refuses, '')
    vendor.certify({ set: '20261121.001', sequence: 101 })
    const changed = { changed: true, previous: '20261120.003', current: '20261121.001' }
    expect((await update()).json).toMatchObject({ exitCode: 14, ...changed })
    expect(lookAt(vendor.store)).toMatchObject({ current: '20261121.001', previous: '20261120.003' })
    const unchanged = { changed: false, previous: '20261121.001', current: '20261121.001' }
    expect((await update()).json).toMatchObject({ exitCode: 14, ...unchanged })
  })
})

describe('two at once', () => {
  it('one does the work, the other ends with 10 or, told to wait, finds nothing new', async () => {
    vendor.certify({ set: '20261120.003' })
    let release = () => {}
    const gate = new Promise<void>((resolve) => {
      release = resolve
    })
    vendor.http.faults.set('*', async () => {
      await gate
      return false
    })
    const first = startDefs(['update', '--json', '--config', config])
    const { existsSync } = await import('node:fs')
    while (!existsSync(join(vendor.store, 'state', 'lock')))
      await new Promise((resolve) => setTimeout(resolve, 10))
    const second = await update()
    expect(second.json).toMatchObject({ exitCode: 10, error: { code: 'STORE_BUSY' } })
    const third = startDefs(['update', '--json', '--lock-wait', '60', '--config', config])
    release()
    expect((await first.ended).json).toMatchObject({ exitCode: 0, changed: true })
    expect((await third.ended).json).toMatchObject({ exitCode: 0, changed: false })
  })
})
