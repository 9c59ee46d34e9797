import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { lookAt } from '../support/look.ts'
import {
  hasProftpd,
  isInstalled,
  isRoot,
  openToAll,
  type RealServer,
  startNginx,
  startProftpd,
  startVsftpd,
} from '../support/real-servers.ts'
import { runDefs } from '../support/run-defs.ts'
import { startVendor, type Vendor } from '../support/vendor.ts'

const rapid = 'AVDEFS/symantec_antivirus_corp/rapidrelease/'

let vendor: Vendor
let work: string
let data: string
beforeAll(async () => {
  vendor = await startVendor()
  vendor.certify({ set: '20261120.003', sequence: 100 })
  vendor.release({ set: '20261120.019', sequence: 105 })
  work = mkdtempSync(join(tmpdir(), 'defs-real-'))
  data = join(work, 'data')
  for (const [path, bytes] of vendor.tree) {
    mkdirSync(dirname(join(data, path)), { recursive: true })
    writeFileSync(join(data, path), bytes)
  }
  openToAll(work)
})
afterAll(async () => {
  await vendor.close()
  rmSync(work, { recursive: true, force: true })
})

/** The certified set, then the newer Rapid Release, both from one server. */
async function updateFrom(address: string): Promise<void> {
  const store = mkdtempSync(join(work, 'store-'))
  const config = join(store, 'defs.yaml')
  const product = "product: 'SMSMSE Virus Definitions', version: '6.5', language: symalllanguages"
  writeFileSync(
    config,
    `store: { root: ${store}/root }
trust: { anchors: ['${vendor.authority.rootPath}'] }
default: certified
sources:
  certified: { kind: liveupdate, hosts: ['${address}'], ${product} }
  rapid: { kind: rapid-release, url: '${address}${rapid}', platform: core15-v5i32 }
`,
  )
  const first = await runDefs(['update', '--json', '--config', config])
  expect(first.json, first.stdout).toMatchObject({ exitCode: 0, changed: true, current: '20261120.003' })
  const second = await runDefs(['update', '--json', '--source', 'rapid', '--config', config])
  expect(second.json).toMatchObject({ exitCode: 0, changed: true, current: '20261120.019', grade: 'rapid' })
  const third = await runDefs(['update', '--json', '--source', 'rapid', '--config', config])
  expect(third.json).toMatchObject({ exitCode: 0, changed: false, bytesDownloaded: 0 })
  expect(lookAt(join(store, 'root'))).toMatchObject({ current: '20261120.019', leftovers: [], damage: [] })
}

async function from(server: RealServer, scheme: string): Promise<void> {
  try {
    await updateFrom(`${scheme}://127.0.0.1:${server.port}/`)
  } finally {
    await server.stop()
  }
}

describe('a whole update', () => {
  it.skipIf(!isInstalled('nginx'))('from nginx', async () => {
    await from(await startNginx(work, data), 'http')
  })

  it.skipIf(!isInstalled('vsftpd') || !isRoot())('from vsftpd, which has no MLSD', async () => {
    await from(await startVsftpd(work, data), 'ftp')
  })

  it.skipIf(!hasProftpd())('from ProFTPD, which has MLSD', async () => {
    await from(await startProftpd(work, data), 'ftp')
  })

  it('from a folder', async () => {
    await updateFrom(`file://${data}/`)
  })
})
