import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { sampleFiles } from '../support/definition-set.ts'
import { eventsOf, lookAt } from '../support/look.ts'
import { runDefs } from '../support/run-defs.ts'
import { startVendor, type Vendor } from '../support/vendor.ts'

let vendor: Vendor
let near: string
let work: string
let far: string
let bundle: string
beforeEach(async () => {
  vendor = await startVendor()
  near = vendor.configure()
  work = mkdtempSync(join(tmpdir(), 'defs-gap-'))
  bundle = join(work, 'defs.bundle')
  far = join(work, 'far.yaml')
  // Nothing is reachable on the far side, and nothing is asked.
  writeFileSync(
    far,
    `store: { root: ${work}/far }
trust: { anchors: ['${vendor.authority.rootPath}'] }
sources: { nobody: { kind: liveupdate, hosts: ['http://127.0.0.1:9/'] } }
`,
  )
})
afterEach(async () => {
  await vendor.close()
  rmSync(work, { recursive: true, force: true })
})

const here = (...args: string[]) => runDefs([...args, '--json', '--config', near])
const there = (...args: string[]) => runDefs([...args, '--json', '--config', far])

async function nearHas(set: string, sequence: number, files?: Map<string, Buffer>): Promise<void> {
  vendor.certify({ set, sequence, ...(files ? { files } : {}) })
  expect((await here('update')).code).toBe(0)
}

/** Big enough that a patch pays, and different in a few bytes only. */
function largeFiles(day: string): Map<string, Buffer> {
  const large = createHash('shake256', { outputLength: 300_000 }).update('large').digest()
  large.write(day, 150_000)
  return sampleFiles('always').set('VIRSCAN2.DAT', large).set('WHATSNEW.TXT', Buffer.from(day))
}

const farStore = () => lookAt(join(work, 'far'))
const members = () => execFileSync('tar', ['-tf', bundle], { encoding: 'utf8' }).trim().split('\n')

