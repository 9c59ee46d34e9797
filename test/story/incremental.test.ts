import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeAuthority } from '../support/authority.ts'
import { sampleFiles } from '../support/definition-set.ts'
import {
  type Engine,
  engines,
  type IncrementalOptions,
  incrementalZip,
  patchOf,
} from '../support/incremental.ts'
import { eventsOf, lookAt } from '../support/look.ts'
import { runDefs, startDefs } from '../support/run-defs.ts'
import { type Release, type Step, startVendor, stepName, type Vendor } from '../support/vendor.ts'

let vendor: Vendor
let config: string
beforeAll(async () => {
  vendor = await startVendor()
  config = vendor.configure('network: { tries: 1 }\n')
  vendor.certify({ set: '20261101.001', files: filesOf('20261101.001') })
  expect((await update()).json).toMatchObject({ changed: true, incremental: false, filesReused: 0 })
})
afterAll(() => vendor.close())

const update = (...args: string[]) => runDefs(['update', '--json', '--config', config, ...args])
const fullName = (set: string) => `1768471200jtun_${set.slice(2, 8)}${set.slice(9)}.zip`
const asked = () => vendor.http.requests.map(({ url }) => decodeURIComponent(url.slice(1)))

function filesOf(set: string): Map<string, Buffer> {
  // Larger than two patches and a signature.
  return sampleFiles(set).set(
    'TSCAN2.DAT',
    Buffer.from(Array.from({ length: 9000 }, (_, i) => `${i * i} `).join('')),
  )
}

interface Next {
  readonly set: string
  readonly base: string
  readonly step: Buffer
  readonly path: string
}

/** Publishes the next revision, with a package from the live one. */
async function publishNext(
  options: Partial<IncrementalOptions> & { release?: Partial<Release>; step?: Partial<Step> } = {},
): Promise<Next> {
  const base = lookAt(vendor.store).current ?? ''
  const set = `202611${String(Number(base.slice(6, 8)) + 1).padStart(2, '0')}.001`
  const { release, step, ...making } = options
  const { authority } = vendor
  const common = { authority, set, grade: 'certified', from: filesOf(base), files: filesOf(set) }
  const bytes = step?.bytes ?? (await incrementalZip({ ...common, ...making }))
  vendor.certify({ set, files: filesOf(set), steps: [{ base, bytes, ...step }], ...release })
  vendor.http.requests.length = 0
  return { set, base, step: bytes, path: `/${stepName(set, base)}` }
}

const fullBytes = (set: string) => vendor.tree.get(fullName(set))?.length ?? 0

function expectLive(set: string): void {
  expect(lookAt(vendor.store)).toMatchObject({ current: set, leftovers: [], damage: [] })
}

/** The newest event 1009. */
const fallBack = () => eventsOf(vendor.store).findLast(({ id }) => id === 1009)

/** The run took the full package after an incremental one that cost so many bytes. */
async function expectFallBack(next: Next, code: string, wasted: number): Promise<void> {
  const { json } = await update()
  expect(json).toMatchObject({
    exitCode: 0,
    changed: true,
    current: next.set,
    incremental: false,
    filesReused: 0,
    bytesDownloaded: wasted + fullBytes(next.set),
    events: [1009, 30, 25],
  })
  expect(fallBack()).toMatchObject({ set: next.set, errorCode: code })
  expectLive(next.set)
}

describe('an incremental update', () => {
  it.each<[string, Engine, string]>([
    ['HTTP', engines[0] ?? 'ours', 'liveupdate'],
    ['FTP', 'ours', 'over-ftp'],
  ])('over %s, patched by %s, fetches nothing else', async (_, engine, source) => {
    const { set, base, step } = await publishNext({ engine })
    const run = await update('--source', source)
    expect(run.json).toMatchObject({
      exitCode: 0,
      previous: base,
      current: set,
      changed: true,
      incremental: true,
      filesReused: 6,
      bytesDownloaded: step.length,
      events: [30, 25],
    })
    expect(step.length).toBeLessThan(fullBytes(set))
    expect(asked()).not.toContain(fullName(set))
    expectLive(set)
    const folders = [base, set].map((name) => join(vendor.store, 'VirusDefs', name))
    const inodes = folders.map((folder) => statSync(join(folder, 'NAVENG32.DLL')).ino)
    expect(new Set(inodes).size).toBe(2)
  })

  it('is what check and a dry run tell of', async () => {
    const { step, path } = await publishNext()
    expect((await runDefs(['check', '--json', '--config', config])).json).toMatchObject({
      bytes: step.length,
    })
    const { dryRun } = (await update('--dry-run')).json
    expect(dryRun).toMatchObject({ bytes: step.length, package: path.slice(1) })
    expect(asked()).not.toContain(path.slice(1))
  })
})

