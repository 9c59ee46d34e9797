import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { prepareStore } from '../../src/hawking/prepare.ts'
import { readRecord } from '../../src/hawking/record-file.ts'
import { attemptRecord, isHeld, type Provenance } from '../../src/hawking/records.ts'
import { openScannerStore } from '../../src/hawking/scanner-store.ts'
import {
  readBars,
  readHolds,
  readProvenance,
  readSourceRecord,
  removeProvenance,
  writeAttempt,
  writeBars,
  writeHolds,
  writeProvenance,
  writeSourceRecord,
} from '../../src/hawking/state.ts'
import type { Store } from '../../src/hawking/store.ts'
import { set, storeAt } from './world.ts'

let root: string
let store: Store
const name = set('20261121.001')
const at = '2026-11-21T10:00:00.000Z'
const provenance: Provenance = {
  set: name,
  grade: 'rapid',
  sequence: { number: 178940, signed: true },
  source: 'rapid',
  url: 'ftp://127.0.0.1/x.zip',
  packageSha256: null,
  signer: { name: 'a', fingerprint: 'b', anchor: 'c', anchorFingerprint: 'd', method: 'e', expired: false },
  verifiedAt: at,
  stagedAt: at,
  bytes: 10,
  files: 2,
  databases: [{ name: 'daily', version: 4, method: 'legacy', signer: null, patches: 2 }],
  gate: [{ check: 'size', outcome: 'failed', text: 'shrunk', overruled: true }],
}
const hold = { set: name, at, until: null, reason: null, user: 'root' }

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'defs-records-'))
  store = storeAt(root)
  await prepareStore(store, null)
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

describe('the records of the store', () => {
  it('are empty at first', async () => {
    expect(await readRecord(store, attemptRecord)).toBeNull()
    expect(await readHolds(store)).toEqual([])
    expect(await readBars(store)).toEqual([])
    expect(await readProvenance(store, name)).toBeNull()
    expect(await readSourceRecord(store, 'constructor')).toMatchObject({
      lastAttempt: null,
      coolingUntil: {},
    })
    expect(await openScannerStore(store).recall()).toBeNull()
  })

  it('read back as they were written, for the owner alone', async () => {
    const attempt = {
      at,
      source: 'rapid',
      outcome: 'failed',
      error: { code: 'SOURCE_TLS', message: 'x' },
    } as const
    await writeAttempt(store, attempt)
    await writeHolds(store, [hold])
    const bar = { set: name, at, reason: 'bad', user: 'gate', checks: ['clean'] } as const
    await writeBars(store, [bar])
    await writeProvenance(store, provenance)
    await openScannerStore(store).remember(name)
    expect(await readRecord(store, attemptRecord)).toEqual(attempt)
    expect(await readHolds(store)).toEqual([hold])
    expect(await readBars(store)).toMatchObject([bar])
    expect(await readProvenance(store, name)).toMatchObject(provenance)
    expect(await openScannerStore(store).recall()).toBe(name)
    expect(statSync(join(store.state, 'holds.json')).mode & 0o777).toBe(0o600)
    await removeProvenance(store, name)
    await removeProvenance(store, name)
    expect(await readProvenance(store, name)).toBeNull()
  })

  it('keep the sources apart', async () => {
    const record = {
      ...(await readSourceRecord(store, 'a')),
      lastAttempt: at,
      coolingUntil: { 'http://h/': at },
    }
    await writeSourceRecord(store, 'a', record)
    await writeSourceRecord(store, '__proto__', { ...record, lastAttempt: null })
    expect(await readSourceRecord(store, 'a')).toMatchObject(record)
    expect(await readSourceRecord(store, 'b')).toMatchObject({ lastAttempt: null, coolingUntil: {} })
  })

  it.each(['', '{"a":', '[]x', '"text"', '{"set":"../../etc"}', '\u0000'])(
    'move a file that reads %j into quarantine and read as empty',
    async (text) => {
      const path = join(store.state, 'attempt.json')
      writeFileSync(path, text)
      expect(await readRecord(store, attemptRecord)).toBeNull()
      expect(readdirSync(store.state)).not.toContain('attempt.json')
      const [entry = ''] = readdirSync(store.quarantine)
      expect(readFileSync(join(store.quarantine, entry, 'attempt.json'), 'utf8')).toBe(text)
    },
  )

  it('lose one bad entry and keep the others', async () => {
    writeFileSync(join(store.state, 'holds.json'), JSON.stringify([{ set: 'x' }, hold, null]))
    expect(await readHolds(store)).toEqual([hold])
  })

  it('keep a bounded quarantine', async () => {
    for (let round = 0; round < 6; round += 1) {
      writeFileSync(join(store.state, 'attempt.json'), `damaged ${round}`)
      await readRecord(store, attemptRecord)
    }
    const kept = readdirSync(store.quarantine).map((entry) =>
      readFileSync(join(store.quarantine, entry, 'attempt.json'), 'utf8'),
    )
    expect(kept).toHaveLength(3)
    expect(kept).toContain('damaged 5')
  })
})

describe('isHeld', () => {
  it.each([
    [null, true],
    ['2026-11-22T00:00:00Z', true],
    ['2026-11-21T00:00:00Z', false],
    ['some day', true],
  ])('until %s: %s', (until, held) => {
    expect(isHeld({ ...hold, until }, new Date(at))).toBe(held)
  })
})