describe('a bundle over an air gap', () => {
  it('carries a whole set, and then only what changed', async () => {
    await nearHas('20261120.003', 100, largeFiles('first'))
    expect((await here('export', bundle)).json).toMatchObject({
      exitCode: 0,
      set: '20261120.003',
      base: null,
    })
    // Plain tar for everybody, the proof first.
    expect(members().slice(0, 3)).toEqual(['bundle.json', 'v.grd', 'v.sig'])
    const first = await there('import', bundle)
    expect(first.json, first.stderr).toMatchObject({
      command: 'import',
      exitCode: 0,
      changed: true,
      source: 'import',
      previous: null,
      current: '20261120.003',
      grade: 'certified',
      sequence: 100,
      incremental: false,
      signedBy: 'authority-signer',
      bundle: { base: null, signedBy: null },
      events: [30, 25],
    })
    expect(farStore()).toMatchObject({ current: '20261120.003', leftovers: [], damage: [] })

    await nearHas('20261121.001', 101, largeFiles('second'))
    const small = await here('export', bundle, '--have', '20261119.001', '--have', '20261120.003')
    expect(small.json).toMatchObject({ exitCode: 0, base: '20261120.003' })
    expect(small.json.bytes).toBeLessThan(30_000)
    expect(members()).toEqual([
      'bundle.json',
      'v.grd',
      'v.sig',
      'VIRSCAN2.DAT.vcdiff',
      'WHATSNEW.TXT',
      'zdone.dat',
    ])
    expect((await there('verify', bundle)).json).toMatchObject({
      exitCode: 0,
      sets: [{ set: '20261121.001', ok: true, problems: [], signedBy: 'authority-signer' }],
      current: '20261120.003',
    })
    const second = await there('import', bundle)
    expect(second.json).toMatchObject({ changed: true, current: '20261121.001', incremental: true })
    expect(second.json.filesReused).toBeGreaterThan(3)
    expect(farStore()).toMatchObject({
      current: '20261121.001',
      previous: '20261120.003',
      leftovers: [],
      damage: [],
    })
    const again = await there('import', bundle)
    expect(again.json).toMatchObject({ exitCode: 0, changed: false })
    expect(again.json.reason).toMatch(/^same/)
    expect((await there('history')).json.entries.map(({ to }: { to: string }) => to)).toContain(
      '20261121.001',
    )
    expect((await there('show', '20261121.001')).json.provenance).toMatchObject({ source: 'import' })
  })

  it('that was cut short changes nothing and is taken once its copy is whole', async () => {
    await nearHas('20261120.003', 100)
    await here('export', bundle)
    const whole = readFileSync(bundle)
    for (const length of [700, whole.length - 1024]) {
      truncateSync(bundle, length)
      const run = await there('import', bundle)
      expect([length, run.code]).toEqual([length, 4])
      expect(run.json.error.code).toBe('ARCHIVE_TRUNCATED')
      expect(farStore().sets).toEqual([])
      writeFileSync(bundle, whole)
    }
    expect((await there('import', bundle)).json).toMatchObject({ changed: true, current: '20261120.003' })
    expect(farStore()).toMatchObject({ leftovers: [], damage: [] })
  })

  it('with a damaged or changed file is refused, each with its own alarm', async () => {
    await nearHas('20261120.003', 100)
    await here('export', bundle)
    const whole = readFileSync(bundle)
    const at = whole.indexOf('harmless test data')
    const bad = Buffer.from(whole)
    bad.write('HARMFUL!', at)
    writeFileSync(bundle, bad)
    expect((await there('import', bundle)).json).toMatchObject({
      exitCode: 4,
      error: { code: 'ARCHIVE_CORRUPT' },
    })
    // Whoever changes the statement, too, still has no signature over the guard.
    const name = members().find((member) => whole.indexOf(member) > 0 && member === 'CATALOG.DAT') ?? ''
    const stated: { name: string; sha256: string; bytes: number }[] = JSON.parse(
      execFileSync('tar', ['-xOf', bundle, 'bundle.json'], { encoding: 'utf8' }),
    ).members
    const member = stated.find((one) => one.name === name)
    const content = execFileSync('tar', ['-xOf', bundle, name])
    const forged = createHash('sha256').update(content).digest('hex')
    const text = bad.toString('latin1').replace(member?.sha256 ?? '?', forged)
    writeFileSync(bundle, Buffer.from(text, 'latin1'))
    expect((await there('import', bundle)).json).toMatchObject({
      exitCode: 5,
      error: { code: 'TRUST_DIGEST' },
    })
    expect((await there('verify', bundle)).json).toMatchObject({
      exitCode: 5,
      sets: [{ ok: false, problems: [{ file: 'CATALOG.DAT', code: 'TRUST_DIGEST' }] }],
    })
    expect(farStore().current).toBeUndefined()
    expect(eventsOf(join(work, 'far')).map(({ id }) => id)).toContain(1005)
  })

  it('is refused when it is past its end, is no bundle, or starts from a set that is not there', async () => {
    await nearHas('20261120.003', 100)
    await here('export', bundle, '--expires', '1s')
    await new Promise((resolve) => setTimeout(resolve, 1001))
    expect((await there('import', bundle)).json).toMatchObject({
      exitCode: 5,
      error: { code: 'TRUST_EXPIRED' },
    })
    await nearHas('20261121.001', 101)
    await here('export', bundle, '--have', '20261120.003')
    expect((await there('import', bundle)).json.error).toMatchObject({ code: 'STORE_UNKNOWN_SET' })
    expect((await there('import', bundle, '--signed')).json.error.code).toBe('TRUST_SIGNATURE_MISSING')
    expect((await there('import', vendor.authority.rootPath)).json).toMatchObject({
      exitCode: 4,
      error: { code: 'ARCHIVE_UNKNOWN' },
    })
    writeFileSync(join(work, 'short'), 'no bundle\n')
    expect((await there('import', join(work, 'short'))).json.error.message).toMatch(/is no bundle of/)
    expect((await there('import', join(work, 'nothing'))).code).toBe(2)
    expect((await here('export', bundle, '--have', '20261121.001')).code).toBe(2)
    expect(readdirSync(work).filter((name) => name.endsWith('.tmp'))).toEqual([])
  })

  it('that fails prints the fields of every import, and the next good one ends the failing', async () => {
    await nearHas('20261120.003', 100)
    await here('export', bundle)
    expect((await there('import', bundle)).code).toBe(0)
    const success = (await there('status')).json.lastSuccess
    expect(Date.parse(success)).not.toBeNaN()
    const whole = readFileSync(bundle)
    truncateSync(bundle, 700)
    const cut = (await there('import', bundle)).json
    expect(cut).toMatchObject({ exitCode: 4, source: 'import', current: '20261120.003', changed: false })
    expect(cut.reason).toBe('failed: ARCHIVE_TRUNCATED')
    writeFileSync(bundle, whole)
    expect((await there('import', bundle)).json).toMatchObject({ exitCode: 0, changed: false })
    const { lastAttempt, lastSuccess } = (await there('status')).json
    expect(lastAttempt).toMatchObject({ source: 'import', outcome: 'succeeded' })
    expect(Date.parse(lastSuccess)).toBeGreaterThan(Date.parse(success))
    const records = JSON.parse(readFileSync(join(work, 'far', 'state', 'sources.json'), 'utf8'))
    expect(records.import).toMatchObject({ outcome: 'succeeded', error: null, failingSince: null })
  })

  it('that does not bring anything newer is no failure, and older ones need --force', async () => {
    await nearHas('20261120.003', 100)
    await here('export', bundle)
    await nearHas('20261121.001', 101)
    const newer = join(work, 'newer.bundle')
    await here('export', newer)
    expect((await there('import', newer)).json).toMatchObject({ changed: true })
    const older = await there('import', bundle)
    expect(older.json).toMatchObject({ exitCode: 0, changed: false, current: '20261121.001' })
    expect(older.json.reason).toMatch(/^older/)
    expect((await there('import', bundle, '--force')).json).toMatchObject({
      changed: true,
      current: '20261120.003',
    })
  })
})

