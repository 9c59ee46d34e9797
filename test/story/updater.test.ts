import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { zipOf } from '../support/archive.ts'
import { makeSet, sampleFiles, writeFiles } from '../support/definition-set.ts'
import { lookAt } from '../support/look.ts'
import { runDefs } from '../support/run-defs.ts'
import { startVendor, type Vendor } from '../support/vendor.ts'

const folder = 'AVDEFS/symantec_antivirus_corp'

let vendor: Vendor
let work: string
let inbox: string
let config: string
let store: string
/** Written by the programs in front of the packages, should anybody run them. */
let marker: string
beforeAll(async () => {
  vendor = await startVendor()
})
afterAll(() => vendor.close())
beforeEach(() => {
  work = mkdtempSync(join(vendor.directory, 'case-'))
  inbox = join(work, 'inbox')
  store = join(work, 'store')
  marker = join(work, 'it-was-run')
  mkdirSync(inbox)
  vendor.tree.clear()
  config = join(work, 'defs.yaml')
  configure(`path: ${inbox}`)
})

function configure(place: string): void {
  writeFileSync(
    config,
    `store: { root: ${store} }
trust: { anchors: ['${vendor.authority.rootPath}'] }
sources: { updater: { kind: intelligent-updater, ${place}, platform: v5i32 } }
`,
  )
}

const setOf = (set: string) =>
  makeSet({ authority: vendor.authority, files: sampleFiles(set), set, grade: 'certified' })
const zip = (set: string) => zipOf(setOf(set))

/** As the vendor wraps them: a program or script that would unpack what follows it. */
const wrapped = {
  exe(set: string): Buffer {
    const program = Buffer.alloc(4096)
    program.write('MZ')
    program.write(`#!/bin/sh\ntouch ${marker}\n`, 64)
    return Buffer.concat([program, zip(set)])
  },
  sh(set: string): Buffer {
    const room = mkdtempSync(join(tmpdir(), 'defs-sh-'))
    try {
      writeFiles(room, setOf(set))
      const tar = execFileSync('tar', ['-czf', '-', '-C', room, '.'], { maxBuffer: 1 << 26 })
      return Buffer.concat([Buffer.from(`#!/bin/sh\ntouch '${marker}'\nexit 0\n__ARCHIVE__\n`), tar])
    } finally {
      rmSync(room, { recursive: true, force: true })
    }
  },
  zip,
  jdb: zip,
}

const update = (...args: string[]) => runDefs(['update', '--json', '--config', config, ...args])
const current = () => lookAt(store)

describe('Intelligent Updater from a server', () => {
  it.each([
    ['FTP', () => `url: '${vendor.ftp.url}${folder}/'`],
    ['HTTP', () => `url: '${vendor.http.url}${folder}/static/'`],
  ])('takes what is there over %s, once', async (_, place) => {
    configure(place())
    vendor.tree.set(`${folder}/20261119-023-v5i32.exe`, wrapped.exe('20261119.023'))
    vendor.tree.set(`${folder}/20261120-003-v5i32.exe`, wrapped.exe('20261120.003'))
    vendor.tree.set(`${folder}/20261121-001-v5i64.exe`, wrapped.exe('20261121.001'))
    vendor.tree.set(`${folder}/static/symcdefsv5i32.exe`, wrapped.exe('20261120.003'))
    const run = await update()
    expect(run.json, run.stderr).toMatchObject({ changed: true, current: '20261120.003', grade: 'certified' })
    expect((await update()).json).toMatchObject({ changed: false, bytesDownloaded: 0 })
    expect(current()).toMatchObject({ current: '20261120.003', damage: [], leftovers: [] })
    expect(existsSync(marker)).toBe(false)
  })

  it('with nothing published yet: 0 while something is live, 13 while nothing is', async () => {
    configure(`url: '${vendor.ftp.url}${folder}/'`)
    vendor.tree.set(`${folder}/readme.txt`, Buffer.from('nothing yet'))
    expect((await update()).json).toMatchObject({ exitCode: 13, error: { code: 'STORE_NO_DEFINITIONS' } })
    vendor.tree.set(`${folder}/20261120-003-v5i32.zip`, wrapped.zip('20261120.003'))
    expect((await update()).json).toMatchObject({ exitCode: 0, changed: true })
    vendor.tree.delete(`${folder}/20261120-003-v5i32.zip`)
    const run = await update()
    expect(run.json).toMatchObject({ exitCode: 0, changed: false, current: '20261120.003' })
    expect(run.json.reason).toMatch(/^nothing/)
  })
})

