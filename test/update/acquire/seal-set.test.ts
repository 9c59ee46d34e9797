import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readFolder } from '../../../src/archive/folder.ts'
import { keepAuthorityCertificate } from '../../../src/hawking/notices.ts'
import { prepareStore } from '../../../src/hawking/prepare.ts'
import type { Store } from '../../../src/hawking/store.ts'
import { readAnchors } from '../../../src/trust/anchors.ts'
import type { Trust } from '../../../src/trust/authentic.ts'
import { authenticate } from '../../../src/trust/authenticate.ts'
import { sealSet } from '../../../src/update/acquire/seal.ts'
import type { Run } from '../../../src/update/run.ts'
import { trustOnDisk } from '../../../src/update/run.ts'
import { realContext, set, storeAt } from '../../hawking/world.ts'

const now = new Date('2026-11-22T12:00:00Z')
const policy = { allowSha1: false, expired: 'refuse', allowFuture: false } as const
const trust: Trust = { anchors: [], now, policy }
const name = set('20261122.812')
const claim = { set: name, sequence: { number: 28_209, signed: true }, grade: 'certified' } as const

let root: string
let store: Store
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'defs-seal-'))
  store = storeAt(root)
  await prepareStore(store, null)
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

const run = () => ({ store, trust, startedAt: now }) as unknown as Run

async function read(directory: string) {
  const context = realContext()
  const { opened } = await readFolder(directory, { algorithms: [], context, signal: context.signal })
  return opened
}

async function folderOf(files: Record<string, string>) {
  const directory = mkdtempSync(join(root, 'files-'))
  for (const [file, text] of Object.entries(files)) writeFileSync(join(directory, file), text)
  return read(directory)
}

describe('sealSet', () => {
  it('makes a set like any other of files without a guard', async () => {
    const sealed = await sealSet(await folderOf({ 'daily.cvd': 'daily', 'main.cvd': 'main' }), claim, run())
    expect(sealed).toMatchObject({ set: name, sequence: claim.sequence, grade: 'certified' })
    expect(sealed.files.map((file) => file.name).sort()).toEqual(['daily.cvd', 'main.cvd', 'v.grd', 'v.sig'])
    const again = authenticate(await read(sealed.directory), claim, await trustOnDisk(trust, store))
    expect(again.signer).toEqual(sealed.signer)
  })

  it('is accepted by openssl as well, against the certificate of the store', async () => {
    const { directory } = await sealSet(await folderOf({ 'daily.cvd': 'daily' }), claim, run())
    const pem = join(store.state, 'authority-certificate.pem')
    const options = ['-inform', 'DER', '-binary', '-purpose', 'any', '-no_check_time', '-CAfile', pem]
    const files = ['-in', join(directory, 'v.sig'), '-content', join(directory, 'v.grd'), '-out', '/dev/null']
    expect(() =>
      execFileSync('openssl', ['cms', '-verify', ...options, ...files], { stdio: 'pipe' }),
    ).not.toThrow()
  })

  it('uses one authority for all sets of the store, which nobody else may read', async () => {
    const first = await sealSet(await folderOf({ 'daily.cvd': 'one' }), claim, run())
    const second = await sealSet(
      await folderOf({ 'daily.cvd': 'two' }),
      { ...claim, set: set('20261122.813') },
      run(),
    )
    expect(second.signer.fingerprint).toBe(first.signer.fingerprint)
    expect(statSync(join(store.state, 'authority.pem')).mode & 0o777).toBe(0o600)
  })

  it('has its certificate in a file of its own, without the key, also where an older version left none', async () => {
    const sealed = await sealSet(await folderOf({ 'daily.cvd': 'daily' }), claim, run())
    const certificate = join(store.state, 'authority-certificate.pem')
    const pinned = () => readAnchors([{ path: certificate, text: readFileSync(certificate, 'utf8') }])
    expect(pinned().map(({ fingerprint }) => fingerprint)).toEqual([sealed.signer.anchorFingerprint])
    expect(readFileSync(certificate, 'utf8')).not.toContain('PRIVATE')
    rmSync(certificate)
    expect(await keepAuthorityCertificate(store)).toBe(certificate)
    expect(pinned()).toHaveLength(1)
  })

  it('never counts for what arrives', async () => {
    const sealed = await sealSet(await folderOf({ 'daily.cvd': 'daily' }), claim, run())
    expect(() => authenticate(sealed, claim, trust)).toThrowError(
      expect.objectContaining({ code: 'TRUST_CHAIN' }),
    )
    const elsewhere = storeAt(join(root, 'elsewhere'))
    expect((await trustOnDisk(trust, elsewhere)).anchors).toEqual([])
  })

  it('finds a file that was changed after it was sealed', async () => {
    const { directory } = await sealSet(await folderOf({ 'daily.cvd': 'daily' }), claim, run())
    writeFileSync(join(directory, 'daily.cvd'), 'dailx')
    const onDisk = await trustOnDisk(trust, store)
    const opened = await read(directory)
    expect(() => authenticate(opened, claim, onDisk)).toThrowError(
      expect.objectContaining({ code: 'TRUST_DIGEST' }),
    )
  })

  it('lets no guard that came along speak, and refuses a folder with nothing else in it', async () => {
    const sealed = await sealSet(
      await folderOf({ 'v.grd': '[GuardHeader]', 'a.rules': 'alert' }),
      claim,
      run(),
    )
    expect(readFileSync(join(sealed.directory, 'v.grd'), 'latin1')).toContain('[File-a.rules]')
    const empty = await folderOf({ 'v.grd': '[GuardHeader]' })
    await expect(sealSet(empty, claim, run())).rejects.toMatchObject({ code: 'ARCHIVE_UNKNOWN' })
  })

  it('trusts no damaged key, and seals by a new one', async () => {
    mkdirSync(store.state, { recursive: true })
    writeFileSync(join(store.state, 'authority.pem'), 'rubbish')
    const folder = await folderOf({ 'daily.cvd': 'daily' })
    expect((await trustOnDisk(trust, store)).anchors).toEqual(trust.anchors)
    // A key that a power cut emptied is no reason to stay without definitions: a new one is made.
    await sealSet(folder, claim, run())
    expect(readFileSync(join(store.state, 'authority.pem'), 'utf8')).toContain('PRIVATE KEY')
  })
})