describe('a signed statement', () => {
  it('is proved, cannot be changed, and can be demanded', async () => {
    writeFileSync(near, `${readFileSync(near, 'utf8')}publish: { keys: '${work}/keys' }\n`)
    const made = await runDefs(['keys', 'init', '--json', '--config', near], {
      env: { DEFS_KEYS_PASSPHRASE: 'a passphrase of the test' },
    })
    expect(made.json, made.stderr).toMatchObject({ ok: true })
    await nearHas('20261120.003', 100)
    const exported = await runDefs(['export', bundle, '--sign', '--json', '--config', near], {
      env: { DEFS_KEYS_PASSPHRASE: 'a passphrase of the test' },
    })
    expect(exported.json, exported.stderr).toMatchObject({ ok: true, signed: true })
    const text = readFileSync(far, 'utf8')
    expect((await there('import', bundle)).json).toMatchObject({
      exitCode: 5,
      error: { code: 'TRUST_CHAIN' },
    })
    const root = join(work, 'keys', 'guard', 'root.pem')
    writeFileSync(far, text.replace('anchors: [', `anchors: ['${root}', `))
    const whole = readFileSync(bundle, 'latin1')
    writeFileSync(bundle, whole.replace(/"expires": "20\d\d/, '"expires": "2099'), 'latin1')
    expect((await there('import', bundle)).json.error.code).toBe('TRUST_SIGNATURE')
    writeFileSync(bundle, whole, 'latin1')
    const run = await there('import', bundle, '--signed')
    expect(run.json, run.stderr).toMatchObject({ changed: true, current: '20261120.003' })
    expect(run.json.bundle.signedBy).toEqual(expect.any(String))
  })
})