describe('Intelligent Updater from this machine', () => {
  it.each(['exe', 'sh', 'zip', 'jdb'] as const)('reads a %s file, whatever it is called', async (kind) => {
    const file = join(work, `download.${kind}`)
    writeFileSync(file, wrapped[kind]('20261120.003'), { mode: 0o755 })
    configure(`path: ${file}`)
    const run = await update()
    expect(run.json, run.stderr).toMatchObject({ changed: true, current: '20261120.003', source: 'updater' })
    expect(current()).toMatchObject({ damage: [], leftovers: [] })
    expect(existsSync(marker)).toBe(false)
  })

  it('refuses a bad file once, whatever it is', async () => {
    const file = join(work, 'download.zip')
    writeFileSync(file, zipOf(setOf('20261120.003').set('VIRSCAN1.DAT', Buffer.from('changed'))))
    configure(`path: ${file}`)
    expect((await update()).json).toMatchObject({ source: 'updater', exitCode: 5, events: [1005, 1000] })
  })

  it('takes the newest of a drop folder and leaves every file where it lies', async () => {
    writeFileSync(join(inbox, '20261119-045-v5i32.jdb'), wrapped.jdb('20261119.045'))
    writeFileSync(join(inbox, '20261120-003-v5i32.sh'), wrapped.sh('20261120.003'))
    writeFileSync(join(inbox, '20261121-001-v5i32.exe'), '')
    writeFileSync(join(inbox, 'notes.txt'), 'not a package')
    const before = readdirSync(inbox)
    expect((await update()).json).toMatchObject({ changed: true, current: '20261120.003' })
    // The drop folder may serve several consumers, and what is newest says what is next.
    expect(readdirSync(inbox)).toEqual(before)
    expect((await update()).json).toMatchObject({ exitCode: 0, changed: false })
    writeFileSync(join(inbox, '20261121-001-v5i32.jdb'), wrapped.jdb('20261121.001'))
    expect((await update()).json).toMatchObject({ changed: true, current: '20261121.001' })
    expect(existsSync(marker)).toBe(false)
  })

  it('an empty drop folder: 13 at first, 0 later; a changed package: 5; without the switch: refused', async () => {
    expect((await update()).json).toMatchObject({ exitCode: 13, error: { code: 'STORE_NO_DEFINITIONS' } })
    const name = join(inbox, '20261120-003-v5i32.jdb')
    writeFileSync(name, wrapped.jdb('20261120.003'))
    expect((await update()).code).toBe(0)
    rmSync(name)
    expect((await update()).json).toMatchObject({ exitCode: 0, changed: false })
    const bad = setOf('20261121.001').set('VIRSCAN1.DAT', Buffer.from('changed'))
    writeFileSync(join(inbox, '20261121-001-v5i32.jdb'), zipOf(bad))
    expect((await update()).json).toMatchObject({ exitCode: 5, error: { code: 'TRUST_DIGEST' } })
    writeFileSync(
      config,
      readFileSync(config, 'utf8').replace('platform:', 'thirdPartyContent: false, platform:'),
    )
    expect((await update()).json).toMatchObject({ exitCode: 3, error: { code: 'SOURCE_REFUSED' } })
    expect(current()).toMatchObject({ current: '20261120.003', damage: [], leftovers: [] })
  })
})