describe('falls back to the full package', () => {
  it('when there is none, and counts no bytes', async () => {
    const next = await publishNext()
    vendor.tree.delete(next.path.slice(1))
    await expectFallBack(next, 'SOURCE_NOT_FOUND', 0)
  })

  it('when it was changed on the way', async () => {
    const next = await publishNext()
    const bytes = Buffer.from(next.step)
    bytes[50] = (bytes[50] ?? 0) ^ 1
    vendor.tree.set(next.path.slice(1), bytes)
    await expectFallBack(next, 'TRUST_DIGEST', bytes.length)
  })

  it.each([
    ['empty', '0'],
    ['larger than the full one', '10000000'],
  ])('when it is said to be %s, without asking for it', async (_, Size) => {
    const next = await publishNext({ step: { item: { Size } } as Partial<Step> })
    await expectFallBack(next, 'FETCH_SIZE', 0)
    expect(asked()).not.toContain(next.path.slice(1))
  })

  it('when it is empty', async () => {
    const next = await publishNext()
    vendor.tree.set(next.path.slice(1), Buffer.alloc(0))
    await expectFallBack(next, 'FETCH_SIZE', 0)
  })

  it('when it is no package', async () => {
    const next = await publishNext({ step: { bytes: Buffer.from('nothing that anybody can open\n') } })
    await expectFallBack(next, 'ARCHIVE_UNKNOWN', next.step.length)
  })

  it('when its patches were made for another base', async () => {
    const same = filesOf('any').get('TSCAN2.DAT') ?? Buffer.alloc(0)
    const from = filesOf('any').set('TSCAN2.DAT', Buffer.concat([Buffer.alloc(100), same]))
    const next = await publishNext({ from })
    await expectFallBack(next, 'ARCHIVE_CORRUPT', next.step.length)
  })

  it('when it patches what the base has not, or brings what the guard does not name', async () => {
    const patch = await patchOf(Buffer.from('a'), Buffer.from('b'), 'ours')
    const nowhere = (members: Map<string, Buffer>) => members.set('EXTRA.DAT.vcdiff', patch)
    await publishNext({ spoil: nowhere }).then((next) =>
      expectFallBack(next, 'TRUST_FILE_UNLISTED', next.step.length),
    )
    const stranger = (members: Map<string, Buffer>) => members.set('EXTRA.DAT', Buffer.from('x'))
    await publishNext({ spoil: stranger }).then((next) =>
      expectFallBack(next, 'TRUST_FILE_UNLISTED', next.step.length),
    )
  })

  it('when its guard is of another authority', async () => {
    const authority = makeAuthority(join(vendor.directory, 'other-authority'))
    const next = await publishNext({ authority })
    await expectFallBack(next, 'TRUST_CHAIN', next.step.length)
  })

  it('when the base changes between its proof and the copy: the guard sees it', async () => {
    const next = await publishNext()
    const file = join(vendor.store, 'VirusDefs', next.base, 'NAVENG32.DLL')
    vendor.http.faults.set(next.path, () => {
      const bytes = readFileSync(file)
      bytes[10] = (bytes[10] ?? 0) ^ 1
      writeFileSync(file, bytes)
      return false
    })
    await expectFallBack(next, 'TRUST_DIGEST', next.step.length)
  })
})

describe('does not fall back', () => {
  it('when the server asks to be left alone: 11, and the full package is not asked for', async () => {
    const next = await publishNext()
    vendor.http.faults.set(next.path, (_, response) => {
      response.writeHead(429, { 'retry-after': '1' }).end()
      return true
    })
    expect((await update()).json).toMatchObject({ exitCode: 11 })
    expect(asked()).not.toContain(fullName(next.set))
    expectLive(next.base)
  })

  it('when it is interrupted or killed midway: the old set is live, and the next run goes on', async () => {
    const next = await publishNext()
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      const reached = new Promise<void>((resolve) => {
        vendor.http.faults.set(next.path, (_, response) => {
          response.writeHead(200, { 'content-length': next.step.length })
          response.write(next.step.subarray(0, 500), () => resolve())
          return true
        })
      })
      const { child, ended } = startDefs(['update', '--json', '--config', config, '--source', 'two-hosts'])
      await reached
      child.kill(signal)
      expect((await ended).code).toBe(signal === 'SIGTERM' ? 130 : null)
      expect(lookAt(vendor.store)).toMatchObject({ current: next.base, damage: [] })
    }
    expect(asked()).not.toContain(fullName(next.set))
    vendor.http.faults.clear()
    const run = await update('--source', 'two-hosts')
    expect(run.json).toMatchObject({ exitCode: 0, current: next.set, incremental: true })
    expectLive(next.set)
  })

  it('but takes the full one at once when the current set is damaged', async () => {
    const next = await publishNext()
    const file = join(vendor.store, 'VirusDefs', next.base, 'NAVENG32.DLL')
    writeFileSync(file, 'damaged')
    const run = await update('--force')
    expect(run.json).toMatchObject({ exitCode: 0, current: next.set, incremental: false })
    expect(run.json.events).not.toContain(1009)
    expect(asked()).not.toContain(next.path.slice(1))
    expectLive(next.set)
  })
})
