import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { runDefs } from '../support/run-defs.ts'
import { indexName, startVendor, type Vendor } from '../support/vendor.ts'

let vendor: Vendor
let config: string
beforeEach(async () => {
  vendor = await startVendor()
  config = vendor.configure()
  vendor.certify({ set: '20261120.003', sequence: 100 })
  expect((await runDefs(['update', '--config', config])).code).toBe(0)
})
afterEach(() => vendor.close())

/** Runs `check`; also what it asked for. */
async function check() {
  const before = vendor.http.requests.length
  const { code, json } = await runDefs(['check', '--json', '--config', config])
  return { code, json, asked: vendor.http.requests.slice(before).map(({ url }) => url) }
}

describe('check after an update', () => {
  it('needs one request when nothing is new, and says the same as a full look', async () => {
    const brief = await check()
    expect(brief).toMatchObject({ code: 0, asked: [`/${indexName}`] })
    const records = join(vendor.store, 'state', 'sources.json')
    const { liveupdate } = JSON.parse(readFileSync(records, 'utf8'))
    writeFileSync(records, JSON.stringify({ liveupdate: { ...liveupdate, index: null } }))
    const full = await check()
    expect(full.asked.length).toBeGreaterThan(1)
    expect(full.json).toEqual(brief.json)
  })

  it('reads and proves the index again once it has changed', async () => {
    vendor.certify({ set: '20261121.001', sequence: 101 })
    expect(await check()).toMatchObject({ code: 100, json: { offered: '20261121.001', newer: true } })
  })

  it('asks in full when the set is no longer the current one', async () => {
    const pointer = join(vendor.store, 'VirusDefs', 'definfo.dat')
    writeFileSync(pointer, '[DefDates]\r\nCurDefs=20261119.001\r\n')
    const { code, asked } = await check()
    expect(code).toBe(100)
    expect(asked.length).toBeGreaterThan(1)
  })
})

describe('check that fails', () => {
  it('at an index that was cut short has the fields of every check', async () => {
    const index = vendor.tree.get(indexName)
    for (const name of [indexName, 'livetri.zip'])
      vendor.tree.set(name, Buffer.from(index ?? '').subarray(0, 700))
    const { code, json } = await check()
    expect([code, json.error.code]).toEqual([4, 'ARCHIVE_TRUNCATED'])
    expect(json).toMatchObject({ source: 'liveupdate', current: '20261120.003', offered: null, newer: null })
  })

  it('says what is live all the same, and of several sources what is gravest', async () => {
    const gone =
      "  gone: { kind: intelligent-updater, url: 'http://127.0.0.1:9/', platform: v5i32 }\n  rapid:"
    writeFileSync(config, `${readFileSync(config, 'utf8').replace('  rapid:', gone)}fallback: [gone]\n`)
    vendor.tree.set(indexName, Buffer.from('<!DOCTYPE html><html><body>Please log in</body></html>'))
    vendor.tree.set('livetri.zip', Buffer.from('<!DOCTYPE html><html></html>'))
    expect(await check()).toMatchObject({
      code: 4,
      json: {
        ok: false,
        source: 'liveupdate',
        current: '20261120.003',
        offered: null,
        newer: null,
        reason: 'failed: INDEX_HTML',
        error: { code: 'INDEX_HTML' },
      },
    })
  })
})
